"""A closed base bucket as a record for the stage of the series.

    {"from": ms, "to": ms,
     "values":  [[measure, dimension, value, num, den, 1 if generated events are behind it], ...],
     "quality": [[source, event type, field, events where it was empty, events], ...],
     "labels":  [[source, field, value, events], ...]}

`num` and `den` add up over partitions and buckets, but that `den` is 1 where a measure has none.
"""

from __future__ import annotations

from typing import Any

import orjson

from schemas.measures import OVERALL
from streams.engine.records import Send
from streams.engine.series.bucket import Bucket, Columns
from streams.engine.series.plan import EVENTS, Plan

SERIES_PARTIALS = "series-partials"
MOST_BYTES = 1 << 20
"""Of one record; more goes into several, which add up."""

_LISTS = ("values", "quality", "labels")

Entry = list[Any]
_NONE: dict[str, int] = {}


def tell(plan: Plan, partition: int, start: int, bucket: Bucket) -> list[Send]:
    """The record of a closed bucket that begins at `start` (ms); several where it is too large for one."""
    lists = {
        "values": _values(plan, bucket),
        "quality": _quality(plan, bucket.nulls),
        "labels": [
            [*name.split("\n"), value, n]
            for name, column in sorted(bucket.labels.items())
            for value, n in sorted(column.items())
        ],
    }
    span = {"from": start, "to": start + plan.base}
    origin = [("tocsin-from", b"%d" % partition)]
    return [Send(SERIES_PARTIALS, 0, None, raw, origin) for raw in _cut(span, lists)]


def _cut(span: dict[str, int], lists: dict[str, list[Entry]]) -> list[bytes]:
    raw = orjson.dumps({**span, **lists})
    if len(raw) <= MOST_BYTES or sum(map(len, lists.values())) <= 1:
        return [raw]
    halves = [{name: lists[name][begin::2] for name in _LISTS} for begin in (0, 1)]
    return [part for half in halves for part in _cut(span, half)]


def _values(plan: Plan, bucket: Bucket) -> list[Entry]:
    found: list[Entry] = []
    observed, generated = _with_events(plan, bucket)
    for measure, dimension, above, below in plan.columns:
        num, made = observed.get(above, _NONE), generated.get(above, _NONE)
        den, den_made = observed.get(below, _NONE), generated.get(below, _NONE)
        for value in sorted({*num, *made, *den, *den_made}):
            n = num.get(value, 0) + made.get(value, 0)
            d = den.get(value, 0) + den_made.get(value, 0) if below else 1
            if n or (below and d):
                flag = 1 if made.get(value) or den_made.get(value) else 0
                found.append([measure.name, dimension, value, n, d, flag])
    return found


def _with_events(plan: Plan, bucket: Bucket) -> tuple[Columns, Columns]:
    """The sums, and those of events by publisher: every event is noted once with its publisher."""
    if not plan.by_source:
        return bucket.sums, bucket.generated
    events: dict[str, int] = {}
    for name, column in bucket.nulls.items():
        source = name.partition("\n")[0]
        events[source] = events.get(source, 0) + sum(column.values())
    made = bucket.generated.get(plan.by_source, {})
    for source, n in made.items():
        events[source] = events.get(source, 0) - n
    overall = {OVERALL: sum(events.values())}
    observed = {**bucket.sums, EVENTS: overall, plan.by_source: events}
    return observed, {**bucket.generated, EVENTS: {OVERALL: sum(made.values())}}


def _quality(plan: Plan, nulls: Columns) -> list[Entry]:
    found: list[Entry] = []
    for name, column in sorted(nulls.items()):
        source, _, kind = name.partition("\n")
        events = sum(column.values())
        for place, field in enumerate(plan.optional[kind]):
            empty = sum(n for digits, n in column.items() if digits[place] == "1")
            found.append([source, kind, field, empty, events])
    return found
