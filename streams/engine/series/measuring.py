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
from streams.engine.series.plan import Plan, Shape
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
        shape, source = self.plan.shapes[event.type], event.source
        data: Any = event.data
        values = shape.read(data)
        empty = _empty(shape, values)
        if event.synthetic:
            there.whole.made[source] += 1
        if shape.placed:
            empty += self._placed(there, source, data, generated=event.synthetic)
        elif shape.web:
            for at, generated, n in visits.note(row, data.session_id, arrival.eff, int(event.synthetic)):
                self._add(Part(at, "visit", (n,), {}, bool(generated)), arrival.topic)
        there.whole.nulls[source][shape.name][empty] += 1
        if shape.labels:
            labels = there.cut.labels[source]
            for name, place in shape.labels:
                value = values[place]
                if value:
                    labels[name][value] += 1
        if shape.adds.whole:
            _add_one(there, shape, data, generated=event.synthetic)

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
        labels = cut.labels[source]["department"]
        for department in departments:
            labels[department] += 1
        return "0"

    def thread(self, entity: str, known: list[Any], arrival: Arrival) -> None:
        """Add what an event changes in the measures of its order or ticket; it is the last of `known`."""
        after = threads.parts(entity, known)
        before = threads.parts(entity, known[:-1]) if len(known) > 1 else []
        for part in before:
            if part not in after:
                self._add(part.taken_back(), arrival.topic)
        for part in after:
            if part not in before:
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
        for column, place in adds.whole:
            sums[column] += amounts[place]
        slices = there.cut.generated if part.generated else there.cut.sums
        for dimension, columns in adds.cut:
            value = part.places.get(dimension)
            if value:
                for column, place in columns:
                    slices[column][value] += amounts[place]

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
    if None not in values and "" not in values:
        return shape.full
    return "".join(["1" if each is None or each == "" else "0" for each in values[: shape.nullable]])


def _add_one(there: Open, shape: Shape, data: Any, *, generated: bool) -> None:
    sums = there.whole.generated if generated else there.whole.sums
    for column, _ in shape.adds.whole:
        sums[column] += 1
    slices = there.cut.generated if generated else there.cut.sums
    for dimension, columns in shape.adds.cut:
        value = getattr(data, dimension)
        if value:
            for column, _ in columns:
                slices[column][value] += 1
