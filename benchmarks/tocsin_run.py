"""One run of the real process, `tocsin worker`, over what is on the broker.

It is watched from outside as a reader of its topics would: how far its changelogs are committed is asked
twenty times a second, until they rest (see `rest`). Then the partition rows must tell that every event has
ended. The run ends with the last commit.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import orjson

from benchmarks import process, told, topics
from benchmarks.reading import Reading
from benchmarks.task import BASE, EVERYTHING
from benchmarks.view import View
from streams.clock import now_ms
from streams.kafka import clients
from streams.settings import Settings

NAME = "Tocsin"
WORKER = (sys.executable, "-c", "import sys; from streams.cli import main; sys.exit(main())", "worker")
READY = "partitions taken over"
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
        worker.watch(
            lambda: view.complete(events, now_ms()), seconds, f"a ledger of {events:,} events, and rest"
        )
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


def _began(log: Path) -> int:
    """When the worker had its partitions and began to consume, ms."""
    for line in log.read_bytes().splitlines():
        if READY.encode() in line:
            said = orjson.loads(line)
            return round(datetime.fromisoformat(said["timestamp"]).timestamp() * 1000)
    raise SystemExit(f"the worker never said {READY!r}; see {log}")
