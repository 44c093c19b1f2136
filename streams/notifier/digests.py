"""Writes the digests whose slots have passed: each in one transaction, and each once, whoever else tries.

What a digest tells is what is held for its reader and calendar up to its slot. The transaction takes the slot
(unique), marks what is told, and puts the mail into the outbox: a crash leaves all of it or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from alerts.digest.calendar import Calendar
from alerts.digest.issue import Issue, issue_id
from alerts.render import DIGEST, Sender, digest_mail
from streams.notifier import earlier, tables
from streams.notifier.store import Store, insert_new

log = structlog.get_logger(__name__)

_held = tables.held.c
_waiting = _held.digest_id.is_(None)


@dataclass(frozen=True)
class Slot:
    """A digest that is due.

    Attributes:
        recipient: of whom.
        calendar: when such digests go out.
        first: the earliest slot of what waits, ms.
        at: the slot that it belongs to, ms.
    """

    recipient: str
    calendar: Calendar
    first: int
    at: int

    @property
    def id(self) -> str:
        """The digest's id."""
        return issue_id(self.recipient, self.calendar, self.at)

    def holds(self) -> ColumnElement[bool]:
        """Rows of `held` that wait for it."""
        mine = and_(_held.recipient == self.recipient, _held.calendar == self.calendar.key)
        return and_(mine, _held.slot_ms <= self.at, _waiting)


class Digests:
    """What is held for digests, and the digests that become of it.

    Args:
        store: where both are kept.
        sender: whose name mails bear.
        wall: whether slots follow the wall clock. Then slots that were missed become one digest, since a
            person reads it now; in a replay of the past each slot has its own.
    """

    def __init__(self, store: Store, sender: Sender, *, wall: bool) -> None:
        self._store = store
        self._sender = sender
        self._wall = wall

    def waiting(self, until: int | None = None) -> int:
        """How many alerts wait for a digest: all, or those of slots up to a moment, ms."""
        wanted = _waiting if until is None else and_(_waiting, _held.slot_ms <= until)
        with self._store.read() as connection:
            return connection.scalar(select(func.count()).select_from(tables.held).where(wanted)) or 0

    def write(self, until: int, now: int) -> int:
        """Write every digest that is due; how many there were.

        Args:
            until: slots up to this moment have passed, ms.
            now: wall clock, ms; becomes the mails' Date.
        """
        written = 0
        while due := self._due(until):
            written += sum(self._write(slot, now) for slot in due)
        return written

    def _due(self, until: int) -> list[Slot]:
        """For each reader and calendar the earliest digest that is due."""
        query = (
            select(_held.recipient, _held.calendar, func.min(_held.slot_ms))
            .where(_waiting, _held.slot_ms <= until)
            .group_by(_held.recipient, _held.calendar)
            .order_by(_held.recipient, _held.calendar)
        )
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        found = []
        for recipient, key, first in rows:
            calendar = Calendar.read(key)
            at = calendar.until(until) if self._wall else first
            found.append(Slot(recipient, calendar, first, max(first, at)))
        return found

    def _write(self, slot: Slot, now: int) -> bool:
        """Write one digest; false if somebody else has written that of the slot."""
        with self._store.write() as connection:
            since = slot.calendar.until(slot.first - 1)
            row = {
                "id": slot.id,
                "recipient": slot.recipient,
                "calendar": slot.calendar.key,
                "slot_ms": slot.at,
                "since_ms": since,
                "alerts": 0,
                "created_ms": now,
            }
            taken = insert_new(connection, tables.digests).returning(tables.digests.c.id)
            if connection.execute(taken, row).first() is None:
                # Too late for a digest that is written already; the next one tells it.
                later = slot.calendar.after(slot.at)
                connection.execute(update(tables.held).where(slot.holds()).values(slot_ms=later))
                return False
            told = update(tables.held).where(slot.holds()).values(digest_id=slot.id)
            if not connection.execute(told).rowcount:
                # Somebody whose clock is ahead has told them in a later one.
                connection.execute(delete(tables.digests).where(tables.digests.c.id == slot.id))
                return False
            self._post(connection, earlier.issue(connection, slot.id, slot.calendar, slot.at, since), now)
        return True

    def _post(self, connection: Connection, issue: Issue, now: int) -> None:
        """Put the digest into the outbox, or say why it cannot be."""
        mine = update(tables.digests).where(tables.digests.c.id == issue.id)
        connection.execute(mine.values(alerts=len(issue.alerts)))
        stored = datetime.fromtimestamp(now // 1000, UTC)
        try:
            mail = digest_mail(issue, sender=self._sender, stored=stored)
        except Exception as error:  # noqa: BLE001 - a defect in a template must not stop what comes behind it
            words = f"{type(error).__name__}: {error}"[:500]
            log.error("a digest cannot be put into words", digest=issue.id, error=words)  # noqa: TRY400
            connection.execute(mine.values(failed=words))
            return
        row = {
            "alert_id": issue.id,
            "recipient": issue.reader.mail,
            "kind": DIGEST,
            "thread": issue.id,
            "state": DIGEST,
            "status": "due",
            "message_id": mail.message_id,
            "subject": mail.subject,
            "content": mail.content,
            "created_ms": now,
            "next_ms": now,
            "attempts": 0,
        }
        connection.execute(insert_new(connection, tables.outbox), row)
