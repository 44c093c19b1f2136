"""What a partition has measured and not yet told, and what one step changes of it.

    b/<to>/<from>           what is not cut of the base bucket that begins at `from`
    b/<to>/<from>/<group>   slices and labels, of what the events of one topic have added

Times are ms, and `to` is when a row is told: at the end of the base bucket, and slices at the end of the
local day; where somebody asks about slices of less than a day, they are told with the base bucket, too. The
slices of a day are in several rows, so that a step writes little: what it adds to a day is in the row of the
base bucket in which it met that day first. What is opened and told within one step is never a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from streams.engine.pairs.calendar import Calendar
from streams.engine.partition_row import PartitionRow
from streams.engine.series.bucket import Cut, Whole
from streams.engine.series.options import SeriesOptions
from streams.engine.series.touched import BUCKET, Place, Touched
from streams.engine.state import Outcome, State

_CHUNK = 64  # keys that are looked at at a time


class Open(NamedTuple):
    """What the moments of a base bucket, from its first to before its end (ms), add to in one group."""

    start: int
    end: int
    whole: Whole
    cut: Cut


class Closed(NamedTuple):
    """What is to be told of a span of time, ms."""

    start: int
    end: int
    bucket: Whole | Cut


class OpenBuckets:
    """The working copy of one step.

    Args:
        options: see there.
        calendar: of the shop's zone.
        state: the partition's state before the step.
        row: the step's copy of the partition row.
    """

    def __init__(self, options: SeriesOptions, calendar: Calendar, state: State, row: PartitionRow) -> None:
        self.base, self.daily, self.values = options.base, options.daily, options.values
        self.calendar, self.state, self.row = calendar, state, row
        self._wholes = Touched(state, Whole, Whole.loads)
        self._cuts = Touched(state, Cut, Cut.loads)
        self._days: dict[tuple[int, str], Cut] = {}
        self._last: dict[str, Open] = {}

    def at(self, moment: int, group: str) -> Open | None:
        """What a moment (ms) adds to; None where it is closed."""
        last = self._last.get(group)
        if last is not None and last.start <= moment < last.end:
            return last
        start = moment - moment % self.base
        end, measured = start + self.base, self.row.measured
        if start < 0 or (measured is not None and end <= measured):
            return None
        told = self.calendar.end(start) if self.daily else end
        cut = self._days.get((told, group))
        if cut is None:
            cut = self._days[told, group] = self._cuts.open(Place(told, start, group))
        found = self._last[group] = Open(start, end, self._wholes.open(Place(end, start)), cut)
        return found

    def close(self, outcome: Outcome) -> list[Closed]:
        """Close what time has passed, in order; `measured` of the partition row is where that ends."""
        mark, measured = self.row.watermark, self.row.measured
        if mark is None:
            return []
        upto = (mark - 1) // self.base * self.base
        if upto <= 0 or (measured is not None and upto <= measured):
            return []
        self.row.measured = upto
        over = {place for part in (self._wholes, self._cuts) for place in part if place.end <= upto}
        for key in self._rows_before(upto):
            outcome.rows[key] = None
            over.add(Place.of(key))
        wholes: list[Closed] = []
        cuts: dict[tuple[int, int], Cut] = {}
        for place in sorted(over):
            if not place.group:
                wholes.append(Closed(place.start, place.end, self._wholes.take(place)))
                continue
            span = (self.calendar.begin(place.start) if self.daily else place.start, place.end)
            if span in cuts:
                cuts[span].add(self._cuts.take(place))
            else:
                cuts[span] = self._cuts.take(place)
        closed = [*wholes, *(Closed(*span, cut) for span, cut in cuts.items())]
        for each in closed:
            each.bucket.trim(self.values)
        return sorted(closed, key=lambda each: each[:2][::-1])

    def _rows_before(self, upto: int) -> Iterator[bytes]:
        after = BUCKET
        while keys := self.state.keys.after(after, _CHUNK):
            for key in keys:
                if Place.of(key).end > upto:
                    return
                yield key
            after = keys[-1]

    def write(self, outcome: Outcome) -> None:
        """Write what was touched and is still open."""
        self._wholes.write(outcome, self.values)
        self._cuts.write(outcome, self.values)
