"""Many alerts in one mail: when it goes out, and what it says in which order."""

from __future__ import annotations
