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
from benchmarks.workload import Workload
from streams.kafka.admin import create_topics
from streams.publish import publish
from streams.settings import Settings

MAIN = (("Faust", "awaited"), ("Quix Streams", "at-least-once"))
ONCE = (("Faust", "loose"), ("Quix Streams", "aligned"), ("Quix Streams", "exactly-once"))
SLOWEST = 150  # events a second; less is a hang, not a reading
GRACE = 60.0  # seconds to start and to stop

Say = Callable[[str], None]


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
        pairs: by reference.
        memory: the worker with many customers, by their number.
    """

    pairs: dict[str, list[Pair]] = field(default_factory=dict)
    memory: dict[int, Reading] = field(default_factory=dict)

    def speed(self, system: str) -> float:
        """Median over the pairs."""
        return median(pair.speed for pair in self.pairs[system])

    @property
    def ours(self) -> list[Reading]:
        """Each run of Tocsin on the realistic stream once."""
        runs = [run for pairs in self.pairs.values() for pair in pairs for run in (pair.before, pair.after)]
        return list({id(run): run for run in runs}.values())


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

    def settings(self, prefix: str) -> Settings:
        """A replay of the past; an input that is drained lets time go on soon."""
        return Settings(
            broker=self.broker,
            topic_prefix=f"bench-{prefix}.",
            group="bench",
            clock="events",
            idle_after=timedelta(milliseconds=500),
        )

    def throughput(self, workload: Workload, events: int, rounds: int) -> None:
        """Tocsin and the references in turn."""
        settings = self._publish("speed", workload)
        order = [each for _ in range(rounds) for each in MAIN] + list(ONCE)
        before = self._tocsin(settings, events)
        for system, variant in order:
            reference = self._reference(system, variant, settings, events)
            after = self._tocsin(settings, events)
            self.results.pairs.setdefault(reference.system, []).append(Pair(before, reference, after))
            before = after
        _same([*self.results.ours, *(p.reference for each in self.results.pairs.values() for p in each)])

    def memory(self, customers: int, workload: Workload) -> None:
        """The worker with many customers."""
        settings = self._publish(f"{customers}", workload)
        events = self._sent
        self.results.memory[customers] = self._tocsin(settings, events)

    def _publish(self, name: str, workload: Workload) -> Settings:
        settings = self.settings(name)
        create_topics(settings)
        self.say(f"publishing {workload.name}")
        self._sent = asyncio.run(publish(settings, workload.records()))
        return settings

    def _tocsin(self, settings: Settings, events: int) -> Reading:
        run = self._next("tocsin")
        return self._said(tocsin_run.run(settings, events, run, GRACE + events / SLOWEST))

    def _reference(self, system: str, variant: str, settings: Settings, events: int) -> Reading:
        run = self._next(system.split(maxsplit=1)[0].lower())
        return self._said(
            reference_run.run(system, variant, settings, events, folder=run, seconds=GRACE + events / SLOWEST)
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


def _same(readings: Sequence[Reading]) -> None:
    """All did the same job, or the ratios mean nothing."""
    ledgers = {tuple(sorted(each.ledger.items())) for each in readings}
    if len(ledgers) != 1:
        told = "\n".join(f"  {each.system}: {each.ledger}" for each in readings)
        raise SystemExit(f"the systems did not do the same job:\n{told}")
