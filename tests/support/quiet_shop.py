"""A shop in which nothing happens but chance, as its partitions tell it: some 70 series by hour and day."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from support.partials import HOUR, MONDAY, partial
from support.series_worlds import negative_binomial

REGIONS = {"North": 0.1, "South": 0.2, "East": 0.3, "West": 0.25, "Centre": 0.15}
DEPARTMENTS = {"GROCERY": 0.6, "PRODUCE": 0.3, "MEAT": 0.2, "DRUG": 0.15, "DELI": 0.1, "PASTRY": 0.06}

Values = dict[tuple[str, str, str], list[int]]


def busy(hour: int) -> float:
    """How busy an hour is: quiet nights, lively weekends."""
    of_day, of_week = hour % 24, hour // 24 % 7
    open_ = 0.15 + max(0.0, math.sin(math.pi * (of_day - 6) / 17)) if of_day >= 6 else 0.08
    return open_ * (1.25 if of_week >= 5 else 1.0)


def shop(rng: random.Random, hours: int) -> Iterator[dict[str, Any]]:
    """Hour by hour."""
    for hour in range(hours):
        found: Values = {}
        _orders(rng, found, busy(hour))
        _web(rng, found, busy(hour))
        for category in ("delivery", "quality", "invoice"):
            opened = negative_binomial(rng, 3 * busy(hour), 0.1)
            _add(found, "tickets", "", "", opened)
            _add(found, "tickets", "category", category, opened)
        if hour % 24 == 9:
            sent = negative_binomial(rng, 20, 0.3)
            _add(found, "contacts", "", "", sent)
            _add(found, "responses", "", "", _of(rng, sent, 0.3), sent)
        yield told(hour, found)


def told(hour: int, found: Values) -> dict[str, Any]:
    """An hour's record; what is nothing is not told."""
    return partial(
        MONDAY + hour * HOUR, [[*at, num, den] for at, (num, den) in found.items() if num or den > 1]
    )


def _orders(rng: random.Random, found: Values, busy: float) -> None:
    for region, share in REGIONS.items():
        orders = negative_binomial(rng, 60 * busy * share, 0.03)
        money = sum(int(rng.lognormvariate(3.2, 0.7) * 10_000) for _ in range(orders))
        lines = sum(1 + int(rng.expovariate(0.25)) for _ in range(orders))
        brought = _of(rng, orders, 0.9)
        late = int(sum(rng.gauss(-2, 5) for _ in range(brought)) * HOUR)
        cancelled = _of(rng, orders, 0.02)
        for dimension, value in (("", ""), ("region", region)):
            _add(found, "orders", dimension, value, orders)
            _add(found, "revenue", dimension, value, money)
            _add(found, "order_value", dimension, value, money, orders)
            _add(found, "basket_size", dimension, value, lines, orders)
            _add(found, "delivery_delay", dimension, value, late, brought)
            _add(found, "cancellations", dimension, value, cancelled)
        for department, part in DEPARTMENTS.items():
            buying = _of(rng, orders, part)
            _add(found, "orders", "department", department, buying)
            _add(
                found, "revenue", "department", department, int(buying * 80_000 * rng.lognormvariate(0, 0.2))
            )


def _web(rng: random.Random, found: Values, busy: float) -> None:
    visits = negative_binomial(rng, 400 * busy, 0.03)
    started = visits // 5
    failed = _of(rng, started, 0.05)
    _add(found, "sessions", "", "", visits)
    _add(found, "conversion", "", "", started - failed, visits)
    _add(found, "checkout_failures", "", "", failed, started)
    _add(found, "checkouts_failed", "", "", failed)


def _of(rng: random.Random, count: int, share: float) -> int:
    return sum(rng.random() < share for _ in range(count))


def _add(  # noqa: PLR0917 - a line of a record
    found: Values, measure: str, dimension: str, value: str, num: int, den: int | None = None
) -> None:
    if den == 0 or (den is None and not num):
        return
    each = found.setdefault((measure, dimension, value), [0, 0 if den else 1])
    each[0] += num
    each[1] += den or 0
