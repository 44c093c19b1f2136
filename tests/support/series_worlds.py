"""Series made by a written rule, with and without a change; every generator is seeded."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from detectors.series.point import Point
from detectors.series.series import Series
from detectors.series.settings import Settings

MINUTES5, HOUR, DAY = 300_000, 3_600_000, 86_400_000
MONDAY = 1_704_067_200_000  # 2024-01-01


def white(rng: random.Random, size: int) -> list[float]:
    return [100 + 10 * rng.gauss(0, 1) for _ in range(size)]


def autocorrelated(rng: random.Random, size: int) -> list[float]:
    found, last = [], 0.0
    for _ in range(size):
        last = 0.8 * last + rng.gauss(0, 1)
        found.append(50 + last)
    return found


def skewed(rng: random.Random, size: int) -> list[float]:
    return [math.exp(rng.gauss(0, 0.5)) for _ in range(size)]


def daily(rng: random.Random, size: int) -> list[float]:
    """By the hour, with a cycle of a day."""
    return [50 + 20 * math.sin(2 * math.pi * hour / 24) + 3 * rng.gauss(0, 1) for hour in range(size)]


def counts(rng: random.Random, size: int, mean: float = 40, dispersion: float = 0.1) -> list[float]:
    """Negative binomial, by the day, with a rhythm of the week."""
    return [
        float(negative_binomial(rng, mean * (1 + 0.4 * math.sin(2 * math.pi * day / 7)), dispersion))
        for day in range(size)
    ]


def negative_binomial(rng: random.Random, mean: float, dispersion: float) -> int:
    """A Poisson count whose rate is gamma distributed."""
    rate = rng.gammavariate(1 / dispersion, mean * dispersion)
    count, time = 0, rng.expovariate(1)
    while time < rate:
        count += 1
        time += rng.expovariate(1)
    return count


def judged(
    values: list[float] | list[float | None], step_ms: int, settings: Settings | None = None
) -> Iterator[Point]:
    """What a series says of each value."""
    series = Series(settings or Settings(bucket_ms=step_ms))
    for index, value in enumerate(values):
        yield series.update(MONDAY + index * step_ms, value)
