"""What is usual: long-run mean and spread, the size of forecast errors, and an interval that holds."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import ClassVar

from detectors.series.count import LEAST_MEAN, MOST, two_sided
from detectors.series.memory import Memory

# Differences this small, as a share of the series' size or in absolute terms, are noise of numbers.
GRAIN, DUST = 1e-6, 1e-9
SLOWEST_ERROR, SLOWEST_MEAN = 0.01, 0.005
EARLY = 20
# Step of the interval's edges, in error sizes.
STEP = 0.2
# Variance of sums grows as that of counts: by chance with the sum, by the luck of all with its square. At the
# usual size so much of it is chance.
CHANCE = 0.5
# Of the usual size; what is less errs as much.
LEAST_SUM = 0.02
LEAST_CHANCE = 1e-15
MOST_SURPRISE = -math.log10(LEAST_CHANCE)
# Holidays differ: half as much again, or half, is nothing strange of the first one.
HOLIDAY = 0.5


class Usual(Memory):
    """Running moments, winsorised so that one wild value moves them little."""

    __slots__ = ("above", "below", "dispersion", "error2", "half", "mean", "seen", "size", "spread2")
    KEPT: ClassVar[tuple[str, ...]] = (
        "seen",
        "mean",
        "spread2",
        "size",
        "error2",
        "dispersion",
        "below",
        "above",
    )

    def __init__(self, outside: float) -> None:
        self.seen = 0
        self.mean = 0.0
        self.spread2 = 0.0
        self.size = 0.0
        self.error2 = 0.0
        self.dispersion = 0.1
        self.half = outside / 2.0
        self.above = NormalDist().inv_cdf(1.0 - outside / 2.0)
        self.below = -self.above

    def least(self) -> float:
        """A width below which a difference means nothing."""
        return GRAIN * self.size + DUST

    def error(self) -> float:
        """The usual size of a forecast's error."""
        return math.sqrt(self.error2) + self.least()

    def spread(self) -> float:
        """The usual distance to the long-run mean."""
        return math.sqrt(self.spread2) + self.least()

    def slow(self) -> float:
        """The pace of the long-run averages."""
        pace = 1.0 / (self.seen + 1)
        return pace if pace > SLOWEST_MEAN else SLOWEST_MEAN  # noqa: FURB136 - a call costs more

    def sum_error(self, expected: float, doubt: float = 0.0) -> float:
        """The usual size of an error around an expected sum; `doubt` as in `Forecast.doubt`."""
        if self.size <= 0.0:
            return self.error()
        size = max(expected / self.size, LEAST_SUM)
        growth = math.sqrt(CHANCE * size + (1.0 - CHANCE) * size * size)
        return math.hypot(self.error() * growth, math.sqrt(doubt) * HOLIDAY * expected)

    def count_error(self, expected: float, doubt: float = 0.0) -> float:
        """The usual size of an error around an expected count; `doubt` as in `Forecast.doubt`."""
        mean = expected if expected > LEAST_MEAN else LEAST_MEAN  # noqa: FURB136 - the same
        return math.sqrt(mean + (self.dispersion + doubt * HOLIDAY * HOLIDAY) * mean * mean)

    def count(self, value: float, expected: float, doubt: float = 0.0) -> tuple[float, float]:
        """(-log10 of the two-sided tail, middle normal score) of a count; `doubt` as in `Forecast.doubt`."""
        dispersion = self.dispersion + doubt * HOLIDAY * HOLIDAY
        chance, score = two_sided(max(0.0, value), expected, dispersion)
        return -math.log10(chance) if chance > LEAST_CHANCE else MOST_SURPRISE, score

    def learn(self, value: float, away: float, z: float, most: float) -> None:
        """Take in a value, how far it was from its forecast, the same in error sizes, the most to move by.

        The edges of the interval follow Gibbs and Candes, "Adaptive Conformal Inference" (2021): a miss
        widens, a hit narrows, in the promised proportion, so the long-run share outside is right whatever the
        distribution is.
        """
        seen = self.seen
        if not seen:
            self.mean, self.size, self.seen = value, abs(value), 1
            return
        half = self.half
        # No `min` and `max` here: a call costs more than all that is compared.
        edge = self.above + STEP * ((z > self.above) - half)
        self.above = edge if edge > 0.0 else 0.0  # noqa: FURB136
        edge = self.below - STEP * ((z < self.below) - half)
        self.below = edge if edge < 0.0 else 0.0  # noqa: FURB136
        rate = 1.0 / seen
        if rate < SLOWEST_ERROR:  # noqa: PLR1730
            rate = SLOWEST_ERROR
        residual2, error2, mean = away * away, self.error2, self.mean
        distance = value - mean
        if seen > EARLY:
            if residual2 > 25.0 * error2:  # noqa: PLR1730
                residual2 = 25.0 * error2
            if distance > most:
                distance = most
            elif distance < -most:
                distance = -most
        self.error2 = error2 + rate * (residual2 - error2)
        self.size += rate * (abs(mean + distance) - self.size)
        slow = 1.0 / (seen + 1)
        if slow < SLOWEST_MEAN:  # noqa: PLR1730
            slow = SLOWEST_MEAN
        self.mean = mean + slow * distance
        self.spread2 += slow * (distance * distance - self.spread2)
        self.seen = seen + 1

    def learn_count(self, value: float, expected: float) -> None:
        """Take in what a count says about dispersion; before `learn`."""
        dispersion = self.dispersion
        mean = expected if expected > LEAST_MEAN else LEAST_MEAN  # noqa: FURB136 - a call costs more
        residual2 = min((value - expected) ** 2, 25.0 * (mean + dispersion * mean * mean))
        # Weighed by the mean: a nearly empty bucket says next to nothing about dispersion.
        rate = max(1.0 / (self.seen + 1), SLOWEST_ERROR) * mean / (mean + 1.0)
        excess = (residual2 - mean) / (mean * mean)
        self.dispersion = min(MOST, max(0.0, dispersion + rate * (excess - dispersion)))
