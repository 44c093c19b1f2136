"""How far the stage of the series has come, in a row that every step writes that closes anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KEY = b"clock"
CHECKPOINT = 32
"""Closings of a bucket size between two rows of one series."""


@dataclass
class Shut:
    """A closing that is under way.

    Attributes:
        size: of the bucket, ms.
        begin, end: of the bucket, ms.
        place: how many of its series are done.
        parts: how many rows of points it has.
    """

    size: int
    begin: int
    end: int
    place: int = 0
    parts: int = 0


@dataclass
class Clock:
    """Times in ms.

    Attributes:
        done: end of the last base bucket that was taken in.
        began: where the data begin; after a leap, where they go on. What began before is no whole bucket.
        waiting: buckets that ended at `done` and are to be closed yet: size and beginning.
        shut: the closing that is under way.
        ends: of each size, ends of the last closings, the newest last.
        count: of each size, how many closings there have been.
        overall: what was last told of each overall series: `measure/size` to when, direction, when it was
            over or null, and whether for silence.
        drifted: what was last told of the drift of a measure; see `drifting.Went`.
    """

    done: int
    began: int
    waiting: list[list[int]] = field(default_factory=list)
    shut: Shut | None = None
    ends: dict[str, list[int]] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)
    overall: dict[str, list[Any]] = field(default_factory=dict)
    drifted: dict[str, list[Any]] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        """As a row."""
        shut = self.shut
        return {
            "done": self.done,
            "began": self.began,
            "waiting": self.waiting,
            "shut": [shut.size, shut.begin, shut.end, shut.place, shut.parts] if shut else None,
            "ends": self.ends,
            "count": self.count,
            "overall": self.overall,
            "drifted": self.drifted,
        }

    @classmethod
    def load(cls, saved: dict[str, Any]) -> Clock:
        """An independent copy of what a row holds.

        >>> clock = Clock(5, 0, shut=Shut(2, 3, 5))
        >>> Clock.load(clock.dump()) == clock
        True
        """
        shut = saved["shut"]
        return cls(
            saved["done"],
            saved["began"],
            [list(each) for each in saved["waiting"]],
            Shut(*shut) if shut else None,
            {size: list(ends) for size, ends in saved["ends"].items()},
            dict(saved["count"]),
            {name: list(told) for name, told in saved["overall"].items()},
            {name: list(told) for name, told in saved["drifted"].items()},
        )
