"""Puts alerts into mails: HTML and plain text with the same words, and headers that thread them."""

from __future__ import annotations

from alerts.render.digest import digest_mail
from alerts.render.identity import DIGEST, IMMEDIATE, message_id, ringing_id
from alerts.render.mail import Mail, Sender, immediate

__all__ = ["DIGEST", "IMMEDIATE", "Mail", "Sender", "digest_mail", "immediate", "message_id", "ringing_id"]
