"""ADWIN: a window that grows while its mean holds and forgets its older part when it does not.

Bifet and Gavalda, "Learning from Time-Changing Data with Adaptive Windowing" (SDM 2007), with the variance-
based bound. River's is the same method, but its state cannot be written as JSON; a test holds the two side by
side.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

from detectors.series.memory import Memory

MOST_ALIKE = 5  # buckets of one size, before the two oldest are merged
LEAST = 5  # values on each side of a cut
LOOKS_EVERY = 32
SLOPE = 1.05  # how much more a bend must explain than a step does
# Larger windows are cut from behind: 2 ** 20 values are more than any series of ours sees in years.
MOST_BUCKETS = 100


class Cut(NamedTuple):
    """A change: the mean before and after it, how many values are after it, and whether it came slowly."""

    before: float
    after: float
    values: float
    slow: bool


class Adwin(Memory):
    """The window as an exponential histogram, oldest bucket first.

    Args:
        delta: the chance of a false cut at one look.
        every: values from one look to the next.

    >>> window = Adwin()
    >>> cuts = [window.update(float(step % 3) + 5 * (step > 500)) for step in range(640)]
    >>> [(step, cut.slow) for step, cut in enumerate(cuts) if cut]
    [(511, False), (543, False)]
    """

    __slots__ = ("delta", "every", "seen", "sizes", "sums", "total", "variance", "variances", "width")
    KEPT: ClassVar[tuple[str, ...]] = ("sizes", "sums", "variances", "width", "total", "variance", "seen")

    def __init__(self, delta: float = 0.002, every: int = LOOKS_EVERY) -> None:
        self.delta, self.every = delta, every
        self.sizes: list[int] = []
        self.sums: list[float] = []
        self.variances: list[float] = []
        self.width = 0
        self.total = 0.0
        self.variance = 0.0  # the sum of squared deviations in the window
        self.seen = 0

    def update(self, value: float) -> Cut | None:
        """Take a finite value in; a cut if the window's mean did not hold."""
        if self.width:
            away = value - self.total / self.width
            self.variance += self.width * away * away / (self.width + 1)
        self.width += 1
        self.total += value
        self.sizes.append(1)
        self.sums.append(value)
        self.variances.append(0.0)
        self._merge()
        self.seen += 1
        if self.seen % self.every or self.width <= 2 * LEAST:
            return None
        return self._look()

    def _merge(self) -> None:
        end, size = len(self.sizes), 1
        while True:
            start = end
            while start and self.sizes[start - 1] == size:
                start -= 1
            if end - start <= MOST_ALIKE:
                break
            one, two = self.sums[start], self.sums[start + 1]
            between = (one - two) ** 2 / (2 * size)
            self.variances[start] += self.variances.pop(start + 1) + between
            self.sums[start] = one + self.sums.pop(start + 1)
            self.sizes[start] = 2 * self.sizes.pop(start + 1)
            end, size = start + 1, 2 * size
        if len(self.sizes) > MOST_BUCKETS:
            self._drop()

    def _look(self) -> Cut | None:
        found: Cut | None = None
        slow = False
        while (split := self._split()) is not None:
            before = sum(self.sums[:split]) / sum(self.sizes[:split])
            values = sum(self.sizes[split:])
            after = sum(self.sums[split:]) / values
            slow = slow if found else self._slow()
            found = Cut(found.before if found else before, after, values, slow)
            self._drop()
        return found

    def _split(self) -> int | None:
        """The oldest bucket that starts a part with another mean."""
        bound = math.log(2.0 * math.log(self.width) / self.delta)
        variance = self.variance / self.width
        left, left_sum = 0, 0.0
        for index in range(len(self.sizes) - 1):
            left += self.sizes[index]
            left_sum += self.sums[index]
            right = self.width - left
            if left <= LEAST or right <= LEAST:
                continue
            rate = 1.0 / (left - LEAST + 1) + 1.0 / (right - LEAST + 1)
            most = math.sqrt(2.0 * rate * max(0.0, variance) * bound) + 2.0 / 3.0 * bound * rate
            if abs(left_sum / left - (self.total - left_sum) / right) > most:
                return index + 1
        return None

    def _drop(self) -> None:
        size, gone = self.sizes.pop(0), self.sums.pop(0)
        self.width -= size
        self.total -= gone
        away = gone / size - self.total / self.width
        self.variance -= self.variances.pop(0) + size * self.width * away * away / (size + self.width)

    def _slow(self) -> bool:
        """Whether a bend into a slope explains the window better than a step, by least squares."""
        ends, place = [], 0.0
        for size, each in zip(self.sizes, self.sums, strict=True):
            ends.append((size, place + size / 2.0, each / size))
            place += size
        flat = _misfit([(n, 0.0, y) for n, _, y in ends])
        steps = bends = flat
        for split in range(1, len(ends)):
            start = ends[split][1] - ends[split][0] / 2.0
            steps = min(steps, _misfit([(n, float(at >= start), y) for n, at, y in ends]))
            bends = min(bends, _misfit([(n, max(0.0, at - start), y) for n, at, y in ends]))
        return flat - bends > SLOPE * (flat - steps)


def _misfit(points: list[tuple[int, float, float]]) -> float:
    """The weighted squared error of the best line through (weight, x, y)."""
    weight = math.fsum(n for n, _, _ in points)
    x_mean = math.fsum(n * x for n, x, _ in points) / weight
    y_mean = math.fsum(n * y for n, _, y in points) / weight
    xx = math.fsum(n * (x - x_mean) ** 2 for n, x, _ in points)
    xy = math.fsum(n * (x - x_mean) * (y - y_mean) for n, x, y in points)
    yy = math.fsum(n * (y - y_mean) ** 2 for n, _, y in points)
    return yy - xy * xy / xx if xx > 0.0 else yy
