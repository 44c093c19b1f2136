"""Puts alerts into mails: HTML and plain text with the same words, and headers that thread them."""

from __future__ import annotations

from alerts.render.identity import IMMEDIATE, message_id, ringing_id
from alerts.render.mail import Mail, Sender, immediate

__all__ = ["IMMEDIATE", "Mail", "Sender", "immediate", "message_id", "ringing_id"]
