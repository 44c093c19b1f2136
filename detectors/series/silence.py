"""No value where one used to be.

Every hour of the week has its own chance of having no value, so a shop that is closed at night is not silent.
The surprise of a silence is that of its empty buckets together. Empty buckets come in runs, so a silence that
is no record among those before it is no surprise, and a record is one of n.
"""

from __future__ import annotations

import math
from typing import ClassVar

from detectors.series.memory import Memory

_KEPT = 200
_FADES = 0.9995


class Silence(Memory):
    """How often each slot was due and came, the silence that is on, and the longest before.

    Args:
        slots: how many slots the week has.

    >>> silence = Silence(1)
    >>> _ = [silence.value(0) for _ in range(98)]
    >>> round(silence.none(0), 2), round(silence.none(0), 2)  # 1/100, then 1/100 * 2/101
    (2.0, 3.7)
    """

    __slots__ = ("came", "due", "longest", "run", "runs", "sum")
    KEPT: ClassVar[tuple[str, ...]] = ("due", "came", "run", "sum", "runs", "longest")

    def __init__(self, slots: int) -> None:
        self.due = [0] * slots
        self.came = [0] * slots
        self.run = 0
        self.sum = 0.0
        self.runs = 0
        self.longest = 0.0

    def value(self, slot: int) -> int:
        """A value came; how many empty buckets lay before it."""
        before = self.run
        if before:
            self.runs += 1
            self.longest = max(self.sum, self.longest)
            self.run, self.sum = 0, 0.0
        elif self.runs:
            self.longest *= _FADES
        self.came[slot] += 1
        due = self.due
        due[slot] = count = due[slot] + 1
        if count >= _KEPT:
            self._halve(slot)
        return before

    def none(self, slot: int) -> float:
        """No value came: the surprise of the silence so far."""
        chance = (self.due[slot] - self.came[slot] + 1.0) / (self.due[slot] + 2.0)
        self.run += 1
        self.sum = min(self.sum - math.log10(chance), 1000.0)
        self.due[slot] += 1
        if self.due[slot] >= _KEPT:
            self._halve(slot)
        usual = math.log10(self.runs + 1.0)
        return min(self.sum, usual + max(0.0, self.sum - self.longest))

    def _halve(self, slot: int) -> None:
        self.due[slot] //= 2
        self.came[slot] //= 2
