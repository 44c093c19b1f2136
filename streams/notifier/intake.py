"""Takes a batch of records in: one SQL transaction of offsets, inbox, decisions, outbox and dead records.

A crash before the commit leaves nothing, a crash after it everything; the next start reads on from the
offsets that are stored. An alert that comes again is known by its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from alerts.config.models import Analyst
from alerts.digest.calendar import LATEST
from alerts.policy import Ringing
from alerts.render import Sender, ringing_id
from schemas.alert import Alert
from schemas.errors import Poison
from streams.notifier import tables
from streams.notifier.plan import Known, Plan, Record, day_of, decoded, make_plan
from streams.notifier.store import Store, insert_new, upsert

_CHUNK = 500

Place = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True)
class Took:
    """What a batch brought: alerts that are new, mails to send, records that cannot be read."""

    alerts: int
    mails: int
    dead: int


class Intake:
    """Puts records into the store.

    Args:
        store: where they go.
        analysts: everybody who may get a mail.
        sender: whose name mails bear.
        wall: whether digests follow the wall clock; otherwise the alerts' own time.
        quiet_until: nothing of before this moment is mailed; None without a warm-up.
    """

    def __init__(
        self,
        store: Store,
        analysts: Sequence[Analyst],
        sender: Sender,
        *,
        wall: bool = True,
        quiet_until: datetime | None = None,
    ) -> None:
        self._store = store
        self._analysts = analysts
        self._sender = sender
        self._wall = wall
        self._quiet_until = quiet_until

    def offsets(self, topic: str) -> dict[int, int]:
        """Where to read on, by partition; a partition that was never read is absent."""
        columns = tables.offsets.c
        with self._store.read() as connection:
            query = select(columns.partition, columns.next_offset).where(columns.topic == topic)
            return {row.partition: row.next_offset for row in connection.execute(query)}

    def take(self, records: Iterable[Record], positions: Mapping[Place, int], now: int) -> Took:
        """Take a batch in, all of it or nothing.

        Args:
            records: of each partition in the order of its log.
            positions: where to read on after them.
            now: wall clock, ms.

        Raises:
            StoreUnavailable: nothing was taken.
        """
        batch = decoded(records)
        if any(not isinstance(alert, Poison) and alert.chart is not None for _, alert in batch):
            # A picture takes a tenth of a second, and while the store is held nobody else can write:
            # what this draws is kept, and found again by the plan that counts.
            with self._store.read() as connection:
                self._plan(connection, batch, now)
        with self._store.write() as connection:
            plan = self._plan(connection, batch, now)
            _insert(connection, plan)
            if positions:
                connection.execute(
                    upsert(connection, tables.offsets),
                    [
                        {"topic": topic, "partition": partition, "next_offset": offset}
                        for (topic, partition), offset in positions.items()
                    ],
                )
        return Took(len(plan.inbox), len(plan.outbox), len(plan.dead))

    def _plan(self, connection: Connection, batch: Sequence[tuple[Record, Alert | Poison]], now: int) -> Plan:
        known = self._known(connection, [alert for _, alert in batch if not isinstance(alert, Poison)])
        latest = now if self._wall else LATEST
        return make_plan(
            batch,
            known,
            self._analysts,
            self._sender,
            now,
            latest=latest,
            quiet_until=self._quiet_until,
        )

    def _known(self, connection: Connection, alerts: Sequence[Alert]) -> Known:
        known = Known()
        inbox, decisions = tables.inbox.c, tables.decisions.c
        for ids in _chunks({alert.alert_id for alert in alerts}):
            known.alerts |= set(connection.scalars(select(inbox.alert_id).where(inbox.alert_id.in_(ids))))
        for ids in _chunks({ringing_id(alert) for alert in alerts if alert.state == "recovered"}):
            held = self._held(connection, ids)
            query = select(decisions.alert_id, decisions.recipient, decisions.mailed, decisions.reason)
            for row in connection.execute(query.where(decisions.alert_id.in_(ids))):
                rang = Ringing(row.mailed, row.reason, held=(row.alert_id, row.recipient) in held)
                known.ringing[row.alert_id, row.recipient] = rang
        for analyst in self._analysts:
            if analyst.at_most_per_day is not None:
                self._count(connection, known, analyst, alerts)
        if any(each.digest for analyst in self._analysts for each in analyst.receives):
            told = tables.digests.c
            newest = select(told.recipient, told.calendar, func.max(told.slot_ms))
            for recipient, key, slot in connection.execute(newest.group_by(told.recipient, told.calendar)):
                known.told[recipient, key] = slot
        return known

    @staticmethod
    def _held(connection: Connection, ids: Sequence[str]) -> set[tuple[str, str]]:
        """Which of these alerts were held for a digest, and for whom."""
        held = tables.held.c
        query = select(held.alert_id, held.recipient).where(held.alert_id.in_(ids))
        return {(row.alert_id, row.recipient) for row in connection.execute(query)}

    @staticmethod
    def _count(connection: Connection, known: Known, analyst: Analyst, alerts: Sequence[Alert]) -> None:
        decisions = tables.decisions.c
        for days in _chunks({day_of(alert, analyst) for alert in alerts if alert.state == "ringing"}):
            query = (
                select(decisions.day, func.count())
                .where(decisions.recipient == analyst.mail, decisions.day.in_(days))
                .where(decisions.mailed, decisions.rings)
                .group_by(decisions.day)
            )
            for day, count in connection.execute(query):
                known.sent[analyst.mail, day] = count


def _insert(connection: Connection, plan: Plan) -> None:
    for table, rows in (
        (tables.inbox, plan.inbox),
        (tables.decisions, plan.decisions),
        (tables.held, plan.held),
        (tables.outbox, plan.outbox),
        (tables.dead, plan.dead),
    ):
        if rows:
            connection.execute(insert_new(connection, table), rows)


def _chunks(values: set[str]) -> Iterator[list[str]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
