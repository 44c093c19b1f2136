"""From the topic `alerts` to mails: read, decide, keep in an outbox, send; nothing lost, nothing doubled."""

from __future__ import annotations
