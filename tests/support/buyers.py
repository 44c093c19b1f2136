"""Small shops of known laws, as files of orders: what is there to be learnt in them is known beforehand."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import orjson

DAY = 86_400_000
START = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp()) * 1000


class Order(NamedTuple):
    """An order: when it was placed, ms, by whom, and what it came to."""

    time: int
    customer: str
    ident: str
    total: float


def shop(customers: int, days: int, seed: int) -> list[Order]:
    """Buyers who each have a pace of their own (gamma), and may leave after any order (beta)."""
    coin = random.Random(seed)
    found = []
    for number in range(customers):
        pace, leaves = coin.gammavariate(1.5, 0.06), coin.betavariate(1.0, 8.0)
        usual = coin.uniform(8.0, 80.0)
        time = coin.uniform(0.0, days / 2)
        while time < days:
            found.append(_order(f"c{number:03d}", time, round(usual * coin.uniform(0.5, 2.0), 2)))
            if coin.random() < leaves:
                break
            time += coin.expovariate(pace)
    return sorted(found)


def memoryless(customers: int, days: int, seed: int, every: float) -> list[Order]:
    """Everybody orders every `every` days on average, whatever was before: nothing can be foretold."""
    coin = random.Random(seed)
    found = []
    for number in range(customers):
        time = coin.random()
        while time < days:
            found.append(_order(f"c{number:03d}", time, 20.0))
            time += coin.expovariate(1 / every)
    return sorted(found)


def _order(customer: str, day: float, total: float) -> Order:
    time = START + round(day * DAY)
    return Order(time, customer, f"{customer}-{time}", total)


def lines(orders: Iterable[Order]) -> list[bytes]:
    """The events of orders, one JSON object each."""
    return [event("order.placed", each.time, f"e-{each.ident}", **_data(each)) for each in orders]


def event(kind: str, time: int, ident: str, **data: object) -> bytes:
    """A CloudEvent; `kind` as in `order.placed`, `time` in ms."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": ident,
            "source": "shop",
            "type": f"tocsin.{kind}.v1",
            "time": moment(time).isoformat(),
            "data": data,
        }
    )


def moment(time: int) -> datetime:
    """A time in ms as UTC."""
    return datetime.fromtimestamp(time / 1000, UTC)


def _data(order: Order) -> dict[str, object]:
    return {
        "order_id": order.ident,
        "customer_id": order.customer,
        "currency": "EUR",
        "total": order.total,
        "lines": [{"product_id": "p", "quantity": "1", "amount": order.total}],
    }
