"""The stage of the series: adds the partitions up, closes buckets, and tells what is not as usual.

It has one partition. A base bucket is taken in once every partition has announced its end; then each bucket
that ends there is closed, the shortest first, a slice of its series at a time. What it says is a function of
the records alone, however they come and however the work is cut.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from detectors.series.series import LATEST_MS
from streams.engine import days
from streams.engine.intake import Intake
from streams.engine.options import Options
from streams.engine.records import Batch
from streams.engine.series import clock as clocks
from streams.engine.series import shares
from streams.engine.series.calendar import Calendar
from streams.engine.series.clock import Clock
from streams.engine.series.closing import Closing
from streams.engine.series.options import SeriesOptions
from streams.engine.series.record import read
from streams.engine.series.rows import Rows, base_key
from streams.engine.series.sums import Sums
from streams.engine.series.values import Roll, carry
from streams.engine.state import Outcome, State
from streams.engine.watermark import Quiet

PARTIALS = "series-partials"
MOST_BEHIND = 10_000
"""Base buckets without any record that are closed one by one; a longer gap is leapt over."""
SLICE = 1_000
"""Series that one step looks at, at most; some 50 ms. As many buckets are closed as fit: a commit for each
would make a replay of the past wait for the log, hour by hour."""


class SeriesStage:
    """One atomic step at a time over `series-partials`.

    Args:
        options: see there; `series` says what is measured.
        most: series that one step looks at, at most.
    """

    name = "series"
    changelog = "series-rows"
    inputs = (PARTIALS,)

    def __init__(self, options: Options, most: int = SLICE) -> None:
        # Where nothing is measured any more, what still waits is passed over.
        self.series, self.most = options.series or SeriesOptions(measures={}), most
        self.options = replace(options, series=self.series)
        self.calendar, self.roll = Calendar(self.series), Roll(self.series)

    def quiet(self) -> Quiet:
        """What the recipe asks for; this stage waits for every source, however quiet."""
        return Quiet(self.options.idle_after)

    def step(
        self,
        state: State,
        batches: Sequence[Batch],
        now: int,
        drained: Collection[str],  # noqa: ARG002 - no source is passed over for being quiet
        quiet: Quiet,  # noqa: ARG002 - the same
    ) -> Outcome:
        """What these batches change, and a slice of what was closed before them."""
        row = state.row.copy()
        intake = Intake(state.partition, row, now, self.options)
        outcome = Outcome(row, sends=intake.sends)
        days.take_in(outcome, intake, batches, read)
        worked = self._pass(state, outcome)
        outcome.more = worked or row.watermark != state.row.watermark
        outcome.commit = worked or outcome.commit
        outcome.close(wall=self.options.wall)
        return outcome

    def _pass(self, state: State, outcome: Outcome) -> bool:
        """Do a slice of what is due by what was known before this step; whether there was anything."""
        mark = days.closed(state.row, self.options.partitions)
        if mark is None:
            return False
        mark = min(mark, LATEST_MS)
        rows = Rows(state, outcome)
        clock = self._clock(rows, mark)
        if clock is None:
            return False
        left = self.most
        closing = Closing(self.options, self.roll, self.calendar, rows=rows, outcome=outcome, clock=clock)
        while left > 0:
            if clock.shut is None and not clock.waiting and not self._next(outcome, rows, clock, mark):
                break
            left -= 1 + _close(closing, clock, left)
        if left == self.most:
            return False
        rows.write(clocks.KEY, clock.dump())
        return True

    def _clock(self, rows: Rows, mark: int) -> Clock | None:
        """Where it stands; None while there has been no record."""
        saved = rows.read(clocks.KEY)
        if saved is not None:
            return Clock.load(saved)
        start = self._start(rows, mark)
        return None if start is None else Clock(start, start)

    def _start(self, rows: Rows, mark: int) -> int | None:
        """Where the first record that waits begins; None where none of the past does."""
        end = rows.first()
        if end is None or end > mark:
            return None
        return (end - 1) // self.series.base * self.series.base

    def _next(self, outcome: Outcome, rows: Rows, clock: Clock, mark: int) -> bool:
        """Take the next base bucket in; whether all partitions have told of it."""
        base = self.series.base
        start = self._start(rows, mark)
        if (mark if start is None else start) - clock.done > MOST_BEHIND * base:
            clock.done = clock.began = mark // base * base if start is None else start
            outcome.commit = True
            return True
        end = clock.done + base
        if end > mark:
            return False
        held = rows.take(end)
        if held:
            self._take_in(rows, held, end)
        clock.done = end
        clock.waiting = [[size, begin] for size, begin in self.calendar.ending(end) if begin >= clock.began]
        return True

    def _take_in(self, rows: Rows, held: Sequence[Any], end: int) -> None:
        sums = Sums()
        for content in held:
            sums.add(content)
        most = shares.KEPT * self.series.most
        asked = {name for _, name in self.roll.asked}
        sums.trim(most, lambda: {*shares.admitted(rows, self.roll.cuts), *asked})
        carry(rows, sums, most)
        sums.settle()
        rows.write(base_key(end), sums.dump(), sums)


def _close(closing: Closing, clock: Clock, most: int) -> int:
    """Go on with the bucket that is being closed, or with the next that waits; how many series saw it."""
    if clock.shut is None and clock.waiting:
        closing.begin(*clock.waiting.pop(0))
    shut = clock.shut
    if shut is None:
        return 0
    before = shut.place
    closing.go_on(shut, most)
    return shut.place - before
