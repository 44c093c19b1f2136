"""How much each slice usually has: which ones get a series of their own, and what share of a whole is usual.

For every measure and dimension a row `n/` of means by value, over 28 days or as long as there are data:

    {"days": buckets seen, "left": slices without a series, "of": {value: [num, den, last, 1 if it has one]}}

A slice is admitted when its volume is enough and there is room. Where there is none, one that has twice as
much as the least of those admitted takes its place. It is given up after 60 silent days. The row holds four
times as many slices as may be admitted, the largest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.measures import MEASURES, OTHERS, OVERALL, Measure
from streams.engine.series.options import DAY, SeriesOptions
from streams.engine.series.rows import Rows, shares_key
from streams.engine.series.sums import Parts, volume
from streams.engine.series.watched import Name

MEMORY = 28  # days
SILENT = 60 * DAY
KEPT = 4  # times as many as may be admitted
_TWICE = 2.0

Share = list[Any]
Row = dict[str, Any]


def update(
    options: SeriesOptions, rows: Rows, values: Mapping[str, Parts], at: tuple[str, str], end: int
) -> None:
    """Take a closed bucket of the slices in.

    Args:
        options: see there.
        rows: of the step.
        values: what came, by value; for a gauge how many there are.
        at: measure and dimension.
        end: of the bucket, ms.
    """
    measure, dimension = MEASURES[at[0]], at[1]
    key = shares_key(*at)
    row = rows.read(key) or {"days": 0, "left": 0, "of": {}}
    if not values and not row["of"]:
        return
    rate = 1.0 / min(row["days"] + 1, MEMORY * DAY // options.slice_bucket)
    found = {value: _faded(share, values.get(value), rate, end) for value, share in row["of"].items()}
    for value, parts in values.items():
        if value not in found:
            found[value] = [parts[0] * rate, parts[1] * rate, end, 0]
    if dimension != OVERALL:
        _admit(options, measure, dimension, found, end)
    kept = found
    if len(found) > 1:
        most = KEPT * options.most
        ranked = sorted((-share[3], -_volume(measure, share), value) for value, share in found.items())
        kept = {value: found[value] for _, _, value in ranked[:most]}
    left = sum(not share[3] for value, share in found.items() if value != OTHERS)
    rows.write(key, {"days": row["days"] + 1, "left": left, "of": kept})


def _faded(share: Share, parts: Parts | None, rate: float, end: int) -> Share:
    num, den, last, has = share
    came = parts or (0, 0, 0)
    return [num + rate * (came[0] - num), den + rate * (came[1] - den), end if parts else last, has]


def _admit(
    options: SeriesOptions, measure: Measure, dimension: str, found: dict[str, Share], end: int
) -> None:
    only = options.measures[measure.name].only.get(dimension)
    may = {value for value in found if value != OTHERS and (only is None or value in only)}
    for value, share in found.items():
        if share[3] and (value not in may or end - share[2] > SILENT):
            share[3] = 0

    def size(value: str) -> tuple[float, str]:
        return _volume(measure, found[value]), value

    least = 0.0 if only is not None else options.least * options.slice_bucket / DAY
    there = sorted((value for value in may if found[value][3]), key=size)
    came = (value for value in may if not found[value][3] and found[value][2] == end)
    for value in sorted((each for each in came if size(each)[0] >= least), key=size, reverse=True):
        if len(there) >= options.most:
            if size(value)[0] < _TWICE * size(there[0])[0]:
                break
            found[there.pop(0)][3] = 0
        found[value][3] = 1
        there.append(value)


def _volume(measure: Measure, share: Share) -> float:
    return volume(measure, share[0], share[1])


def admitted(rows: Rows, cuts: Iterable[tuple[str, str]]) -> Iterator[Name]:
    """Every slice that has a series of its own, of the measures and dimensions named."""
    for at in cuts:
        row = rows.read(shares_key(*at))
        if row is not None:
            yield from (Name(*at, value) for value, share in row["of"].items() if share[3])


def left_out(rows: Rows, cuts: Iterable[tuple[str, str]]) -> int:
    """How many slices that are known have no series of their own."""
    found = (rows.read(shares_key(*at)) for at in cuts if at[1] != OVERALL)
    return sum(row["left"] for row in found if row is not None)


def usual(rows: Rows, measure: str, dimension: str) -> dict[str, float]:
    """What share of the whole each slice of a dimension usually has, above the line."""
    whole, parts = rows.read(shares_key(measure, OVERALL)), rows.read(shares_key(measure, dimension))
    if whole is None or parts is None:
        return {}
    ((total, *_),) = whole["of"].values()
    return {value: share[0] / total for value, share in parts["of"].items() if total > 0}


def quotient(rows: Rows, name: Name, buckets: float) -> tuple[float, float] | None:
    """What a quotient usually is, and of how many events; None where nothing is known.

    Args:
        rows: of the step.
        name: of the series.
        buckets: how many of the buckets asked about one of the slices' has.
    """
    row = rows.read(shares_key(name.measure, name.dimension))
    share = row["of"].get(name.value) if row is not None else None
    if share is None or share[1] <= 0:
        return None
    return share[0] / (share[1] * MEASURES[name.measure].scale), share[1] / buckets
