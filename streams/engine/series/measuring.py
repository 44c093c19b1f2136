"""What one step measures: every event is added to the base bucket of its effective time.

Whatever the order in which events come, the batches that they come in, and the partitions that share them,
the sums of a bucket are the same: whole numbers are added, and what depends on several events is a function
of their set. Late events count for nothing, but that a wait for an answer ends whenever the answer comes.
What comes after its bucket was closed, as can be after a pause of an input, is counted as missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from schemas.measure import MONEY
from schemas.measures import MEASURES, OVERALL
from streams.engine.intake import Arrival, announce
from streams.engine.partition_row import PartitionRow
from streams.engine.series import telling, threads, visits
from streams.engine.series.bucket import Bucket, Columns
from streams.engine.series.open_buckets import OpenBuckets
from streams.engine.series.plan import Plan, Shape
from streams.engine.state import Outcome, State

_GAUGES = frozenset(each.num for each in MEASURES.values() if each.kind == "gauge")
_NOTHING: Decimal = Decimal(0)


class Measuring:
    """Measures the events of one step.

    Args:
        plan: what is measured.
        state: the partition's state before the step.
        row: the step's copy of the partition row.
    """

    def __init__(self, plan: Plan, state: State, row: PartitionRow) -> None:
        self.plan, self.row, self.partition = plan, row, state.partition
        self.buckets = OpenBuckets(plan.base, plan.values, state, row)

    def count(self, row: dict[str, Any], arrival: Arrival) -> None:
        """Add what an event says by itself; `row` is that of its customer, or of its session."""
        event = arrival.event
        bucket = self.buckets.at(arrival.eff, arrival.topic)
        if bucket is None:
            self.row.missed += 1
            return
        shape = self.plan.shapes[event.type]
        data: Any = event.data
        sums = bucket.generated if event.synthetic else bucket.sums
        values = shape.read(data)
        departments = _departments(data) if shape.placed else {}
        _note_publisher(bucket, shape, event.source, values, departments)
        if event.synthetic and self.plan.by_source:
            _add(sums, self.plan.by_source, event.source, 1)
        if shape.placed:
            self._placed(sums, data, departments)
        elif shape.web:
            self._visit(row, data.session_id, arrival)
        for dimension, column in shape.cuts:
            value = _place(data, dimension)
            if value is not None:
                _add(sums, column, value, 1)

    def _placed(self, sums: Columns, data: Any, departments: dict[str, Decimal]) -> None:
        plan, money = self.plan, int(data.total * MONEY)
        own = data.currency == plan.options.currency
        amounts = (1, len(data.lines), money, 1)
        for dimension, columns in plan.placed if own else plan.placed_elsewhere:
            value = _place(data, dimension)
            if value is not None:
                for column, place in columns:
                    _add(sums, column, value, amounts[place])
        if not own:
            for column, place in plan.placed_abroad:
                _add(sums, column, data.currency, amounts[place])
        orders, revenue = plan.column("orders", "department"), plan.column("revenue", "department")
        for department, amount in departments.items():
            if orders:
                _add(sums, orders, department, 1)
            if revenue and own:
                _add(sums, revenue, department, int(amount * MONEY))

    def _visit(self, row: dict[str, Any], session: str, arrival: Arrival) -> None:
        for at, generated, n in visits.note(row, session, arrival.eff, int(arrival.event.synthetic)):
            self._add_at(at, arrival.topic, self.plan.cuts("sessions"), (), n, generated=bool(generated))

    def thread(self, entity: str, known: list[Any], arrival: Arrival) -> None:
        """Add what an event changes in the measures of its order or ticket; it is the last of `known`."""
        after = threads.parts(entity, known)
        before = threads.parts(entity, known[:-1]) if after else []
        if after == before:
            return
        for sign, parts, others in ((-1, before, after), (1, after, before)):
            for part in parts:
                if part not in others:
                    cuts = self.plan.cuts(part.component)
                    at = part.at
                    if part.component in _GAUGES and self.row.measured is not None:
                        at = max(at, self.row.measured)
                    self._add_at(
                        at, arrival.topic, cuts, part.places, sign * part.n, generated=part.generated
                    )

    def _dead(self, topic: str, newest: int | None) -> None:
        if newest is None:  # nobody knows yet what time it is there
            self.row.missed += 1
        else:
            self._add_at(newest, topic, self.plan.cuts("dead"), (("topic", topic),), 1, generated=False)

    def _add_at(
        self,
        at: int,
        group: str,
        cuts: Iterable[tuple[str, str]],
        places: Iterable[tuple[str, str]],
        n: int,
        *,
        generated: bool,
    ) -> None:
        bucket = self.buckets.at(at, group)
        if bucket is None:
            self.row.missed += 1
            return
        values = dict(places)
        sums = bucket.generated if generated else bucket.sums
        for dimension, column in cuts:
            value = values.get(dimension) if dimension else ""
            if value is not None:
                _add(sums, column, value, n)

    def close(self, outcome: Outcome, buried: Iterable[tuple[str, int | None]]) -> None:
        """Tell what time has passed, and write what is still open.

        Args:
            outcome: of the step; its partition row has the watermark.
            buried: topic of each dead letter, and the newest event time of its log, ms.
        """
        for topic, newest in buried:
            self._dead(topic, newest)
        closed = self.buckets.close(self.row.watermark, outcome)
        if closed is not None and self.row.measured is not None:
            for start, bucket in closed:
                outcome.sends += telling.tell(self.plan, self.partition, start, bucket)
            outcome.sends.append(announce(telling.SERIES_PARTIALS, 0, self.partition, self.row.measured))
            outcome.commit = True
        self.buckets.write(outcome)


def _place(data: Any, dimension: str) -> str | None:
    """An event's value of a dimension; None where it has none."""
    if not dimension:
        return OVERALL
    if dimension == "route" and data.route:
        return threads.route(data.carrier, data.route)
    return getattr(data, dimension) or None


def _departments(data: Any) -> dict[str, Decimal]:
    """What an order pays in each department."""
    found: dict[str, Decimal] = {}
    for line in data.lines:
        department = line["department"]
        if department:
            found[department] = found.get(department, _NOTHING) + line["amount"]
    return found


def _note_publisher(
    bucket: Bucket, shape: Shape, source: str, values: tuple[Any, ...], departments: Iterable[str]
) -> None:
    """Which optional fields were empty, and what labels were used."""
    empty = "".join(["1" if each is None or each == "" else "0" for each in values[: shape.nullable]])
    if shape.placed:
        empty += "0" if departments else "1"
        for department in departments:
            _add(bucket.labels, f"{source}\ndepartment", department, 1)
    _add(bucket.nulls, f"{source}\n{shape.name}", empty, 1)
    for name, place in shape.labels:
        value = values[place]
        if value:
            _add(bucket.labels, f"{source}\n{name}", value, 1)


def _add(columns: Columns, name: str, value: str, n: int) -> None:
    column = columns.get(name)
    if column is None:
        columns[name] = {value: n}
    else:
        column[value] = column.get(value, 0) + n
