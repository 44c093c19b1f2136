"""How rare a statistic is on its own history.

A histogram on a logarithmic scale answers for what was often seen. Beyond its upper 4% a Pareto tail answers,
whose index is the mean logarithmic excess seen there (Hill, Annals of Statistics 3, 1975): heavier than most
series deserve, so that what was never seen is not called rarer than the history can tell. Twenty imagined
observations with tail exp(-s) stand in until there is a history.
"""

from __future__ import annotations

from math import exp, log1p, log10
from typing import ClassVar

from detectors.series.memory import Memory

BINS, PER_E = 72, 8.0  # bin i holds s with PER_E * log(1 + s) in [i, i + 1)
LARGEST = 8000.0  # what falls into the last bin
UPPER = 0.04
IMAGINED = 20.0
REMEMBERED = 3000
SETTLED = 60
CEILING = 15.0
_LEAST = 10.0**-CEILING
_MOST = 2 * REMEMBERED


class Tail(Memory):
    """The history of one statistic s >= 0, of which larger is stranger.

    >>> tail = Tail()
    >>> for step in range(1000):
    ...     _ = tail.surprise(step % 10 / 10)
    >>> round(tail.surprise(0.45), 1), tail.surprise(9.0) > 3
    (0.3, True)
    """

    __slots__ = ("above", "counts", "edge", "excess", "total")
    KEPT: ClassVar[tuple[str, ...]] = ("counts", "total", "edge", "above", "excess")

    def __init__(self) -> None:
        self.counts = [0] * BINS
        self.total = 0
        self.edge = 0  # the upper tail begins at this bin
        self.above = 0  # how many are in it or higher
        self.excess = 1.0  # in bins

    def surprise(self, s: float) -> float:
        """-log10 of P(S >= s) by what came before, at most 15; then `s` is history too."""
        counts, total, edge, above = self.counts, self.total, self.edge, self.above
        if s > LARGEST:  # noqa: PLR1730 - the hottest line there is, and a call costs more
            s = LARGEST
        place = PER_E * log1p(s)
        bin_ = int(place)
        beyond = place - edge
        if above > total * 0.25 and above > counts[edge]:
            # One common value fills the bin at the threshold; the tail is what lies beyond it.
            above -= counts[edge]
            edge += 1
        if place >= edge:
            seen = above * exp((edge - place) / self.excess)
        else:
            seen = above + sum(counts[bin_ + 1 : edge]) + counts[bin_] * (bin_ + 1 - place)
        p = (seen + IMAGINED * exp(-s)) / (total + IMAGINED)
        if beyond > 0.0:
            rate = 0.1 if total < SETTLED else 0.02
            self.excess += rate * (min(beyond, 6.0 * self.excess) - self.excess)
        counts[bin_] += 1
        self.total = total = total + 1
        edge = self.edge
        if bin_ >= edge:
            self.above += 1
        above, wanted = self.above, UPPER * total
        if above < wanted or above - counts[edge] >= wanted or total >= _MOST:
            self._move()
        return -log10(p) if p > _LEAST else CEILING

    def _move(self) -> None:
        """Put the threshold where the upper share begins, and forget when there is much to forget."""
        if self.total >= _MOST:
            # By half, but what happened once stays known: rounding is upwards.
            self.counts = [(count + 1) // 2 for count in self.counts]
            self.total = sum(self.counts)
            self.above = sum(self.counts[self.edge :])
        counts, edge, above = self.counts, self.edge, self.above
        wanted = UPPER * self.total
        while above < wanted:
            edge -= 1
            above += counts[edge]
        while above - counts[edge] >= wanted:
            above -= counts[edge]
            edge += 1
        self.edge, self.above = edge, above
