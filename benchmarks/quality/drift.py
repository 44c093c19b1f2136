"""Drift triggers beside River's detectors, on generated series with and without a change."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from river import drift as river_drift
from river.drift import binary

from detectors.series.drift import Drift
from detectors.series.forecast import DAY, HOUR, WEEK

RUNS, BEFORE, AFTER = 30, 1500, 1500
Watch = Callable[[int, float], bool]


def run() -> dict[str, Any]:
    """Delays (values until noticed; misses as a share), false alarms, and what it costs."""
    return {name: _figures(watch) for name, watch in WATCHES.items()}


def table(figures: dict[str, Any]) -> str:
    """The figures as Markdown; a delay with the share of runs that missed the change."""
    columns = [*CHANGES, "false per 10k", "daily cycle, 100 days", "us"]
    lines = ["| drift | " + " | ".join(columns) + " |", "| --- " * (len(columns) + 1) + "|"]
    for name, found in figures.items():
        lines.append(f"| {name} | " + " | ".join(str(found[column]) for column in columns) + " |")
    return "\n".join(lines)


def _figures(make: Callable[[int], Watch]) -> dict[str, Any]:
    found: dict[str, Any] = {name: _delay(make, change) for name, change in CHANGES.items()}
    rngs = [random.Random(run) for run in range(5)]
    alarms = [_alarms(make(WEEK), [rng.gauss(0, 1) for _ in range(10_000)], WEEK) for rng in rngs]
    found["false per 10k"] = sum(alarms) / len(alarms)
    found["daily cycle, 100 days"] = median(_alarms(make(HOUR), list(_cycle(rng)), HOUR) for rng in rngs)
    values = [rngs[0].gauss(0, 1) for _ in range(20_000)]
    watch = make(WEEK)
    began = time.process_time()
    _alarms(watch, values, WEEK)
    found["us"] = round(1e6 * (time.process_time() - began) / len(values), 1)
    return found


def _delay(make: Callable[[int], Watch], change: Callable[[random.Random, int], float]) -> str:
    delays: list[float] = []
    for run in range(RUNS):
        rng, watch = random.Random(run), make(WEEK)
        for step in range(BEFORE):
            watch(step * WEEK, change(rng, 0))
        noticed = (step for step in range(AFTER) if watch((BEFORE + step) * WEEK, change(rng, 1)))
        delays.append(next(noticed, math.inf))
    seen = [delay for delay in delays if delay < math.inf]
    missed = 1 - len(seen) / RUNS
    return f"{median(seen):.0f}" + (f" ({missed:.0%} missed)" if missed else "") if seen else "-"


def _alarms(watch: Watch, values: list[float], bucket_ms: int) -> int:
    return sum(watch(step * bucket_ms, value) for step, value in enumerate(values))


def _cycle(rng: random.Random) -> Iterator[float]:
    for hour in range(100 * DAY // HOUR):
        yield 3 * math.sin(2 * math.pi * hour / 24) + rng.gauss(0, 1)


def _bit(rng: random.Random, rate: float) -> float:
    return float(rng.random() < rate)


CHANGES: dict[str, Callable[[random.Random, int], float]] = {
    "shift of 1 sigma": lambda rng, changed: rng.gauss(changed, 1),
    "variance doubled": lambda rng, changed: rng.gauss(0, math.sqrt(1 + changed)),
    "rate .1 to .3": lambda rng, changed: _bit(rng, 0.3 if changed else 0.1),
}


def _tocsin(bucket_ms: int) -> Watch:
    drift = Drift(bucket_ms)
    return lambda at_ms, value: drift.update(at_ms, value) is not None


def _rivers(make: Callable[[], Any]) -> Callable[[int], Watch]:
    def made(_bucket_ms: int) -> Watch:
        detector = make()

        def watch(_at_ms: int, value: float) -> bool:
            detector.update(value)
            return bool(detector.drift_detected)

        return watch

    return made


def _binary(make: Callable[[], Any]) -> Callable[[int], Watch]:
    """HDDM knows errors only: a value is one where it is above 1, of a rate it is the error itself."""

    def made(_bucket_ms: int) -> Watch:
        detector = make()

        def watch(_at_ms: int, value: float) -> bool:
            detector.update(value >= 1.0)
            return bool(detector.drift_detected)

        return watch

    return made


WATCHES: dict[str, Callable[[int], Watch]] = {
    "Tocsin (ADWIN on residual and square)": _tocsin,
    "ADWIN": _rivers(river_drift.ADWIN),
    "Page-Hinkley": _rivers(river_drift.PageHinkley),
    "HDDM_W (value above 1)": _binary(binary.HDDMW),
}
