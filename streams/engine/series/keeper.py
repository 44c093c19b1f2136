"""The series as live objects of 20 kB each: rows of them are written now and then, values at each closing.

A row `v/` has what all series of a size were told of one bucket, and a row `s/` one series as it was after
some bucket: at least each 32nd, and whenever something was told of it. A live object is what those say
together. Where it is at another bucket than it ought to be (a step was lost, or another process has taken
over) it is made anew from them, with the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any
from zlib import crc32

from detectors.series.drift import Drifted
from detectors.series.point import Point
from streams.engine.series.calendar import Calendar
from streams.engine.series.clock import CHECKPOINT, Clock, Shut
from streams.engine.series.options import Chosen, SeriesOptions
from streams.engine.series.rows import Rows, series_key, values_key
from streams.engine.series.watched import Name, Told, Value, Watched


class Keeper:
    """The series that one step opens.

    Args:
        options, calendar: see there.
        rows: of the step.
        clock: of the step.
    """

    def __init__(self, options: SeriesOptions, calendar: Calendar, rows: Rows, clock: Clock) -> None:
        self.options, self.calendar, self.rows, self.clock = options, calendar, rows, clock
        self._moments: dict[tuple[int, int], tuple[int, int, date]] = {}

    def open(self, size: int, name: Name, at: int | None) -> Watched:
        """A series as it is after the bucket that ends `at`; None, and what has no row, is a new one."""
        key, _ = _place(size, name)
        found = self.rows.live(key)
        if not isinstance(found, Watched) or found.at != at:
            found = self._rebuilt(size, name, key, at)
        return found

    def _rebuilt(self, size: int, name: Name, key: bytes, at: int | None) -> Watched:
        ring_at = self.options.measures.get(name.measure, Chosen()).ring_at
        saved = self.rows.saved(key)
        if saved is None or at is None:
            return Watched.fresh(name, size, ring_at)
        found = Watched.load(name, size, ring_at, saved)
        for end in self.clock.ends.get(str(size), ()):
            if found.at < end <= at:
                row = self.rows.read(values_key(size, end))
                came = row["values"].get(name.text)
                if came is not None:
                    self.show(found, size, row["begin"], end, came)
        found.at = at
        return found

    def show(
        self, watched: Watched, size: int, begin: int, end: int, came: Sequence[Any]
    ) -> tuple[Point, Drifted | None]:
        """Let a series see a bucket."""
        moment = self._moments.get((size, begin))
        if moment is None:
            calendar = self.calendar
            moment = calendar.told(size, begin), calendar.ahead(size, begin), calendar.day(begin)
            self._moments[size, begin] = moment
        told, ahead, day = moment
        holiday = False
        if self.options.holidays:
            name = watched.name
            holiday = self.options.holiday(day, name.value if name.dimension == "region" else "")
        value: Value = tuple.__new__(Value, came)  # as `_make` does, which is another call for each point
        return watched.see(end, told, value, holiday=holiday, ahead=ahead)

    def see(
        self, shut: Shut, name: Name, came: Sequence[Any], last: int | None
    ) -> tuple[Watched, Point, Drifted | None]:
        """Let a series see the bucket that is being closed, `last` being the end of the one before it."""
        size, rows = shut.size, self.rows
        key, turn = _place(size, name)
        watched = rows.live(key)
        if not isinstance(watched, Watched) or watched.at != last:
            watched = self._rebuilt(size, name, key, last)
        fresh = not watched.at
        point, drifted = self.show(watched, size, shut.begin, shut.end, came)
        if fresh or turn == self.clock.count.get(str(size), 0) % CHECKPOINT:
            rows.write(key, watched.dump(), watched)
        else:
            rows.keep(key, watched)
        return watched, point, drifted

    def tell(self, size: int, watched: Watched, told: Told | None) -> None:
        """Note what a person was told. What is shared with a step that may be lost is not changed."""
        changed = replace(watched, told=told)
        key, _ = _place(size, watched.name)
        self.rows.write(key, changed.dump(), changed)


@lru_cache(maxsize=8_192)  # more than most shops have series
def _place(size: int, name: Name) -> tuple[bytes, int]:
    """The row of a series, and at which of so many closings it is written."""
    key = series_key(size, name)
    return key, crc32(key) % CHECKPOINT
