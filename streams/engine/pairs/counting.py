"""One day's baskets to its counts, at every level and region that is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import chain

import orjson

from detectors.pairs.counting import CHUNK, count
from detectors.pairs.counts import Counts
from detectors.pairs.packed import Day
from detectors.pairs.window import total
from streams.engine.pairs.kept import Place
from streams.engine.pairs.options import PairOptions
from streams.engine.pairs.record import Basket, items


def count_day(baskets: Iterable[Basket], places: Collection[Place], options: PairOptions) -> dict[Place, Day]:
    """Count a day; the order of the baskets does not matter.

    Args:
        baskets: of all regions.
        places: levels and regions that are asked for.
        options: cap, and distinct pairs that are kept.
    """
    everything = list(baskets)
    if sum(products * products for _, _, products, _ in everything) > CHUNK:
        # Beyond what is counted at once, what is forgotten depends on what comes after what.
        everything.sort(key=orjson.dumps)
    regions: dict[str | None, Sequence[Basket]] = {None: everything}
    for place in places:
        if place[1] not in regions:
            regions[place[1]] = [basket for basket in everything if basket[0] == place[1]]
    return {place: _counted(regions[place[1]], place, options) for place in places}


def merged(one: Day, two: Day, most: int) -> Day:
    """Two parts of one day: a zone that was changed makes two days end on one date."""
    counts = total([one.counts, two.counts], most)
    at = {name: place for place, name in enumerate(counts.names)}
    members: dict[str, set[int]] = {}
    for day in (one, two):
        for department, places in day.members.items():
            members.setdefault(department, set()).update(at[day.counts.names[place]] for place in places)
    return Day(
        counts, one.synthetic + two.synthetic, {name: sorted(found) for name, found in members.items()}
    )


def _counted(baskets: Sequence[Basket], place: Place, options: PairOptions) -> Day:
    level = place[0]
    found = [items(basket, level, options.cap) for basket in baskets]
    counts = count((each for each in found if each is not None), cap=options.cap, most=options.day_pairs)
    counts = replace(counts, oversized=sum(each is None for each in found))
    synthetic = sum(basket[1] for basket in baskets)
    return Day(counts, synthetic, _members(baskets, counts) if level == "product" else {})


def _members(baskets: Iterable[Basket], counts: Counts) -> dict[str, list[int]]:
    at = {name: place for place, name in enumerate(counts.names)}
    members: dict[str, set[int]] = {}
    for product, department in {*map(tuple, chain.from_iterable(basket[3] for basket in baskets))}:
        if product in at and department is not None:
            members.setdefault(department, set()).add(at[product])
    return {name: sorted(members[name]) for name in sorted(members)}
