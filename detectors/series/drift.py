"""Whether a series has become another one: its level, its spread, at once or gradually.

A drift detector on a raw daily cycle rings at every turn of the cycle. So a profile (hour or day of the week)
is learnt first and then held still, lest it follow the drift and hide it; ADWIN watches the residual for the
level and its square for the spread, which the residual alone misses four times in five. After a drift the
profile is learnt anew.

The hours of a day share its luck, and ADWIN takes values for independent: of shorter buckets it is shown the
mean of each day (batch means; Law and Carson, Operations Research 27, 1979). What has gone on for hours only
is for the views to tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from detectors.series.adwin import Adwin, Cut
from detectors.series.forecast import DAY, Forecast
from detectors.series.memory import Memory

Kind = Literal["level", "gradual", "variance"]
VISITS = 4  # of every slot, before the profile is held still
LEAST_LEARNT = 100
# One wild value is a spike, not another spread.
CAP = 5.0
# Days come one at a time, and nobody wants to wait 32 of them for a look.
DELTA, LOOKS = 0.05, 2
# Of a day's values, those that have to be there.
ENOUGH = 0.25


@dataclass(frozen=True, slots=True)
class Drifted:
    """A trigger.

    Attributes:
        kind: the level changed at once, or gradually, or the spread changed.
        before, after: means in the series' units; for the spread, standard deviations.
        values: how many values ago, at most, it began.
    """

    kind: Kind
    before: float
    after: float
    values: int


class Drift(Memory):
    """The drift of one series.

    Args:
        bucket_ms: the distance of two values, which says what seasons they can show.

    Attributes:
        of_a_day: how many values a day has, at least one.
    """

    __slots__ = (
        "_seasons",
        "bucket_ms",
        "count",
        "day",
        "learnt",
        "mean",
        "means",
        "of_a_day",
        "spread",
        "squares",
        "sum",
        "sum2",
        "value_window",
        "variance_window",
        "visits",
    )
    KEPT: ClassVar[tuple[str, ...]] = (
        "means",
        "visits",
        "learnt",
        "squares",
        "mean",
        "spread",
        "day",
        "count",
        "sum",
        "sum2",
    )
    PARTS: ClassVar[tuple[str, ...]] = ("value_window", "variance_window")

    def __init__(self, bucket_ms: int) -> None:
        self._seasons = Forecast()
        self._seasons.add_seasons(bucket_ms)
        self.bucket_ms = bucket_ms
        self.of_a_day = max(1, DAY // bucket_ms)
        self._begin()

    def _begin(self) -> None:
        slots = self._seasons.weekly or 1
        self.means = [0.0] * slots
        self.visits = [0] * slots
        self.learnt = 0
        self.squares = self.mean = 0.0
        self.spread = 0.0  # above zero once the profile is held still
        self.value_window, self.variance_window = Adwin(DELTA, LOOKS), Adwin(DELTA, LOOKS)
        self.day = self.count = 0
        self.sum = self.sum2 = 0.0

    def update(self, at_ms: int, value: float | None) -> Drifted | None:
        """Take a value in; a trigger if the series is no longer the one that was learnt.

        Args:
            at_ms: when, on the clock that people live by; not before the time of the value before.
            value: what came; None for nothing.
        """
        if value is None or not math.isfinite(value):
            return None
        slot = self._seasons.slots(at_ms, holiday=False)[-1]
        if not self.spread:
            self._learn(slot, value)
            return None
        if at_ms // DAY != self.day:
            found, self.day = self._close(), at_ms // DAY
            if found:
                return found
        z = (value - self.means[slot]) / self.spread
        if z > CAP:
            z = CAP
        elif z < -CAP:
            z = -CAP
        self.count += 1
        self.sum += z
        self.sum2 += z * z
        return self._close() if self.of_a_day == 1 else None

    def _close(self) -> Drifted | None:
        """Show ADWIN the mean of what has been added up, as if it were of as many independent values."""
        count, of_a_day = self.count, self.of_a_day
        level, square = self.sum, self.sum2
        self.count, self.sum, self.sum2 = 0, 0.0, 0.0
        if count == 0 or count < ENOUGH * of_a_day:
            return None
        gain = self._gain()
        cut = self.value_window.update(gain * level / count)
        if cut:
            return self._level(cut, gain)
        # Of several values the spread among themselves: a day that is low as a whole is another level.
        within = square / count - (level / count) ** 2 if of_a_day > 1 else square
        cut = self.variance_window.update(gain * within)
        return self._variance(cut, gain) if cut else None

    def _gain(self) -> float:
        return math.sqrt(self.of_a_day)

    def _learn(self, slot: int, value: float) -> None:
        """Welford's moments of every slot; the spread is pooled over the slots."""
        self.learnt += 1
        self.visits[slot] += 1
        away = value - self.means[slot]
        self.means[slot] += away / self.visits[slot]
        self.squares += away * (value - self.means[slot])
        self.mean += (value - self.mean) / self.learnt
        slots = len(self.means)
        if self.learnt >= max(LEAST_LEARNT, VISITS * slots) and self.squares > 0.0:
            seen = sum(1 for count in self.visits if count)
            self.spread = math.sqrt(self.squares / max(1, self.learnt - seen))
            for index, count in enumerate(self.visits):
                if not count:
                    self.means[index] = self.mean

    def _level(self, cut: Cut, gain: float) -> Drifted:
        found = Drifted(
            "gradual" if cut.slow else "level",
            self.mean + cut.before / gain * self.spread,
            self.mean + cut.after / gain * self.spread,
            int(cut.values) * self.of_a_day,
        )
        self._begin()
        return found

    def _variance(self, cut: Cut, gain: float) -> Drifted:
        before, after = (self.spread * math.sqrt(max(0.0, each / gain)) for each in (cut.before, cut.after))
        found = Drifted("variance", before, after, int(cut.values) * self.of_a_day)
        self._begin()
        return found
