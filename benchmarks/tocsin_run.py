"""One run of the real process, `tocsin worker`, over what is on the broker.

It is watched from outside as a reader of its topics would: how far its changelog is committed is asked twenty
times a second; afterwards the partition rows tell at which committed offset the ledger was complete.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from benchmarks import process, topics
from benchmarks.reading import Reading
from streams.clock import now_ms
from streams.engine.partition_row import KEY
from streams.kafka import clients, reading
from streams.settings import Settings
from streams.topics import CUSTOMER_ROWS

NAME = "Tocsin"
WORKER = (sys.executable, "-c", "import sys; from streams.cli import main; sys.exit(main())", "worker")
READY = "partitions taken over"
AT_REST = 1_000  # ms without a commit after which it is worth reading whether everything is done
ENDS = ("processed", "duplicates", "too_late")


def run(settings: Settings, events: int, folder: Path, seconds: float) -> Reading:
    """Start with nothing, work through all events, stop.

    Raises:
        SystemExit: it did not come to an end, or its ledger does not add up.
    """
    topics.fresh(settings)
    folder.mkdir(parents=True)
    env = settings.model_copy(update={"log_json": True}).environment()
    with clients.reader(settings) as consumer, process.running(WORKER, env, folder / "worker.log") as worker:
        view = _View(settings, consumer)
        worker.watch(lambda: view.complete(events), seconds, f"a ledger of {events:,} events")
        began, ended = _began(worker.log), view.completed_at()
        return Reading(
            system=NAME,
            events=events,
            seconds=(ended - began) / 1000,
            cpu=worker.meter.cpu_between(began, ended),
            peak=worker.meter.peak,
            ledger=view.ledger,
            alerts=view.alerts,
        )


@dataclass
class _View:
    """What is committed in the changelog of customers, and since when."""

    settings: Settings
    consumer: KafkaConsumer
    ledger: dict[str, int] = field(default_factory=dict)
    alerts: int = 0
    _ends: list[tuple[int, dict[TopicPartition, int]]] = field(default_factory=list)
    _complete: dict[TopicPartition, int] = field(default_factory=dict)
    _looked: int = 0

    def __post_init__(self) -> None:
        self._places = reading.partitions(self.consumer, self.settings.topic(CUSTOMER_ROWS.name))

    def complete(self, events: int) -> bool:
        """Note how far it is; whether every event has ended."""
        now, ends = now_ms(), self.consumer.end_offsets(self._places)
        if not self._ends or ends != self._ends[-1][1]:
            self._ends.append((now, ends))
            return False
        rests = now - self._ends[-1][0] > AT_REST and any(ends.values())
        if not rests or self._looked == len(self._ends):
            return False
        self._looked = len(self._ends)
        return self._read() == events

    def _read(self) -> int:
        """How many events have ended, by the partition rows; notes where each partition had all its own."""
        rows: dict[TopicPartition, list[tuple[int, Any]]] = {place: [] for place in self._places}
        for record in reading.read(self.consumer, reading.spans(self.consumer, self._places)):
            if record.key == KEY:
                place = TopicPartition(record.topic, record.partition)
                rows[place].append((record.offset, orjson.loads(record.value)))
        last = [each[-1][1] for each in rows.values() if each]
        self.ledger = {
            **{name: sum(c[name] for row in last for c in row["ledger"].values()) for name in ENDS},
            "dead_letters": sum(
                sum(counts["dead_letters"].values()) for row in last for counts in row["ledger"].values()
            ),
        }
        self.alerts = sum(sum(row["alerts"].values()) for row in last)
        self._complete = {
            place: each[bisect_left(each, _ended(each[-1][1]), key=lambda pair: _ended(pair[1]))][0]
            for place, each in rows.items()
            if each
        }
        return sum(self.ledger.values())

    def completed_at(self) -> int:
        """The first look, ms, at which the complete ledger could be read in every partition."""
        for at, ends in self._ends:
            if all(ends[place] > offset for place, offset in self._complete.items()):
                return at
        raise AssertionError("what was read was not there")


def _ended(row: Any) -> int:
    """Events that have ended in a partition; it only grows."""
    return sum(
        sum(counts[name] for name in ENDS) + sum(counts["dead_letters"].values())
        for counts in row["ledger"].values()
    )


def _began(log: Path) -> int:
    """When the worker had its partitions and began to consume, ms."""
    for line in log.read_bytes().splitlines():
        if READY.encode() in line:
            said = orjson.loads(line)
            return round(datetime.fromisoformat(said["timestamp"]).timestamp() * 1000)
    raise SystemExit(f"the worker never said {READY!r}; see {log}")
