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
from detectors.pairs.window import MOST_PAIRS, Span

_REFERENCE = 28


@dataclass(frozen=True)
class Kept:
    """A window that is closed at each end of a week.

    Attributes:
        level: what pairs are made of.
        region: only baskets of it; None: all.
        days: its length.
        changes: whether it is compared with the days before it; a window that is kept for a question alone is
            not.
    """

    level: Level
    region: str | None
    days: int
    changes: bool

    @property
    def name(self) -> tuple[Level, str | None, int]:
        """What tells it from others."""
        return self.level, self.region, self.days

    @property
    def span(self) -> Span:
        """With the days that it is compared with: as many, and four weeks at least.

        >>> Kept("product", None, 7, True).span, Kept("product", None, 90, False).span
        (Span(days=7, reference=28), Span(days=90, reference=0))
        """
        return Span(self.days, max(self.days, _REFERENCE) if self.changes else 0)


@dataclass(frozen=True)
class PairOptions:
    """How pairs are asked for.

    Attributes:
        levels: what pairs are made of.
        windows: days that are looked at together.
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
        >>> [(each.level, each.region, each.changes) for each in found]
        [('category', None, True), ('category', 'East', True), ('product', 'East', False)]
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
        for changes, windows in ((True, told), (False, asked)):
            for level, region, days in sorted(windows, key=lambda each: (each[0], each[1] or "", each[2])):
                yield Kept(level, region, days, changes)

    def days_of(self, level: Level, region: str | None) -> int:
        """Days of a level and region that some window needs; 0 where none does."""
        spans = (each.span for each in self.kept if (each.level, each.region) == (level, region))
        return max((sum(span) for span in spans), default=0)
