"""The close of a day over a million customers, on one core: how long, how much memory, and who waits for it.

    python -m benchmarks.sweep
    python -m benchmarks.sweep --customers 100000 --slice 500

The pure customer stage, one partition, three horizons, reasons, records and labels included. Cold: right
after a restart, nothing decoded. Warm: the next day. Then live traffic comes between the slices, as in a
lane: an alert is sent by the step that takes the event which lets time pass its moment. The clock is CPU time
plus `--commit` for each step, so a busy machine changes little; events come at `--rate`.
"""

from __future__ import annotations

import argparse
import gc
import resource
import time
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import orjson

from benchmarks.crowd import SHOP, Crowd, Reader, crowd, order
from benchmarks.synthetic import BEGIN, DAY, HOUR, MINUTE
from benchmarks.target import Target
from streams.engine.state import State
from streams.memory import tune_memory
from streams.sources.record import Record
from streams.topics import ALERTS

MOST = 2_000  # events of a step
EVERY = 10  # one order in so many is late, and rings
SECONDS, RATIO = 60.0, 2.0


class Swept(NamedTuple):
    """The close of a day.

    Attributes:
        seconds: CPU of all its steps.
        steps: how many.
        longest: CPU seconds of the longest one.
    """

    seconds: float
    steps: int
    longest: float


class Clock:
    """Virtual seconds: CPU of the steps, and so much for each commit."""

    def __init__(self, reader: Reader, commit: float) -> None:
        self.reader, self.commit, self.now = reader, commit, 0.0

    def step(self, records: Sequence[Record]) -> tuple[list[int], bool]:
        """Moments of the alerts that a step sent, ms, and whether there is more to do."""
        began = time.process_time()
        outcome = self.reader.step(records)
        self.now += time.process_time() - began + self.commit
        sent = [orjson.loads(send.value or b"") for send in outcome.sends if send.topic == ALERTS.name]
        return [_ms(alert["data"]["at"]) for alert in sent], outcome.more


def sweep(reader: Reader, day: int) -> Swept:
    """One event of the day after lets time pass midnight."""
    records: Sequence[Record] = [order("placed", day, "c-0.0", BEGIN + day * DAY + HOUR)]
    took: list[float] = []
    more = True
    while more:
        began = time.process_time()
        more = reader.step(records).more
        took.append(time.process_time() - began)
        records = ()
    return Swept(sum(took), len(took), max(took))


def traffic(day: int, begin: int, count: int, customers: int) -> list[Record]:
    """Orders promised within the hour; most are delivered before, one in `EVERY` is not."""
    found = []
    span = 20 * HOUR // count
    for number in range(count // 2):
        at, customer = begin + 2 * number * span, f"c-{number * 7 % min(customers, SHOP)}.0"
        name = 1_000_000 * (day + 1) + number
        found.append(order("placed", name, customer, at, at + HOUR))
        late = number % EVERY == 0
        found.append(order("delivered", name, customer, at + (3 * HOUR if late else HOUR // 2)))
    return sorted(found, key=lambda each: each.at or 0)


def waits(clock: Clock, records: list[Record], rate: float, disorder: int, *, swept: bool) -> list[float]:
    """Seconds from the event that lets an alert's moment pass until the alert is sent.

    Args:
        clock: of a state whose days are closed.
        records: what comes, by time.
        rate: of it, per second.
        disorder: how far time stays behind the newest event, ms.
        swept: whether to stop, and look, while a day is being closed alone.
    """
    times = [each.at or 0 for each in records]
    begin, taken, more = clock.now, 0, False
    found: list[float] = []
    while taken < len(records) or (more and swept):
        if not more and taken < len(records):
            clock.now = max(clock.now, begin + taken / rate)
        come = min(len(records), int((clock.now - begin) * rate) + 1, taken + MOST)
        closing = more
        alerts, more = clock.step(records[taken:come])
        taken = come
        if swept and closing and not more:
            break
        if closing == swept:
            found += [clock.now - begin - bisect_right(times, at + disorder) / rate for at in alerts]
    return found


def _ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


def measure(made: Crowd, asked: argparse.Namespace) -> tuple[list[str], list[Target]]:
    """Everything, in words; and the bar."""
    state = State(0)
    state.load(made.changelog)
    state.loaded()
    count = sum(1 for key, _ in made.changelog if key.startswith(b"c/"))
    made.changelog.clear()
    gc.collect()
    reader = Reader(made.stage, state)
    said = [f"{count:,} customers; steps of {made.stage.options.churn.slice:,}"]  # type: ignore[union-attr]
    bar = []
    for day, name in enumerate(("cold, right after a restart", "warm, the next day")):
        swept = sweep(reader, day)
        said.append(
            f"{name}: {swept.seconds:.1f} s of CPU, {swept.seconds / count * 1e6:.1f} us a customer, "
            f"{swept.steps:,} steps, the longest {swept.longest * 1e3:.0f} ms"
        )
        said_of = f"CPU seconds a million customers, {name}"
        bar.append(Target(said_of, swept.seconds / count * 1e6, SECONDS, most=True))
    said.append(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    clock, disorder = Clock(reader, asked.commit / 1000), made.stage.options.disorder
    without = waits(
        clock, traffic(2, BEGIN + DAY + 2 * HOUR, asked.events, count), asked.rate, disorder, swept=False
    )
    during = waits(
        clock, traffic(3, BEGIN + 2 * DAY + MINUTE, asked.events, count), asked.rate, disorder, swept=True
    )
    quiet, busy = (float(np.percentile(each, 99)) for each in (without, during))
    said.append(
        f"event to alert at {asked.rate:,.0f} events/s and {asked.commit:g} ms a commit: p99 "
        f"{quiet * 1e3:.0f} ms ({len(without):,} alerts), "
        f"during a sweep {busy * 1e3:.0f} ms ({len(during):,} alerts)"
    )
    bar.append(Target("p99 of event to alert, times that without a sweep", busy / quiet, RATIO, most=True))
    return said, bar


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the crowd, measure, print; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--slice", type=int, help="customers of a step; as in production if not given")
    parser.add_argument("--rate", type=float, default=1_000.0, help="live events a second")
    parser.add_argument("--commit", type=float, default=10.0, help="ms of a transaction")
    parser.add_argument("--events", type=int, default=20_000, help="live events, each time")
    asked = parser.parse_args(arguments)
    tune_memory()
    said, bar = measure(crowd(asked.customers, asked.slice), asked)
    print(*said, *bar, sep="\n")
    return 0 if all(target.met for target in bar) else 1


if __name__ == "__main__":
    raise SystemExit(main())
