"""The outbox: which mail is next, and what became of it. Each verb is one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, update

from streams.notifier import tables
from streams.notifier.backoff import Backoff
from streams.notifier.store import Store

ORPHANED = "parked, because the mail that its episode rang is parked"

_row = tables.outbox.c
_first = tables.outbox.alias("first")
# Made once: it runs for every mail.
_SENT = (
    update(tables.outbox)
    .where(_row.id == bindparam("row"), _row.status == "due")
    .values(
        status="sent", sent_ms=bindparam("now"), content=None, last_error=None, attempts=_row.attempts + 1
    )
)


@dataclass(frozen=True)
class Due:
    """A mail to be sent now."""

    id: int
    recipient: str
    message_id: str
    content: bytes
    attempts: int
    first_try_ms: int | None


class Outbox:
    """What waits, was sent, or was given up.

    Args:
        store: where it is kept.
        backoff: when to try again, and how long.
    """

    def __init__(self, store: Store, backoff: Backoff) -> None:
        self._store = store
        self._backoff = backoff

    def due(self, now: int, limit: int) -> list[Due]:
        """Mails to be sent now, those that wait longest first.

        The mail that an episode recovered waits for the one that it rang, to the same reader. If that one is
        parked, nobody knows of the trouble, and its end is parked as well.
        """
        with self._store.write() as connection:
            orphans = and_(_row.status == "due", _ringing_is("parked"))
            connection.execute(
                update(tables.outbox).where(orphans).values(status="parked", last_error=ORPHANED)
            )
            columns = [
                _row.id,
                _row.recipient,
                _row.message_id,
                _row.content,
                _row.attempts,
                _row.first_try_ms,
            ]
            query = select(*columns).where(_sendable(now)).order_by(_row.next_ms, _row.id).limit(limit)
            return [Due(*row) for row in connection.execute(query)]

    def next_ms(self) -> int | None:
        """When the next mail is due; None if none waits."""
        query = select(func.min(_row.next_ms)).where(_row.status == "due", ~_ringing_is("due"))
        with self._store.read() as connection:
            found: int | None = connection.scalar(query)
        return found

    def waiting(self, until: int) -> int:
        """How many mails are due until a moment, or could be sent before it."""
        with self._store.read() as connection:
            return connection.scalar(select(func.count()).where(_sendable(until))) or 0

    def sent(self, row: int, now: int) -> None:
        """The mail server took it; its content is not needed any more."""
        with self._store.write() as connection:
            connection.execute(_SENT, {"row": row, "now": now})

    def park(self, row: int, words: str) -> None:
        """It will never be taken, or has been tried long enough."""
        self._change(row, status="parked", last_error=words, attempts=_row.attempts + 1)

    def again(self, mail: Due, words: str, now: int) -> int | None:
        """It may be taken later: when it is tried next, or None if it is parked for good."""
        first = mail.first_try_ms if mail.first_try_ms is not None else now
        if self._backoff.gives_up(first, now):
            self.park(mail.id, f"given up after {mail.attempts + 1} tries: {words}")
            return None
        attempts = mail.attempts + 1
        next_ms = now + self._backoff.pause_ms(mail.id, attempts)
        self._change(mail.id, first_try_ms=first, next_ms=next_ms, last_error=words, attempts=attempts)
        return next_ms

    def revive(self, now: int, row: int | None = None) -> int:
        """Try parked mails again, all of them or one; how many there were.

        The end of an episode that was parked because of its beginning comes back with it.
        """
        parked = _row.status == "parked"
        with self._store.write() as connection:
            if row is not None:
                found = connection.execute(select(_row.thread, _row.recipient).where(_row.id == row)).first()
                thread, reader = found or ("", "")
                orphan = and_(_row.thread == thread, _row.recipient == reader, _row.last_error == ORPHANED)
                parked = and_(parked, or_(_row.id == row, orphan))
            changes = {"status": "due", "next_ms": now, "first_try_ms": None, "attempts": 0}
            return connection.execute(update(tables.outbox).where(parked).values(changes)).rowcount

    def _change(self, row: int, **values: object) -> None:
        with self._store.write() as connection:
            connection.execute(
                update(tables.outbox).where(_row.id == row, _row.status == "due").values(**values)
            )


def _sendable(moment: int) -> ColumnElement[bool]:
    return and_(_row.status == "due", _row.next_ms <= moment, ~_ringing_is("due"))


def _ringing_is(status: tables.Status) -> ColumnElement[bool]:
    """For the mail of an end: whether the mail of its beginning, to the same reader, is in that state."""
    same = and_(
        _first.c.thread == _row.thread,
        _first.c.recipient == _row.recipient,
        _first.c.kind == _row.kind,
        _first.c.state == "ringing",
        _first.c.status == status,
    )
    return and_(_row.state == "recovered", exists().where(same).correlate(tables.outbox))
