"""Open buckets of series for those who must write what each single event changes.

The engine opens buckets for a step and writes them at its end. Here they stay open in memory, so that nothing
is read or copied for an event, and the few rows that it added to are written: the base bucket, and what its
topic has cut of it. Slices of a day are kept by base bucket: so a row stays small that is written so often.
Sums stand in a row as the lists that they are, which takes a tenth of the time that names would take. All of
this is in the favour of who writes event by event.
"""

from __future__ import annotations

import orjson

from streams.engine.partition_row import PartitionRow
from streams.engine.series.bucket import Cut, Whole
from streams.engine.series.measuring import Measuring
from streams.engine.series.open_buckets import Open, OpenBuckets
from streams.engine.series.plan import Plan
from streams.engine.series.touched import Place
from streams.engine.state import Outcome, State


class EventBuckets(OpenBuckets):
    """Open buckets that know what was added to since they were written."""

    def __init__(self, plan: Plan, state: State, row: PartitionRow) -> None:
        super().__init__(plan.options, plan.calendar, state, row)
        self._touched: dict[tuple[int, str], Open] = {}

    def at(self, moment: int, group: str) -> Open | None:
        """As the engine's, noted."""
        self._days.clear()  # the engine's working copy of a day is one row; here each base bucket has its own
        found = super().at(moment, group)
        if found is not None:
            self._touched[found.start, group] = found
        return found

    def write(self, outcome: Outcome) -> None:
        """Write what was added to; nothing of it may be closed."""
        for (start, group), each in self._touched.items():
            told = self.calendar.end(start) if self.daily else each.end
            outcome.rows[Place(each.end, start).key] = _whole(each.whole)
            outcome.rows[Place(told, start, group).key] = _cut(each.cut)
        self._touched.clear()


class EventMeasuring(Measuring):
    """The engine's measuring, over buckets that stay open."""

    def __init__(self, plan: Plan, state: State) -> None:
        super().__init__(plan, state, state.row)
        self.buckets: EventBuckets = EventBuckets(plan, state, state.row)


def _whole(whole: Whole) -> bytes:
    nulls = [[*at, n] for at, n in whole.nulls.items()]
    return orjson.dumps([whole.sums, whole.generated, nulls, whole.made])


def _cut(cut: Cut) -> bytes:
    labels = [[*at, column] for at, column in cut.labels.items()]
    return orjson.dumps([cut.sums, cut.generated, labels])
