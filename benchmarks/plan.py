"""Which runs are made, in which order: each reference stands between two runs of Tocsin, compared to both.

A machine that gets slower or busier in the course of minutes changes a ratio little that way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import mean, median

from benchmarks import reference_run, tocsin_run
from benchmarks.reading import Reading
from benchmarks.same import must_be_same
from benchmarks.task import BASE, EVERYTHING
from benchmarks.workload import Workload
from streams.kafka.admin import create_topics
from streams.publish import publish
from streams.settings import Settings

FAUST, QUIX = ("Faust", "awaited"), ("Quix Streams", "at-least-once")
ONCE = (("Faust", "loose"), ("Quix Streams", "aligned"), ("Quix Streams", "exactly-once"))
SLOWEST = 150  # events a second; less is a hang, not a reading
GRACE = 60.0  # seconds to start and to stop

Say = Callable[[str], None]
System = tuple[str, str]
"""A reference and its variant."""


@dataclass
class Pair:
    """A reference between two runs of Tocsin."""

    before: Reading
    reference: Reading
    after: Reading

    @property
    def speed(self) -> float:
        """How many times as many events a second Tocsin does."""
        return mean((self.before.rate, self.after.rate)) / self.reference.rate

    @property
    def cpu(self) -> float:
        """How many times as much CPU an event costs the reference."""
        return self.reference.cpu_per_thousand / mean(
            (self.before.cpu_per_thousand, self.after.cpu_per_thousand)
        )


@dataclass
class Results:
    """Everything measured.

    Attributes:
        pairs: by job and reference.
        memory: the worker with many customers, by their number.
    """

    pairs: dict[str, dict[str, list[Pair]]] = field(default_factory=dict)
    memory: dict[int, Reading] = field(default_factory=dict)

    def speed(self, job: str, system: str) -> float:
        """Median over the pairs."""
        return median(pair.speed for pair in self.pairs[job][system])

    def cpu(self, job: str, system: str) -> float:
        """The same by CPU."""
        return median(pair.cpu for pair in self.pairs[job][system])

    def ours(self, job: str) -> dict[int, list[Reading]]:
        """Each run of Tocsin once, by the number of events."""
        runs = [
            run for pairs in self.pairs[job].values() for pair in pairs for run in (pair.before, pair.after)
        ]
        found: dict[int, list[Reading]] = {}
        for run in {id(run): run for run in runs}.values():
            found.setdefault(run.events, []).append(run)
        return found


@dataclass
class Bench:
    """The runs on one broker.

    Args:
        broker: host:port.
        home: a folder of its own.
        say: tells a person how far it is.
    """

    broker: str
    home: Path
    say: Say
    results: Results = field(default_factory=Results)
    _runs: int = 0
    _sent: int = 0

    def settings(self, prefix: str) -> Settings:
        """A replay of the past; an input that is drained lets time go on soon."""
        return Settings(
            broker=self.broker,
            topic_prefix=f"bench-{prefix}.",
            group="bench",
            clock="events",
            idle_after=timedelta(milliseconds=500),
        )

    def base(self, workload: Workload, rounds: int) -> None:
        """The base job: Tocsin and the references in turn."""
        self._turns(BASE, self._publish("base", workload), [(FAUST,), *[(QUIX,)] * rounds, ONCE])

    def everything(self, workload: Workload, rounds: int) -> None:
        """Everything beside Quix Streams."""
        self._turns(EVERYTHING, self._publish("everything", workload), [(QUIX,)] * rounds)

    def slow(self, workload: Workload) -> None:
        """Everything beside stock Faust, on a stream that it can work through in less than a minute."""
        self._turns(EVERYTHING, self._publish("slow", workload), [(FAUST,)])

    def _turns(self, job: str, settings: Settings, order: Sequence[Sequence[System]]) -> None:
        """Runs of Tocsin, and between each two of them these references."""
        events = self._sent
        self.say(f"{job}, {events:,} events:")
        pairs = self.results.pairs.setdefault(job, {})
        before, readings = self._tocsin(job, settings, events), []
        for systems in order:
            references = [self._reference(*each, job, settings, events) for each in systems]
            after = self._tocsin(job, settings, events)
            for reference in references:
                pairs.setdefault(reference.system, []).append(Pair(before, reference, after))
            readings += [before, *references, after]
            must_be_same(readings)
            before = after

    def memory(self, customers: int, workload: Workload) -> None:
        """The worker with many customers, everything on."""
        settings = self._publish(f"{customers}", workload)
        self.results.memory[customers] = self._tocsin(EVERYTHING, settings, self._sent)

    def _publish(self, name: str, workload: Workload) -> Settings:
        settings = self.settings(name)
        create_topics(settings)
        self.say(f"publishing {workload.name}")
        self._sent = asyncio.run(publish(settings, workload.records()))
        return settings

    def _tocsin(self, job: str, settings: Settings, events: int) -> Reading:
        run = self._next("tocsin")
        return self._said(tocsin_run.run(job, settings, events, run, GRACE + events / SLOWEST))

    def _reference(self, system: str, variant: str, job: str, settings: Settings, events: int) -> Reading:
        run, seconds = self._next(system.split(maxsplit=1)[0].lower()), GRACE + events / SLOWEST
        return self._said(
            reference_run.run(system, variant, job, settings, events, folder=run, seconds=seconds)
        )

    def _next(self, name: str) -> Path:
        self._runs += 1
        return self.home / f"{self._runs:02d}-{name}"

    def _said(self, reading: Reading) -> Reading:
        self.say(
            f"{reading.system:28} {reading.rate:9,.0f} events/s  {reading.cpu_per_thousand:6.3f} CPU s/1,000"
            f"  {reading.peak >> 20:5,} MiB"
        )
        return reading
