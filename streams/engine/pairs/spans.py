"""Windows over the days that are kept, as sums of weeks: what is between two closes is added up once.

A week's sum is remembered in `State.decoded`, under the key of the first of its rows, so it is forgotten with
that row. It is taken where all rows of the week are what they were; whether it is makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from detectors.pairs.counts import Counts
from detectors.pairs.window import total
from streams.engine.pairs import kept
from streams.engine.pairs.kept import Place
from streams.engine.state import Outcome, State


class Seen(NamedTuple):
    """A window, or a part of one.

    Attributes:
        counts: of its baskets.
        synthetic: how many of them were generated.
        members: the products of each department that was asked about.
    """

    counts: Counts
    synthetic: int
    members: dict[str, set[str]]


class _Week(NamedTuple):
    rows: list[bytes]
    seen: Seen


class Spans:
    """Adds up what is kept of a level and region.

    Args:
        state: the rows, and the sums that are remembered.
        outcome: of the step; gets the sums that are to be remembered.
        place: which level and region.
        every: days from one close to the next.
        most: distinct pairs of a sum, at most.
        departments: that questions ask about.
    """

    def __init__(  # noqa: PLR0917 - one of each
        self,
        state: State,
        outcome: Outcome,
        place: Place,
        every: int,
        most: int,
        departments: frozenset[str],
    ) -> None:
        self._state, self._outcome = state, outcome
        self._place, self._every, self._most = place, every, most
        self._departments = departments

    def window(self, days: range) -> Seen:
        """The sum of days.

        Raises:
            Permanent: this program cannot read one of them.
        """
        synthetic, members = 0, self._nobody()

        def parts() -> Iterator[Counts]:
            nonlocal synthetic
            for span in spans(days, self._every):
                part = self._week(span) if len(span) == self._every else self._sum(span)
                synthetic += part.synthetic
                for name, products in part.members.items():
                    members[name] |= products
                yield part.counts

        return Seen(total(parts(), self._most), synthetic, members)

    def _week(self, days: range) -> Seen:
        rows = self._state.rows
        keys = [key for number in days for key in kept.keys(rows, self._place, number)]
        if not keys:
            return self._sum(days)
        values = [rows[key] for key in keys]
        known = self._outcome.decoded.get(keys[0]) or self._state.decoded.get(keys[0])
        if not isinstance(known, _Week) or known.rows != values:
            known = self._outcome.decoded[keys[0]] = _Week(values, self._sum(days))
        return known.seen

    def _sum(self, days: range) -> Seen:
        synthetic, members = 0, self._nobody()

        def each() -> Iterator[Counts]:
            nonlocal synthetic
            for number in days:
                day = kept.read(self._state.rows, self._place, number)
                if day is not None:
                    synthetic += day.synthetic
                    for name in self._departments & day.members.keys():
                        members[name].update(day.counts.names[at] for at in day.members[name])
                    yield day.counts

        return Seen(total(each(), self._most), synthetic, members)

    def _nobody(self) -> dict[str, set[str]]:
        return {name: set() for name in self._departments}


def spans(days: range, every: int) -> Iterator[range]:
    """Consecutive days, cut after those whose number `every` divides: there windows close.

    >>> [(span.start, span.stop) for span in spans(range(5, 23), 7)]
    [(5, 8), (8, 15), (15, 22), (22, 23)]
    """
    begin = days.start
    while begin < days.stop:
        end = min((begin - 1) // every * every + every + 1, days.stop)
        yield range(begin, end)
        begin = end
