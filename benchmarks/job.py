"""The base job, event by event: what the references are given to do, made of the engine's own functions.

Decode, drop duplicates, keep aggregates and threads, judge the rules, tidy and write the row. What Tocsin
does beyond it, and the references do not: forward misplaced events, hold a watermark over all inputs with a
moment for every row (here a rule is judged when its customer has an event, by its topic's own time), keep
the ledger with the offsets, feed the stage of products. `everything` adds the rest of what Tocsin does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.decode import decode
from schemas.errors import Poison
from streams.engine import customer_row
from streams.engine.customer_row import Row
from streams.engine.history import Touched, record
from streams.engine.intake import DEAD_LETTERS, Arrival
from streams.engine.options import Options
from streams.engine.partition_row import Counts, PartitionRow
from streams.engine.records import Headers, Record, Send
from streams.engine.ringing import Judge, send_alert

PARTITIONS = 4
STAGE = "reference"
TIMES = {"order": "orders", "ticket": "tickets"}  # whose time an entity's moments are judged by


Stored = Callable[[bytes], bytes | None]
"""The bytes of a row by its key."""


class Done(NamedTuple):
    """What a record changed.

    Attributes:
        rows: new bytes by key; None deletes.
        sends: what is to be sent.
    """

    rows: Mapping[bytes, bytes | None] = {}
    sends: Sequence[Send] = ()


class Job:
    """The job, with what it must remember beside the rows.

    Attributes:
        follows: internal topics that are read, without prefix.
    """

    follows: tuple[str, ...] = ()

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options(PARTITIONS)
        self.judge = Judge(self.options.rules)
        self.row = PartitionRow()
        self.newest: dict[int, dict[str, int]] = {}

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

    def take(self, topic: str, partition: int, value: bytes | None, headers: Headers, stored: Stored) -> Done:
        """What one record changes.

        Args:
            topic: without prefix.
            partition: where it was found.
            value: its bytes.
            headers: its headers.
            stored: the row's bytes by key.
        """
        try:
            arrival = self.arrival(topic, partition, value, headers)
        except Poison:
            return Done(sends=[Send(DEAD_LETTERS, None, None, value)])
        key, row = self.row_of(arrival, stored)
        if not self.is_new(row, arrival, partition):
            return Done()
        if key.startswith(b"s/"):
            row["due"] = max(row["seen"].values(), default=0) + self.options.horizon
            gone = row["due"] < self._least(partition)
            return Done({key: None if gone else customer_row.dump(row)})
        touched = record(row, arrival)
        sends = self.ring(row, key[2:].decode(), touched, partition)
        return Done({key: customer_row.dump(row)}, sends)

    def follow(self, topic: str, partition: int, found: Record) -> Done:
        """What one record of an internal topic changes; there is none to be read here."""
        raise NotImplementedError(f"{topic}[{partition}] at {found.offset}: this job follows nothing")

    def arrival(self, topic: str, partition: int, value: bytes | None, headers: Headers) -> Arrival:
        """The event of a record, and how it stands to its topic's time.

        Raises:
            Poison: there is none; it is counted.
        """
        try:
            event = decode(topic, value, headers)
        except Poison as poison:
            dead = self.row.counts(topic).dead_letters
            dead[poison.reason] = dead.get(poison.reason, 0) + 1
            raise
        time = round(event.time.timestamp() * 1000)
        seen = self.newest.setdefault(partition, {})
        newest = seen.get(topic)
        late = newest is not None and time < newest - self.options.disorder
        eff = time if newest is None or not late else newest - self.options.disorder
        if newest is None or time > newest:
            seen[topic] = time
        return Arrival(topic, event, event.key, time, eff, late)

    @staticmethod
    def row_of(arrival: Arrival, stored: Stored) -> tuple[bytes, Row]:
        """The row of an event's customer, or of its session, and the row's key."""
        data: Any = arrival.event.data
        customer: str | None = data.customer_id
        key = customer_row.row_key(customer, None if customer else data.session_id)
        return key, customer_row.load(stored(key))

    def is_new(self, row: Row, arrival: Arrival, partition: int) -> bool:
        """Whether an event is no duplicate; it is counted, and what is old goes from its row."""
        counts, event = self.row.counts(arrival.topic), arrival.event
        if not customer_row.take_id(row, event.source, event.id, arrival.eff, self.options.horizon):
            counts.duplicates += 1
            return False
        if arrival.late:
            counts.too_late += 1
        else:
            counts.processed += 1
        customer_row.forget(row, self._least(partition), self.options.horizon)
        return True

    def _mark(self, topic: str, partition: int) -> int | None:
        """How far one input's time has come, ms."""
        newest = self.newest[partition].get(topic)
        return None if newest is None else newest - self.options.disorder

    def _least(self, partition: int) -> int:
        """How far the time of every input that has said something has come, ms."""
        return min(self.newest[partition].values()) - self.options.disorder

    def ring(self, row: Row, customer: str, touched: Touched | None, partition: int) -> list[Send]:
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
        return [send_alert(self.row, alert, STAGE) for alert in alerts]
