"""The job, event by event: what the references are given to do, made of the engine's own functions.

Decode, drop duplicates, keep aggregates and threads, judge the rules, tidy and write the row. What Tocsin
does beyond it, and the references do not: forward misplaced events, hold a watermark over all inputs with a
moment for every row (here a rule is judged when its customer has an event, by its topic's own time), keep
the ledger with the offsets, feed the stage of products.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from schemas.decode import decode
from schemas.errors import Poison
from streams.engine import customer_row
from streams.engine.customer_row import Row
from streams.engine.history import record
from streams.engine.intake import DEAD_LETTERS, Arrival
from streams.engine.options import Options
from streams.engine.partition_row import Counts, PartitionRow
from streams.engine.records import Headers, Send
from streams.engine.ringing import Judge, send_alert

PARTITIONS = 4
STAGE = "reference"
TIMES = {"order": "orders", "ticket": "tickets"}  # whose time an entity's moments are judged by


class Done(NamedTuple):
    """What an event changed.

    Attributes:
        key: of the row; None if there is none.
        row: the row's new bytes; None leaves or deletes it, see `changed`.
        changed: whether the row is to be written.
        sends: alerts and dead letters.
    """

    key: bytes | None = None
    row: bytes | None = None
    changed: bool = False
    sends: tuple[Send, ...] = ()


class Job:
    """The job, with what it must remember beside the rows."""

    def __init__(self) -> None:
        self.options = Options(PARTITIONS)
        self.judge = Judge({})
        self.row = PartitionRow()
        self._newest: dict[int, dict[str, int]] = {}

    @property
    def counts(self) -> Counts:
        """What became of the events, over all topics."""
        total = Counts()
        for each in self.row.ledger.values():
            total.processed += each.processed
            total.duplicates += each.duplicates
            total.too_late += each.too_late
            for reason, number in each.dead_letters.items():
                total.dead_letters[reason] = total.dead_letters.get(reason, 0) + number
        return total

    def take(
        self,
        topic: str,
        partition: int,
        value: bytes | None,
        headers: Headers,
        stored: Callable[[bytes], bytes | None],
    ) -> Done:
        """What one record changes.

        Args:
            topic: without prefix.
            partition: where it was found.
            value: its bytes.
            headers: its headers.
            stored: the row's bytes by key.
        """
        counts = self.row.counts(topic)
        try:
            event = decode(topic, value, headers)
        except Poison as poison:
            counts.dead_letters[poison.reason] = counts.dead_letters.get(poison.reason, 0) + 1
            return Done(sends=(Send(DEAD_LETTERS, None, None, value),))
        time = round(event.time.timestamp() * 1000)
        seen = self._newest.setdefault(partition, {})
        newest = seen.get(topic)
        late = newest is not None and time < newest - self.options.disorder
        eff = time if newest is None or not late else newest - self.options.disorder
        if newest is None or time > newest:
            seen[topic] = time
        data: Any = event.data
        customer: str | None = data.customer_id
        key = customer_row.row_key(customer, None if customer else data.session_id)
        row = customer_row.load(stored(key))
        if not customer_row.take_id(row, event.source, event.id, eff, self.options.horizon):
            counts.duplicates += 1
            return Done()
        if late:
            counts.too_late += 1
        else:
            counts.processed += 1
        customer_row.forget(row, self._least(partition), self.options.horizon)
        if not customer:
            return self._session(key, row, partition)
        touched = record(row, Arrival(topic, event, event.key, time, eff, late))
        sends = self._ring(row, customer, touched, partition)
        return Done(key, customer_row.dump(row), changed=True, sends=sends)

    def _mark(self, topic: str, partition: int) -> int | None:
        """How far one input's time has come, ms."""
        newest = self._newest[partition].get(topic)
        return None if newest is None else newest - self.options.disorder

    def _least(self, partition: int) -> int:
        """How far the time of every input that has said something has come, ms."""
        return min(self._newest[partition].values()) - self.options.disorder

    def _session(self, key: bytes, row: Row, partition: int) -> Done:
        row["due"] = max(row["seen"].values(), default=0) + self.options.horizon
        gone = row["due"] < self._least(partition)
        return Done(key, None if gone else customer_row.dump(row), changed=True)

    def _ring(
        self, row: Row, customer: str, touched: tuple[str, str] | None, partition: int
    ) -> tuple[Send, ...]:
        """Judge what was touched and whose moment has passed, then tidy as the engine does."""
        least: int | None = None
        alerts = []
        for entity, topic in TIMES.items():
            mark = self._mark(topic, partition)
            for name, thread in row[entity].items():
                due = thread["due"]
                passed = due is not None and mark is not None and due < mark
                if passed or touched == (entity, name):
                    alerts += self.judge.judge(entity, name, customer, thread, mark)
                    due = thread["due"]
                if due is not None:
                    least = due if least is None or due < least else least
                elif mark is not None and len(thread["known"]) > 1:
                    self.judge.settle(entity, thread, mark)
        row["due"] = least
        return tuple(send_alert(self.row, alert, STAGE) for alert in alerts)
