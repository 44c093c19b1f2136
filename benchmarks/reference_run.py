"""One run of a reference in a process of its own, over the same records."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from benchmarks import process, topics
from benchmarks.reading import Reading
from benchmarks.stock_faust import own_topics
from benchmarks.task import Task
from streams.settings import Settings
from streams.topics import Topic

MODULES = {"Faust": "benchmarks.stock_faust", "Quix Streams": "benchmarks.quix"}


def run(
    system: str, variant: str, settings: Settings, events: int, *, folder: Path, seconds: float
) -> Reading:
    """Start with nothing, work through all events, stop.

    Args:
        system: a name in `MODULES`.
        variant: which form of it.
        settings: broker and prefix.
        events: how many records there are.
        folder: an absent one, for its state and log; its name is the run's.
        seconds: how long it may take.

    Raises:
        SystemExit: it did not come to an end.
    """
    folder.mkdir(parents=True)
    task = Task(settings.broker, settings.topic_prefix, folder.name, events, variant, str(folder))
    own = _own_topics(system, task.run)
    topics.fresh(settings, own)
    command = (sys.executable, "-m", MODULES[system], task.dumps())
    with process.running(command, settings.environment(), folder / "process.log") as reference:
        reference.watch(task.report.exists, seconds, f"{events:,} events by {system}, {variant}")
        said = orjson.loads(task.report.read_bytes())
        meter = reference.meter
    topics.drop(settings, own)
    return Reading(
        system=f"{system}, {variant}",
        events=events,
        seconds=(said["ended"] - said["began"]) / 1000,
        cpu=meter.cpu_between(said["began"], said["ended"]),
        peak=meter.peak,
        ledger=said["ledger"],
        alerts=said["alerts"],
    )


def _own_topics(system: str, run: str) -> list[Topic]:
    """Quix Streams makes its changelog itself."""
    table, out = own_topics(run)
    return [table, out] if system == "Faust" else [out]
