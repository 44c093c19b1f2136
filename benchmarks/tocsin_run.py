"""One run of the real process, `tocsin worker`, over what is on the broker.

It is watched from outside as a reader of its topics would: how far its changelogs are committed is asked
twenty times a second, until they rest (see `rest`). Then the partition rows must tell that every event has
ended. The run ends with the last commit.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from kafka import KafkaConsumer

from benchmarks import process, told, topics
from benchmarks.reading import Reading
from benchmarks.rest import Rest
from benchmarks.task import BASE, EVERYTHING
from streams.engine.partition_row import KEY
from streams.kafka import clients, reading
from streams.settings import Settings
from streams.topics import CUSTOMER_ROWS

NAME = "Tocsin"
WORKER = (sys.executable, "-c", "import sys; from streams.cli import main; sys.exit(main())", "worker")
READY = "partitions taken over"
ENDS = ("processed", "duplicates", "too_late")
CONFIGS = {
    BASE: "rules:\n  churn:\n    enabled: false\nseries: false\npairs: false\n",
    EVERYTHING: "# Everything as it ships.\n",
}


def run(job: str, settings: Settings, events: int, folder: Path, seconds: float) -> Reading:
    """Start with nothing, work through all events, stop.

    Raises:
        SystemExit: it did not come to an end, or its ledger does not add up.
    """
    topics.fresh(settings)
    folder.mkdir(parents=True)
    config = folder / "tocsin.yaml"
    config.write_text(CONFIGS[job], encoding="utf-8")
    env = settings.model_copy(update={"log_json": True, "config": config}).environment()
    with clients.reader(settings) as consumer, process.running(WORKER, env, folder / "worker.log") as worker:
        view = View(settings, consumer)
        worker.watch(lambda: view.complete(events), seconds, f"a ledger of {events:,} events, and rest")
        began, ended = _began(worker.log), view.rest.moved or 0
        cpu, peak = worker.meter.cpu_between(began, ended), worker.meter.peak
    return Reading(
        system=NAME,
        job=job,
        events=events,
        seconds=(ended - began) / 1000,
        cpu=cpu,
        peak=peak,
        ledger=view.ledger,
        alerts=view.alerts,
        told=told.count(settings) if job == EVERYTHING else {},
    )


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

    def complete(self, events: int) -> bool:
        """Look; whether everything rests and every event has ended."""
        if not self.rest.look() or self._read_at == self.rest.moved:
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


def _began(log: Path) -> int:
    """When the worker had its partitions and began to consume, ms."""
    for line in log.read_bytes().splitlines():
        if READY.encode() in line:
            said = orjson.loads(line)
            return round(datetime.fromisoformat(said["timestamp"]).timestamp() * 1000)
    raise SystemExit(f"the worker never said {READY!r}; see {log}")
