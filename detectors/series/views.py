"""The views of one series: each a statistic, and how rare it is on its own history.

level     the residual, or the distance to the long-run mean, has been leaning to one side
spike     this one value is far from what was expected
variance  the residuals have become wilder or calmer
pattern   the order of low, usual and high values is one that was seldom seen
extreme   higher or lower than ever before
silence   no value where one used to be (`detectors.series.silence`)
"""

from __future__ import annotations

import math
from bisect import bisect
from typing import ClassVar

from detectors.series.memory import Memory
from detectors.series.tail import Tail

CAP = 8.0
_CAP2 = CAP * CAP
SYMBOLS, LENGTH = 5, 3
_BOUNDS = (-1.5, -0.5, 0.5, 1.5)
_CELLS = SYMBOLS**LENGTH
_GRAMS_KEPT = 6000
# Records of light-tailed series overshoot the range by about an eighth; each record's own counts for a tenth.
OVERSHOOT, OVERSHOOT_RATE = 0.125, 0.1
FARTHEST = 3.0
_FIRST = 20
_LOG10_E = math.log10(math.e)


class Leaning(Memory):
    """Exponential averages of a standardised value, each at its pace."""

    __slots__ = ("averages", "paces", "tails")
    KEPT: ClassVar[tuple[str, ...]] = ("averages",)
    PARTS: ClassVar[tuple[str, ...]] = ("tails",)

    def __init__(self, *paces: float) -> None:
        # An average of pace a over independent values of spread 1 has spread sqrt(a / (2 - a)).
        self.paces = [(index, pace, math.sqrt((2 - pace) / pace)) for index, pace in enumerate(paces)]
        self.averages = [0.0] * len(paces)
        self.tails = [Tail() for _ in paces]

    def surprises(self, value: float) -> tuple[float, float, float]:
        """(fourth powers of the surprises, summed; the loudest; its average)."""
        if value > CAP:
            value = CAP
        elif value < -CAP:
            value = -CAP
        averages, tails = self.averages, self.tails
        power = loudest = lean = 0.0
        for index, pace, gain in self.paces:
            average = averages[index]
            average += pace * (value - average)
            averages[index] = average
            surprise = tails[index].surprise(abs(average) * gain)
            square = surprise * surprise
            power += square * square
            if surprise > loudest:
                loudest, lean = surprise, average
        return power, loudest, lean


class Variance(Memory):
    """The ratio of a short to a long average of squared residuals."""

    __slots__ = ("long", "short", "tail")
    KEPT: ClassVar[tuple[str, ...]] = ("short", "long")
    PARTS: ClassVar[tuple[str, ...]] = ("tail",)

    def __init__(self) -> None:
        self.short = self.long = 1.0
        self.tail = Tail()

    def surprise(self, z: float, rate: float) -> float:
        """Of a standardised residual; `rate` is the pace of the long average."""
        square = z * z
        if square > _CAP2:  # noqa: PLR1730 - a call costs more
            square = _CAP2
        self.short = short = self.short + 0.15 * (square - self.short)
        self.long = long = self.long + rate * (square - self.long)
        return self.tail.surprise(2.0 * abs(math.log((short + 1e-3) / (long + 1e-3))))


class Pattern(Memory):
    """Three symbols of the past and the next one: how unusual the order has been lately."""

    __slots__ = ("context", "contexts", "filled", "follows", "lately", "tail", "total")
    KEPT: ClassVar[tuple[str, ...]] = ("contexts", "follows", "context", "filled", "lately", "total")
    PARTS: ClassVar[tuple[str, ...]] = ("tail",)

    def __init__(self) -> None:
        self.contexts = [0] * _CELLS
        self.follows = [0] * (_CELLS * SYMBOLS)
        self.context = 0
        self.filled = 0
        self.lately = 0.0
        self.total = 0
        self.tail = Tail()

    def surprise(self, y: float) -> float:
        """Of a value in spreads from its long-run mean."""
        before = self.context
        after = before * SYMBOLS + bisect(_BOUNDS, y)
        self.context = after % _CELLS
        if self.filled < LENGTH:
            self.filled += 1
            return 0.0
        contexts, follows = self.contexts, self.follows
        times, so = contexts[before], follows[after]
        contexts[before] = times + 1
        follows[after] = so + 1
        self.total += 1
        if self.total >= _GRAMS_KEPT:
            self._forget()
        lately = self.lately
        self.lately = lately = lately + 0.1 * (-math.log((so + 0.2) / (times + 1.0)) - lately)
        return self.tail.surprise(3.0 * lately if lately > 0.0 else 0.0)

    def _forget(self) -> None:
        self.follows = [(count + 1) // 2 for count in self.follows]
        self.contexts = [sum(self.follows[i * SYMBOLS : (i + 1) * SYMBOLS]) for i in range(_CELLS)]
        self.total = sum(self.contexts)


class Extreme(Memory):
    """The range so far. A record among n values has chance 1/n; one that goes further than they do is rarer.

    One absurd value must not end this view: a record moves the range by at most its own width.
    """

    __slots__ = ("high", "low", "overshoot", "seen")
    KEPT: ClassVar[tuple[str, ...]] = ("low", "high", "seen", "overshoot")

    def __init__(self) -> None:
        self.low = self.high = 0.0
        self.seen = 0
        self.overshoot = OVERSHOOT

    def surprise(self, value: float, least: float) -> float:
        """Of a value; `least` is a width below which differences are noise."""
        seen = self.seen
        if not seen:
            self.low = self.high = value
        self.seen = seen + 1
        beyond = value - self.high
        if beyond <= 0.0:
            beyond = self.low - value
            if beyond <= 0.0:
                return 0.0
        width = self.high - self.low + least
        far = beyond / width
        found = math.log10(seen + 1.0) + min(FARTHEST, far / self.overshoot * _LOG10_E)
        if seen > _FIRST:
            self.overshoot += OVERSHOOT_RATE * (min(far, 1.0) - self.overshoot)
            beyond = min(beyond, width)
        if value > self.high:
            self.high += beyond
        else:
            self.low -= beyond
        return found
