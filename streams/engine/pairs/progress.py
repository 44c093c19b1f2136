"""How far the pair stage has come: which days are counted, which are complete, which windows are closed."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from detectors.pairs.baskets import Level
from streams.engine.pairs.kept import Place

ROW = b"progress"

Name = tuple[Level, str | None, int]
"""A window: level, region, days."""
Told = tuple[str, str, bool]


@dataclass
class Progress:
    """The stage's own row, JSON. Days are numbers, see `Calendar`.

    Attributes:
        first: of each level and region, the day from which on all are kept.
        days: of each level, those that are kept, ascending.
        closed: the last day with which windows were closed, or need not be: there was nothing in them.
        done: windows that are closed of those that end next.
        told: of each window, the changes that have been told and still are changes: two names, and whether
            they are seen more. They are not told again as long as they last.
    """

    first: dict[Place, int] = field(default_factory=dict)
    days: dict[Level, list[int]] = field(default_factory=dict)
    closed: int | None = None
    done: list[Name] = field(default_factory=list)
    told: dict[Name, list[Told]] = field(default_factory=dict)

    @classmethod
    def loads(cls, raw: bytes | None) -> Progress:
        """What `dumps` wrote; the beginning where nothing did.

        >>> week = ("product", None, 7)
        >>> there = Progress({week[:2]: 3}, {"product": [3, 4]}, 7, [week], {week: [("a", "b", True)]})
        >>> Progress.loads(there.dumps()) == there, Progress.loads(None) == Progress()
        (True, True)
        """
        if raw is None:
            return cls()
        found: dict[str, Any] = orjson.loads(raw)
        return cls(
            {(level, region): first for level, region, first in found["first"]},
            found["days"],
            found["closed"],
            [(level, region, days) for level, region, days in found["done"]],
            {
                (level, region, days): [(a, b, more) for a, b, more in told]
                for (level, region, days), told in found["told"]
            },
        )

    def dumps(self) -> bytes:
        """JSON, as it stands in the changelog."""
        first = [[level, region, day] for (level, region), day in self.first.items()]
        return orjson.dumps(
            {
                "v": 1,
                "first": first,
                "days": self.days,
                "closed": self.closed,
                "done": self.done,
                "told": list(self.told.items()),
            }
        )

    @property
    def newest(self) -> int | None:
        """The last day that had baskets."""
        return max((days[-1] for days in self.days.values() if days), default=None)

    def note(self, number: int, places: Iterable[Place]) -> None:
        """A day has been counted."""
        for place in places:
            self.first.setdefault(place, number)
            days = self.days.setdefault(place[0], [])
            if number not in days:
                insort(days, number)
        if self.closed is None:
            self.closed = number - 1

    def next_close(self, every: int, longest: int, until: int) -> int | None:
        """The next day with which windows close.

        Args:
            every: windows close with days whose number it divides.
            longest: days of the longest window.
            until: the last day that is over, and has been counted.

        >>> Progress(days={"product": [8]}, closed=7).next_close(7, 28, 20)
        14
        >>> Progress(days={"product": [8]}, closed=35).next_close(7, 28, 99) is None
        True
        """
        if self.closed is None or self.newest is None:
            return None
        day = (self.closed // every + 1) * every
        # Where no window has a basket, there is nothing to close, however far time has leapt.
        return day if day <= until and self.newest > day - longest else None

    def leap(self, number: int, every: int, longest: int) -> None:
        """Before a day is counted: pass over the closes between the last windows with baskets and this day.

        >>> progress = Progress(days={"product": [8]}, closed=14)
        >>> progress.leap(1000, 7, 28)
        >>> progress.closed
        994
        """
        if self.closed is not None and self.newest is not None:
            last = self.newest + longest
            self.closed = max(self.closed, (number - 1) // every * every if number > last + every else 0)
