"""Which pairs are counted, over which windows, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property

from detectors.pairs.baskets import Level
from detectors.pairs.correction import Method
from detectors.pairs.counting import CAP
from detectors.pairs.question import PairQuestion
from detectors.pairs.relevant import Rule
from detectors.pairs.window import MOST_PAIRS


@dataclass(frozen=True)
class Kept:
    """A window that is closed at each end of a week.

    Attributes:
        level: what pairs are made of.
        region: only baskets of it; None: all.
        days: its length.
        reference: days before it that it is compared with; 0 for a window that is kept for a question alone.
    """

    level: Level
    region: str | None
    days: int
    reference: int

    @property
    def name(self) -> tuple[Level, str | None, int]:
        """What tells it from others."""
        return self.level, self.region, self.days


@dataclass(frozen=True)
class PairOptions:
    """How pairs are asked for.

    Attributes:
        levels: what pairs are made of.
        windows: days that are looked at together.
        reference: days before a window that it is compared with, at least; never fewer than its own.
        regions: each is looked at by itself, beside all baskets together.
        zone: where days end at midnight.
        every: days from one close of the windows to the next; of 7 the last is a Sunday.
        min_lift: times as often as by chance, at least.
        fdr: share of mere chance among what is told.
        method: of the correction.
        most: changes of one window that are told, at most.
        cap: distinct items of a basket, at most; larger ones are left out, and counted.
        day_pairs: distinct pairs of a day that are kept, at most; see `detectors.pairs.bounded`.
        window_pairs: the same of a window.
        questions: standing ones; the windows that they are about are kept, too.
    """

    levels: tuple[Level, ...] = ("category",)
    windows: tuple[int, ...] = (7, 28, 90)
    reference: int = 28
    regions: tuple[str, ...] = ()
    zone: tzinfo = UTC
    every: int = 7
    min_lift: float = 1.2
    fdr: float = 0.05
    method: Method = "bh"
    most: int = 10
    cap: int = CAP
    day_pairs: int = 500_000
    window_pairs: int = MOST_PAIRS
    questions: tuple[PairQuestion, ...] = ()

    @property
    def rule(self) -> Rule:
        """When a pair is relevant. Nobody looks at it before it rings, so large baskets must not make it."""
        return Rule(self.fdr, self.method, self.min_lift, sized=True)

    @cached_property
    def kept(self) -> tuple[Kept, ...]:
        """Every window that is closed, each once.

        >>> asked = PairQuestion("q", "product", "East", 7)
        >>> found = PairOptions(windows=(7,), regions=("East",), questions=(asked,)).kept
        >>> [(each.level, each.region, each.reference) for each in found]
        [('category', None, 28), ('category', 'East', 28), ('product', 'East', 0)]
        """
        return tuple(self._kept())

    def _kept(self) -> Iterator[Kept]:
        regions = (None, *dict.fromkeys(self.regions))
        told = {
            (level, region, days)
            for level in dict.fromkeys(self.levels)
            for region in regions
            for days in dict.fromkeys(self.windows)
        }
        asked = {(each.level, each.region, each.days) for each in self.questions} - told
        for windows in (told, asked):
            for level, region, days in sorted(windows, key=lambda each: (each[0], each[1] or "", each[2])):
                yield Kept(level, region, days, max(days, self.reference) if windows is told else 0)

    def days_of(self, level: Level, region: str | None) -> int:
        """Days of a level and region that some window needs; 0 where none does."""
        kept = (each for each in self.kept if (each.level, each.region) == (level, region))
        return max((each.days + each.reference for each in kept), default=0)
