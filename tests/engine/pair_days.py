"""Days of baskets as the pair stage gets them, and what it made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, tzinfo
from typing import Any

import orjson
from engine.one_partition import Entry, Played, came_from, closes

from schemas.alert import AlertEvent
from streams.engine.options import Options
from streams.engine.pairs.calendar import Calendar
from streams.engine.pairs.options import PairOptions
from streams.engine.pairs.record import Basket, join
from streams.engine.pairs.stage import PairStage

MONDAY = date(2017, 1, 2).toordinal()  # the first day of every shop here
SHELVES = {**dict.fromkeys("abc", "dairy"), **dict.fromkeys("def", "drinks"), "g": "soap", "h": None}

Shop = dict[int, list[Basket]]  # baskets by the number of the day


def bought(*products: str, region: str | None = None, synthetic: bool = False) -> Basket:
    lines = sorted({(product, SHELVES.get(product, "rest")) for product in products})
    return region, int(synthetic), len({product for product, _ in lines}), [tuple(line) for line in lines]


def end_of(day: int, zone: tzinfo = UTC) -> int:
    return Calendar(zone).begin_of(day + 1)


def lines(shop: Shop, last: int, source: int = 0, zone: tzinfo = UTC, size: int = 3) -> list[Entry]:
    """What one source sends: its baskets, and each day's end."""
    found = []
    for day in range(min(shop, default=MONDAY), last + 1):
        held = [orjson.dumps(basket) for basket in shop.get(day, [])]
        parts = [held[begin : begin + size] for begin in range(0, len(held), size)]
        found += [came_from(source, join(end_of(day, zone), part)) for part in parts]
        if held or day == last:
            found.append(closes("baskets", source, end_of(day, zone)))
    return found


def stage(partitions: int = 1, rules: dict[str, Any] | None = None, **pairs: Any) -> Any:
    options = Options(partitions, pairs=PairOptions(**pairs), rules=rules or {})
    return lambda: PairStage(options)


def windows(played: Played) -> list[dict[str, Any]]:
    return [orjson.loads(send.value or b"") for send in played.to("windows")]


def alerts(played: Played) -> list[Any]:
    return [AlertEvent.model_validate_json(send.value or b"").data for send in played.to("alerts")]


def reloaded(make: Any, log: Sequence[Any]) -> Played:
    """A run in which another process takes over after every single step."""
    played = Played(make)
    while (start := played.state.row.offsets.get("baskets", 0)) < len(log):
        more = played.step(log[start : start + 1])
        while more:
            played.take_over()
            more = played.step()
        played.take_over()
    return played
