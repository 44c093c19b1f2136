"""Names that do not change from one try to the next: Message-ID, MIME boundary, thread."""

from __future__ import annotations

import re

from schemas.alert import Alert, digest

IMMEDIATE = "immediate"
DIGEST = "digest"

_TOKEN = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_TOKEN = 64


def mail_digest(alert_id: str, recipient: str, kind: str) -> str:
    """32 hex digits for one mail: this message to this reader in this form."""
    return digest(alert_id, recipient, kind)


def message_id(alert_id: str, recipient: str, kind: str, domain: str) -> str:
    """The Message-ID of one mail; every retry has the same, so that a reader can drop a double.

    >>> message_id("0" * 32, "ana@example.com", IMMEDIATE, "tocsin.example.com")
    '<3f8b3768b81cdf659d8ffeddc830ce44@tocsin.example.com>'
    """
    return f"<{mail_digest(alert_id, recipient, kind)}@{domain}>"


def boundary(alert_id: str, recipient: str, kind: str) -> str:
    """The MIME boundary of one mail. Its `=_` cannot occur in a quoted-printable body."""
    return f"=_tocsin_{mail_digest(alert_id, recipient, kind)}"


def ringing_id(alert: Alert) -> str:
    """The alert id of the message with which the episode of `alert` rang."""
    return alert.model_copy(update={"state": "ringing"}).alert_id


def token(text: str) -> str:
    r"""A value for a header of our own: ASCII letters, digits, `._-`; anything else is an underscore.

    >>> token("order late\r\nBcc: x"), token("")
    ('order_late_Bcc_x', '_')
    """
    return _TOKEN.sub("_", text[: 4 * _LONGEST_TOKEN])[:_LONGEST_TOKEN] or "_"
