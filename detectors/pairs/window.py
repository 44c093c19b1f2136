"""Windows over closed days: the counts of the last 7, 28 or 90, and of the days before them.

Days are counted once and kept; a window is the sum of its days, made in one pass when somebody looks at it.
That is exact, equals a batch count of the same baskets, and takes no longer than to move a running sum by a
week: each of the two passes over about as many pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from detectors.pairs.bounded import pruned
from detectors.pairs.counts import Counts, added

MOST_PAIRS = 4_000_000
"""Distinct pairs of one window, at most, 64 MB. A grocer's 90 days have 3.4 million."""


class Span(NamedTuple):
    """A window and its reference, in days: the reference ends where the window begins."""

    days: int
    reference: int


SPANS = (Span(7, 28), Span(28, 28), Span(90, 90))


@dataclass(frozen=True)
class Windows:
    """The windows of one region and level that end with a day. Days are whole numbers.

    Attributes:
        days: counts of closed days; one that is left out had no baskets.
        first: from this day on all are known.
        last: the day that they end with.
        most: distinct pairs of a window, at most; beyond, `bounded.pruned` says what is known.
    """

    days: Mapping[int, Counts]
    first: int
    last: int
    most: int = MOST_PAIRS

    def current(self, span: Span) -> Counts | None:
        """The counts of the last days; None while not all are known."""
        return self._between(self.last - span.days, self.last)

    def reference(self, span: Span) -> Counts | None:
        """The counts of the days before them; None while not all are known: the baseline is silent."""
        return self._between(self.last - span.days - span.reference, self.last - span.days)

    def _between(self, after: int, until: int) -> Counts | None:
        if after + 1 < self.first:
            return None
        return total((self.days[day] for day in range(after + 1, until + 1) if day in self.days), self.most)


def total(days: Iterable[Counts], most: int = MOST_PAIRS) -> Counts:
    """The sum of days, with at most `most` distinct pairs, and not many times as many on the way."""
    found, pairs = Counts(), 0
    waiting: list[Counts] = []
    for each in days:
        waiting.append(each)
        pairs += len(each.keys)
        if pairs > most:
            found, waiting, pairs = pruned(added([found, *waiting]), most), [], 0
    return pruned(added([found, *waiting]), most) if waiting else found
