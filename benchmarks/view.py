"""What a worker has committed, as a reader of its topics sees it: the end of a run, and its ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from kafka import KafkaConsumer

from benchmarks.rest import Rest
from streams.engine.partition_row import KEY
from streams.kafka import reading
from streams.settings import Settings
from streams.topics import CUSTOMER_ROWS

ENDS = ("processed", "duplicates", "too_late")


class View:
    """What is committed.

    Args:
        settings: broker and prefix.
        consumer: reads committed records.

    Attributes:
        rest: of all stages.
        ledger: what became of the events, as of the last rest.
        alerts: messages of the customer stage.
    """

    def __init__(self, settings: Settings, consumer: KafkaConsumer) -> None:
        self.rest = Rest(settings, consumer)
        self.ledger: dict[str, int] = {}
        self.alerts = 0
        self._consumer = consumer
        self._places = reading.partitions(consumer, settings.topic(CUSTOMER_ROWS.name))
        self._read_at: int | None = None

    def complete(self, events: int, now: int) -> bool:
        """Look, at `now` (ms); whether everything rests and every event has ended."""
        if not self.rest.look(now) or self._read_at == self.rest.moved:
            return False
        self._read_at = self.rest.moved
        rows: dict[int, Any] = {}
        for record in reading.read(self._consumer, reading.spans(self._consumer, self._places)):
            if record.key == KEY:
                rows[record.partition] = orjson.loads(record.value)
        self.ledger = ledger(rows)
        self.alerts = sum(sum(row["alerts"].values()) for row in rows.values())
        return sum(self.ledger.values()) == events


def ledger(rows: Mapping[int, Any]) -> dict[str, int]:
    """What became of the events by the last row of each partition."""
    counts = [each for row in rows.values() for each in row["ledger"].values()]
    found = {name: sum(each[name] for each in counts) for name in ENDS}
    return {**found, "dead_letters": sum(sum(each["dead_letters"].values()) for each in counts)}
