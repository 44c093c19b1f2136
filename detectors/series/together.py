"""The views together: how strange a value is, which view says so the loudest, and to which side."""

from __future__ import annotations

import math
from typing import ClassVar

from detectors.series.memory import Memory
from detectors.series.point import Direction, View
from detectors.series.tail import Tail
from detectors.series.usual import Usual
from detectors.series.views import Extreme, Leaning, Pattern, Variance

ERROR_PACES, MEAN_PACES = (0.15, 0.05), (0.15,)


Verdict = tuple[float, View, Direction]
"""The combined surprise, the loudest view and its side."""


class Views(Memory):
    """All views of one series.

    Their surprises are combined by the 4-norm: between the loudest alone (which rings too seldom where
    several views agree) and the sum (which rings for much murmuring).
    """

    __slots__ = ("error_leaning", "extreme", "mean_leaning", "pattern", "spike", "variance")
    PARTS: ClassVar[tuple[str, ...]] = __slots__

    def __init__(self) -> None:
        self.error_leaning = Leaning(*ERROR_PACES)
        self.mean_leaning = Leaning(*MEAN_PACES)
        self.spike = Tail()
        self.variance = Variance()
        self.pattern = Pattern()
        self.extreme = Extreme()

    def judge(  # noqa: PLR0917 - what is known of a value; names cost time for every point
        self,
        value: float,
        z: float,
        usual: Usual,
        spread: float,
        least: float,
        spike: float | None,
        sure: float,
    ) -> Verdict:
        """Judge a value, then learn it.

        Args:
            value: what came.
            z: its distance to the forecast, in usual errors.
            usual: what is usual, before this value.
            spread: the usual distance to the long-run mean.
            least: a width below which a difference means nothing.
            spike: the surprise of this one value; None where a single value is not worth a ringing.
            sure: below 1 where little is known of such a day, and so little is strange.
        """
        y = sure * (value - usual.mean) / spread if usual.seen else 0.0
        power, loudest, side = self.error_leaning.surprises(z)
        view: View = "level"
        more, loud, lean = self.mean_leaning.surprises(y)
        power += more
        if loud > loudest:
            loudest, side = loud, lean
        order = self.pattern.surprise(y)
        power += order * order * order * order
        if order > loudest:
            loudest, side, view = order, 0.0, "pattern"
        wild = self.variance.surprise(z, usual.slow())
        power += wild * wild * wild * wild
        if wild > loudest:
            loudest, side, view = wild, self.variance.short - self.variance.long, "variance"
        record = sure * self.extreme.surprise(value, least)
        power += record * record * record * record
        if record > loudest:
            loudest, side, view = record, y, "extreme"
        if spike is not None:
            power += spike * spike * spike * spike
            if spike >= loudest:
                side, view = z, "spike"
        return math.sqrt(math.sqrt(power)), view, "up" if side > 0 else "down" if side < 0 else ""
