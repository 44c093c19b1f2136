"""What is closed, as a record for the stage of the series.

    {"from": ms, "to": ms,
     "values":  [[measure, dimension, value, num, den, 1 if generated events are behind it], ...],
     "quality": [[source, event type, field, events where it was empty, events], ...],
     "labels":  [[source, field, value, events], ...]}

`num` and `den` add up over partitions, records and buckets, but that `den` is 1 where a measure has none.
"""

from __future__ import annotations

from itertools import groupby
from operator import add
from typing import Any

import orjson

from schemas.measures import OVERALL
from streams.engine.records import Send
from streams.engine.series.bucket import LARGEST, NOTHING, Cut, Sums, Whole, held
from streams.engine.series.open_buckets import Closed
from streams.engine.series.plan import EVENTS, Plan

SERIES_PARTIALS = "series-partials"
MOST_BYTES = 1 << 20
"""Of one record; more goes into several, which add up."""

Entry = list[Any]
Lists = dict[str, list[Entry]]


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
    generated = whole.generated
    sums = _sums(whole.sums, generated)
    for measure, dimension, above, below, of in plan.whole:
        num, den = sums[above], 1 if below is None else sums[below]
        made = 1 if any(map(generated.__getitem__, of)) else 0
        if num or made or (below is not None and den):
            values.append([measure, dimension, OVERALL, num, den, made])
    quality: list[Entry] = []
    events: dict[str, int] = {}
    for (source, kind), of_kind in groupby(sorted(whole.nulls.items()), key=_source_and_kind):
        fields = plan.optional[kind]
        empty, n = [0] * len(fields), 0
        for (_, _, digits), times in of_kind:
            n += times
            for place, digit in enumerate(digits):
                if digit == "1":
                    empty[place] += times
        events[source] = events.get(source, 0) + n
        quality += [[source, kind, field, each, n] for field, each in zip(fields, empty, strict=True)]
    if plan.by_source and events:
        values.append([EVENTS, OVERALL, OVERALL, sum(events.values()), 1, 1 if whole.made else 0])
        values += [
            [EVENTS, "source", each, n, 1, 1 if whole.made.get(each) else 0] for each, n in events.items()
        ]
    return {"values": values, "quality": quality, "labels": []}


def _source_and_kind(entry: tuple[tuple[str, str, str], int]) -> tuple[str, str]:
    return entry[0][:2]


def _of_cut(plan: Plan, cut: Cut) -> Lists:
    values: list[Entry] = []
    dimensions = {each: _slices(cut, each) for each in {*cut.sums, *cut.generated}}
    for measure, dimension, above, below, of in plan.cut:
        for value, sums, generated in dimensions.get(dimension, ()):
            num, den = sums[above], 1 if below is None else sums[below]
            made = 1 if generated is not NOTHING and any(map(generated.__getitem__, of)) else 0
            if num or made or (below is not None and den):
                values.append([measure, dimension, value, num, den, made])
    labels = [
        [source, field, value, n]
        for (source, field), column in sorted(cut.labels.items())
        for value, n in sorted(column.items())
    ]
    return {"values": values, "quality": [], "labels": labels}


def _slices(cut: Cut, dimension: str) -> list[tuple[str, Sums, Sums]]:
    """Every value of a dimension, its sums of all events, and those of the generated ones."""
    observed, generated = cut.sums[dimension], cut.generated[dimension]
    found: list[tuple[str, Sums, Sums]] = []
    for value in sorted(observed.keys() | generated.keys()):
        made = generated.get(value, NOTHING)
        sums = _sums(observed.get(value, NOTHING), made)
        found.append((value, sums, made))
    return found


def _sums(observed: Sums, generated: Sums) -> Sums:
    """Of all events, as they may travel."""
    both = observed if generated is NOTHING else list(map(add, observed, generated))
    return both if min(both) >= -LARGEST and max(both) <= LARGEST else list(map(held, both))
