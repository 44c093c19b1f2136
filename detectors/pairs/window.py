"""Running windows: the counts of the last 7, 28 or 90 closed days, and of the days before them.

A closed day is counted once. A window moves by adding the new day and subtracting the old one, which is
exact, so it equals a batch count of the same baskets. Where memory was bounded, counts have a slack and
cannot be subtracted: then the window is the sum of its days, made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from detectors.pairs.bounded import pruned
from detectors.pairs.counts import Counts
from schemas.errors import Permanent

FORMAT, VERSION = "tocsin.pairs", 1


MOST_PAIRS = 4_000_000
"""Distinct pairs of one window, at most, 64 MB; there are six. A grocer's 90 days have 3.4 million."""


class Span(NamedTuple):
    """A window and its reference, in days: the reference ends where the window begins."""

    days: int
    reference: int


SPANS = (Span(7, 28), Span(28, 28), Span(90, 90))


class Windows:
    """The running windows of one region and level. Days are whole numbers, whatever calendar counts them.

    Args:
        spans: what is kept.
        most: distinct pairs of a window, at most; beyond, `bounded.pruned` says what is known.
    """

    def __init__(self, spans: Iterable[Span] = SPANS, most: int = MOST_PAIRS) -> None:
        self.spans = tuple(spans)
        self.most = most
        self.first: int | None = None
        self.last: int | None = None
        self._days: dict[int, Counts] = {}
        self._sums: dict[tuple[int, int], Counts] = {}

    def close(self, day: int, counts: Counts) -> None:
        """Take the counts of a day that is over, once; days that are left out had no baskets.

        Raises:
            ValueError: it is not after the last one.
        """
        if self.last is not None and day <= self.last:
            raise ValueError(
                f"day {day} came after day {self.last} was closed; each day is closed once, in order."
            )
        self.first = day if self.first is None else self.first
        before, self.last = self.last, day
        self._days[day] = counts
        for near, far in self._ranges():
            self._sums[near, far] = self._moved(near, far, before)
        oldest = day - max(far for _, far in self._ranges())
        self._days = {each: kept for each, kept in self._days.items() if each > oldest}

    def current(self, span: Span) -> Counts:
        """The counts of the last days."""
        return self._sums.get((0, span.days), Counts())

    def reference(self, span: Span) -> Counts | None:
        """The counts of the days before them; None while not all are known: the baseline is silent."""
        begins = span.days + span.reference
        if self.first is None or self.last is None or self.last - begins + 1 < self.first:
            return None
        return self._sums[span.days, begins]

    def to_json(self) -> dict[str, Any]:
        """What `json` and `orjson` write: the days; the windows follow from them."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "spans": [list(span) for span in self.spans],
            "most": self.most,
            "first": self.first,
            "last": self.last,
            "days": {str(day): counts.to_json() for day, counts in sorted(self._days.items())},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Windows:
        """What `to_json` wrote.

        Raises:
            Permanent: it is something else, or of another version.
        """
        if document.get("format") != FORMAT or document.get("version") != VERSION:
            raise Permanent(
                f"these are no windows of pairs of version {VERSION}; count them again from the archive."
            )
        try:
            found = cls((Span(*span) for span in document["spans"]), document["most"])
            found.first, found.last = document["first"], document["last"]
            found._days = {int(day): Counts.from_json(each) for day, each in document["days"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as wrong:
            raise Permanent(
                f"these windows of pairs cannot be read ({wrong!r:.80}); count them again from the archive."
            ) from wrong
        if found.last is not None:
            found._sums = {key: found._added(*key) for key in found._ranges()}
        return found

    def _ranges(self) -> list[tuple[int, int]]:
        """Every window as (near, far): the days from `far` - 1 to `near` before the last one."""
        return [
            each for span in self.spans for each in ((0, span.days), (span.days, span.days + span.reference))
        ]

    def _moved(self, near: int, far: int, before: int | None) -> Counts:
        held = self._sums.get((near, far))
        if held is None or before is None or self.last is None or self.last - before >= far - near:
            return self._added(near, far)
        come = self._between(before - near, self.last - near)
        gone = self._between(before - far, self.last - far)
        if held.slack or any(each.slack for each in (*come, *gone)):
            return self._added(near, far)
        moved = held
        for each in gone:
            moved -= each
        for each in come:
            moved += each
        # Without the bound nothing would be lost here, so what is lost is told by the sum made anew.
        return moved if len(moved.keys) <= self.most else self._added(near, far)

    def _added(self, near: int, far: int) -> Counts:
        last = self.last or 0
        total = Counts()
        for each in self._between(last - far, last - near):
            total = pruned(total + each, self.most)
        return total

    def _between(self, after: int, until: int) -> list[Counts]:
        """The days after one, until another."""
        return [self._days[day] for day in range(after + 1, until + 1) if day in self._days]
