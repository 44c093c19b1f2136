"""One digest for one reader: whose it is, which slot it belongs to, and what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.digest.calendar import Calendar
from alerts.digest.sort import Before
from schemas.alert import Alert, digest


@dataclass(frozen=True)
class Reader:
    """Who gets it: name, and mail address."""

    name: str
    mail: str


@dataclass(frozen=True)
class Issue:
    """A digest before it is put into words.

    Attributes:
        reader: who gets it.
        calendar: when such digests go out.
        slot: the slot that it belongs to, ms.
        since: the slot after which its time begins, ms; more than one slot before, if digests were missed.
        alerts: what it tells.
        before: what earlier digests told.
        reasons: the subscriptions that asked, in words, each once.
    """

    reader: Reader
    calendar: Calendar
    slot: int
    since: int
    alerts: Sequence[Alert]
    before: Before
    reasons: Sequence[str]

    @property
    def id(self) -> str:
        """Its id: the same whoever writes it, and for no other reader, calendar or slot."""
        return issue_id(self.reader.mail, self.calendar, self.slot)


def issue_id(recipient: str, calendar: Calendar, slot: int) -> str:
    """32 hex digits for the digest of a reader's calendar at a slot."""
    return digest("digest", recipient, calendar.key, str(slot))
