"""What is closed, as a record for the stage of the series.

    {"from": ms, "to": ms,
     "values":  [[measure, dimension, value, num, den, 1 if generated events are behind it], ...],
     "quality": [[source, event type, field, events where it was empty, events], ...],
     "labels":  [[source, field, value, events], ...]}

`num` and `den` add up over partitions, records and buckets, but that `den` is 1 where a measure has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson

from schemas.measures import OVERALL
from streams.engine.records import Send
from streams.engine.series.bucket import Cut, Whole, held
from streams.engine.series.open_buckets import Closed
from streams.engine.series.plan import EVENTS, Plan

SERIES_PARTIALS = "series-partials"
MOST_BYTES = 1 << 20
"""Of one record; more goes into several, which add up."""

Entry = list[Any]
Lists = dict[str, list[Entry]]

_NONE: Mapping[str, int] = MappingProxyType({})


def tell(plan: Plan, partition: int, closed: Closed) -> list[Send]:
    """The record of what is closed; several where it is too large for one, none of nothing."""
    bucket = closed.bucket
    lists = _of_whole(plan, bucket) if isinstance(bucket, Whole) else _of_cut(plan, bucket)
    if not any(lists.values()):
        return []
    span = {"from": closed.start, "to": closed.end}
    origin = [("tocsin-from", b"%d" % partition)]
    return [Send(SERIES_PARTIALS, 0, None, raw, origin) for raw in _split(span, lists)]


def _split(span: dict[str, int], lists: Lists) -> list[bytes]:
    raw = orjson.dumps({**span, **lists})
    if len(raw) <= MOST_BYTES or sum(map(len, lists.values())) <= 1:
        return [raw]
    halves = ({name: entries[begin::2] for name, entries in lists.items()} for begin in (0, 1))
    return [part for half in halves for part in _split(span, half)]


def _of_whole(plan: Plan, whole: Whole) -> Lists:
    values: list[Entry] = []
    sums, generated = whole.sums, whole.generated
    for measure, dimension, above, below, by in plan.whole:
        num = sums.get(above, 0) + generated.get(above, 0)
        den = sums.get(below, 0) + generated.get(below, 0) if below else 1
        made = 1 if any(map(generated.get, by)) else 0
        if num or made or (below and den):
            values.append([measure, dimension, OVERALL, held(num), held(den), made])
    quality: list[Entry] = []
    events: dict[str, int] = {}
    for source, types in sorted(whole.nulls.items()):
        for kind, column in sorted(types.items()):
            n = sum(column.values())
            events[source] = events.get(source, 0) + n
            empty = _empty(len(plan.optional[kind]), column)
            fields = zip(plan.optional[kind], empty, strict=True)
            quality += [[source, kind, field, each, n] for field, each in fields]
    if plan.by_source and events:
        values.append([EVENTS, OVERALL, OVERALL, sum(events.values()), 1, 1 if whole.made else 0])
        values += [
            [EVENTS, "source", each, n, 1, 1 if whole.made.get(each) else 0] for each, n in events.items()
        ]
    return {"values": values, "quality": quality, "labels": []}


def _empty(fields: int, column: Mapping[str, int]) -> list[int]:
    """In how many events each field was empty."""
    found = [0] * fields
    for digits, n in column.items():
        for place, digit in enumerate(digits):
            if digit == "1":
                found[place] += n
    return found


def _of_cut(plan: Plan, cut: Cut) -> Lists:
    values: list[Entry] = []
    sums, generated = cut.sums, cut.generated
    for measure, dimension, above, below, by in plan.cut:
        num, num_made = sums.get(above, _NONE), generated.get(above, _NONE)
        den, den_made = sums.get(below, _NONE), generated.get(below, _NONE)
        behind = [generated[column] for column in by if column in generated]
        for value in sorted({*num, *num_made, *den, *den_made}):
            n = num.get(value, 0) + num_made.get(value, 0)
            d = den.get(value, 0) + den_made.get(value, 0) if below else 1
            made = 1 if any(column.get(value) for column in behind) else 0
            if n or made or (below and d):
                values.append([measure, dimension, value, held(n), held(d), made])
    labels = [
        [source, field, value, n]
        for source, fields in sorted(cut.labels.items())
        for field, column in sorted(fields.items())
        for value, n in sorted(column.items())
    ]
    return {"values": values, "quality": [], "labels": labels}
