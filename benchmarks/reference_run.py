"""One run of a reference in a process of its own, over the same records."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from benchmarks import process, told, topics
from benchmarks.reading import Reading
from benchmarks.stock_faust import changelogs
from benchmarks.task import EVERYTHING, Task
from streams.settings import Settings
from streams.topics import TOPICS

MODULES = {"Faust": "benchmarks.stock_faust", "Quix Streams": "benchmarks.quix"}
SAID = tuple(topic for topic in TOPICS if topic.internal and not topic.name.endswith("-rows"))


def run(
    system: str, variant: str, job: str, settings: Settings, events: int, *, folder: Path, seconds: float
) -> Reading:
    """Start with nothing, work through all events, stop.

    Args:
        system: a name in `MODULES`.
        variant: which form of it.
        job: what it does, see `task`.
        settings: broker and prefix.
        events: how many records there are.
        folder: an absent one, for its state and log; its name is the run's.
        seconds: how long it may take.

    Raises:
        SystemExit: it did not come to an end.
    """
    folder.mkdir(parents=True)
    task = Task(settings.broker, settings.topic_prefix, folder.name, events, job, variant, str(folder))
    own = settings.model_copy(update={"topic_prefix": task.own})
    tables = changelogs(task.run) if system == "Faust" else []  # Quix Streams makes its own
    topics.fresh(settings, tables)
    topics.fresh(own, SAID)
    command = (sys.executable, "-m", MODULES[system], task.dumps())
    with process.running(command, settings.environment(), folder / "process.log") as reference:
        reference.watch(task.report.exists, seconds, f"{events:,} events by {system}, {variant}")
        said = orjson.loads(task.report.read_bytes())
        meter = reference.meter
    reading = Reading(
        system=f"{system}, {variant}",
        job=job,
        events=events,
        seconds=(said["ended"] - said["began"]) / 1000,
        cpu=meter.cpu_between(said["began"], said["ended"]),
        peak=meter.peak,
        ledger=said["ledger"],
        alerts=said["alerts"],
        told=told.count(own) if job == EVERYTHING else {},
    )
    topics.drop(settings, tables)
    topics.drop(own, SAID)
    return reading
