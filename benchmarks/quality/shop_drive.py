"""A simulated shop at the stage of the series: partial records in, alerts out, as in production."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import orjson

from benchmarks.quality.shop_score import Rung, rung
from benchmarks.quality.shop_world import HOUR, Ints, Shop
from schemas.measures import MEASURES
from streams.engine.intake import announce
from streams.engine.options import Options
from streams.engine.records import Batch, Input
from streams.engine.series.options import Chosen, SeriesOptions
from streams.engine.series.stage import PARTIALS, SeriesStage
from streams.engine.state import State

CURRENCY = "EUR"
Line = list[Any]


@dataclass
class Driven:
    """What a run gave.

    Attributes:
        rung: what rang, in order.
        points: of all series.
        series: how many there were, each bucket size for itself.
        seconds: CPU time of the stage.
    """

    rung: list[Rung] = field(default_factory=list)
    points: int = 0
    series: int = 0
    seconds: float = 0.0


def drive(shop: Shop, *, rate: float = SeriesOptions.rate) -> Driven:
    """Play a shop, a day a batch.

    Args:
        shop: the shop.
        rate: of false discoveries; 1 believes every series that rings by itself.
    """
    options = SeriesOptions(
        measures=_measures(shop),
        currency=CURRENCY,
        zone=shop.zone,
        holidays={"": shop.holidays},
        rate=rate,
    )
    stage, state, found = SeriesStage(Options(1, series=options)), State(0), Driven()
    names: set[tuple[str, str]] = set()
    for batch in _batches(shop):
        records = [batch]
        began = time.process_time()
        sends, more = [], True
        while more:
            outcome = stage.step(state, records, 0, (), stage.quiet())
            state.apply(outcome)
            sends += outcome.sends
            records, more = [], outcome.more
        found.seconds += time.process_time() - began
        for send in sends:
            told = orjson.loads(send.value or b"")
            if send.topic == "windows":
                found.points += len(told["points"])
                names |= {(told["bucket"], each["series"]) for each in told["points"]}
            elif send.topic == "alerts" and (each := rung(told["data"])):
                found.rung.append(each)
    found.series = len(names)
    return found


def _measures(shop: Shop) -> dict[str, Chosen]:
    """Those that the shop has, cut by what it has."""
    cuts: dict[str, list[str]] = {}
    for measure, dimension, _ in shop.sums:
        by = cuts.setdefault(measure, [])
        if dimension and dimension not in by:
            by.append(dimension)
    return {measure: Chosen(tuple(by)) for measure, by in cuts.items()}


def _batches(shop: Shop) -> Iterator[Batch]:
    """A day each: its hours overall, then its slices, as the customer stage tells them."""
    offset = 0
    moments, days = shop.moments.tolist(), shop.days.tolist()
    by_hour = {at: _lines(at, *parts) for at, parts in shop.sums.items() if not at[1]}
    by_day = {
        at: _lines(at, np.add.reduceat(num, days[:-1]), np.add.reduceat(den, days[:-1]))
        for at, (num, den) in shop.sums.items()
        if at[1]
    }
    for day, (first, after) in enumerate(pairwise(days)):
        entries = []
        for hour in range(first, after):
            end = moments[hour] + HOUR
            entries.append(_record(moments[hour], end, [each[hour] for each in by_hour.values()]))
            if hour + 1 == after:
                entries.append(_record(moments[first], end, [each[day] for each in by_day.values()]))
            send = announce(PARTIALS, 0, 0, end)
            entries.append((send.key, send.value, send.headers))
        records = [Input(offset + n, *each) for n, each in enumerate(entries)]
        offset += len(records)
        yield Batch(PARTIALS, records)


def _lines(at: tuple[str, str, str], num: Ints, den: Ints) -> list[Line | None]:
    """What a record says of a series in each bucket; None where nothing came."""
    ratio = MEASURES[at[0]].kind == "ratio"
    told = zip(num.tolist(), den.tolist(), strict=True)
    return [[*at, n, d if ratio else 1, 0] if n or (ratio and d) else None for n, d in told]


def _record(begin: int, end: int, values: list[Line | None]) -> tuple[None, bytes, list[tuple[str, bytes]]]:
    there = [each for each in values if each is not None]
    told = {"from": begin, "to": end, "values": there, "quality": [], "labels": []}
    return None, orjson.dumps(told), [("tocsin-from", b"0")]
