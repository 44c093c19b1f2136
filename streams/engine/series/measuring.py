"""What one step measures: every event is added to the base bucket of its effective time.

Whatever the order in which events come, the batches that they come in, and the partitions that share them,
the sums of a bucket are the same: whole numbers are added, and what depends on several events is a function
of their set. Late events count for nothing, but that a wait for an answer ends whenever the answer comes.
What comes after its bucket was closed, as can be after a pause of an input, is counted as missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from streams.engine.intake import Arrival, announce
from streams.engine.partition_row import PartitionRow
from streams.engine.series import placed, telling, threads, visits
from streams.engine.series.open_buckets import Open, OpenBuckets
from streams.engine.series.plan import Adds, Plan, Shape
from streams.engine.series.threads import Part
from streams.engine.state import Outcome, State


class Measuring:
    """Measures the events of one step.

    Args:
        plan: what is measured.
        state: the partition's state before the step.
        row: the step's copy of the partition row.
    """

    def __init__(self, plan: Plan, state: State, row: PartitionRow) -> None:
        self.plan, self.row, self.partition = plan, row, state.partition
        self.buckets = OpenBuckets(plan.options, plan.calendar, state, row)

    def count(self, row: dict[str, Any], arrival: Arrival) -> None:
        """Add what an event says by itself; `row` is that of its customer, or of its session."""
        event = arrival.event
        there = self.buckets.at(arrival.eff, arrival.topic)
        if there is None:
            self.row.missed += 1
            return
        shape, source, generated = self.plan.shapes[event.type], event.source, event.synthetic
        data: Any = event.data
        values = shape.read(data)
        empty = shape.full if all(values) else _empty(shape, values)
        if generated:
            there.whole.made[source] += 1
        if shape.placed:
            empty += self._placed(there, source, data, generated=generated)
        elif shape.web:
            for at, made, n in visits.note(row, data.session_id, arrival.eff, int(generated)):
                self._add(Part(at, "visit", (n,), {}, bool(made)), arrival.topic)
        there.whole.nulls[source, shape.name, empty] += 1
        for name, place in shape.labels:
            value = values[place]
            if value:
                there.cut.labels[source, name][value] += 1
        if shape.adds is not None:
            _add_one(there, shape.adds, data, generated=generated)

    def _placed(self, there: Open, source: str, data: Any, *, generated: bool) -> str:
        """Add a placed order; the digit that says whether it names no department."""
        departments = placed.departments(data)
        whole, cut = there.whole, there.cut
        if generated:
            placed.add(self.plan, whole.generated, cut.generated, data, departments)
        else:
            placed.add(self.plan, whole.sums, cut.sums, data, departments)
        if not departments:
            return "1"
        labels = cut.labels[source, "department"]
        for department in departments:
            labels[department] += 1
        return "0"

    def thread(self, entity: str, known: list[Any], arrival: Arrival) -> None:
        """Add what an event changes in the measures of its order or ticket; it is the last of `known`."""
        for part in threads.change(entity, known):
            self._add(part, arrival.topic)

    def _add(self, part: Part, group: str) -> None:
        at = part.at
        if part.kind == "waiting" and self.row.measured is not None:
            at = max(at, self.row.measured)  # how many wait must come out right in the end
        there = self.buckets.at(at, group)
        if there is None:
            self.row.missed += 1
            return
        adds, amounts = self.plan.adds[part.kind], part.amounts
        sums = there.whole.generated if part.generated else there.whole.sums
        for place, amount in enumerate(amounts, adds.first):
            sums[place] += amount
        table = there.cut.generated if part.generated else there.cut.sums
        for dimension in adds.by:
            value = part.places.get(dimension)
            if value:
                slice_ = table[dimension][value]
                for place, amount in enumerate(amounts, adds.first):
                    slice_[place] += amount

    def close(self, outcome: Outcome, buried: Iterable[tuple[str, int | None]]) -> None:
        """Tell what time has passed, and write what is still open.

        Args:
            outcome: of the step; its partition row has the watermark.
            buried: topic of each dead letter, and the newest event time of its log, ms.
        """
        for topic, newest in buried:
            if newest is None:  # nobody knows yet what time it is there
                self.row.missed += 1
            else:
                self._add(Part(newest, "dead", (1,), {"topic": topic}, generated=False), topic)
        before = self.row.measured
        for closed in self.buckets.close(outcome):
            outcome.sends += telling.tell(self.plan, self.partition, closed)
        if self.row.measured is not None and self.row.measured != before:
            outcome.sends.append(announce(telling.SERIES_PARTIALS, 0, self.partition, self.row.measured))
            outcome.commit = True
        self.buckets.write(outcome)


def _empty(shape: Shape, values: tuple[Any, ...]) -> str:
    """A digit for each field that may be empty, 1 where it is."""
    return "".join(["1" if each is None or each == "" else "0" for each in values[: shape.nullable]])


def _add_one(there: Open, adds: Adds, data: Any, *, generated: bool) -> None:
    sums = there.whole.generated if generated else there.whole.sums
    sums[adds.first] += 1
    table = there.cut.generated if generated else there.cut.sums
    for dimension in adds.by:
        value = getattr(data, dimension)
        if value:
            table[dimension][value][adds.first] += 1
