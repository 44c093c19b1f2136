"""A shop whose baskets follow a known law, as events: one day two products begin to go together."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import NamedTuple

from support.buyers import DAY, event

MONDAY = int(datetime(2024, 3, 4, tzinfo=UTC).timestamp()) * 1000
SHELVES = {
    "tea": "drinks", "juice": "drinks", "milk": "dairy", "butter": "dairy", "bread": "bakery",
    "rolls": "bakery", "apples": "fruit", "pears": "fruit", "soap": "home", "candles": "home",
}  # fmt: skip
TOGETHER = ("butter", "candles")


class Basket(NamedTuple):
    """An order: when, ms; where; of what."""

    time: int
    ident: str
    region: str
    products: tuple[str, ...]


def baskets(days: int, seed: int, *, a_day: int = 40, together_from: int | None = None) -> list[Basket]:
    """Orders of so many days, by time.

    Args:
        days: how many, from a Monday on.
        seed: of the chances.
        a_day: orders on an average day; more at the end of a week and in the afternoon.
        together_from: the day from which on half of those who buy the first of `TOGETHER` buy the second.
    """
    coin = random.Random(seed)
    found = []
    for day in range(days):
        busy = 1.5 if day % 7 >= 5 else 0.8
        for _ in range(max(1, round(coin.gauss(a_day * busy, a_day**0.5)))):
            hour = min(23.99, max(0.0, coin.gauss(15, 3)))
            time = MONDAY + day * DAY + int(hour * 3_600_000)
            chosen = {product for product in SHELVES if coin.random() < 0.2} or {coin.choice([*SHELVES])}
            if (
                together_from is not None
                and day >= together_from
                and TOGETHER[0] in chosen
                and coin.random() < 0.5
            ):
                chosen.add(TOGETHER[1])
            region = coin.choice(("East", "West"))
            found.append(Basket(time, "", region, tuple(sorted(chosen))))
    return [each._replace(ident=f"o-{n}") for n, each in enumerate(sorted(found))]


def lines(orders: list[Basket]) -> list[bytes]:
    """The events, one JSON object each."""
    return [_placed(each) for each in orders]


def _placed(order: Basket) -> bytes:
    return event(
        "order.placed",
        order.time,
        f"e-{order.ident}",
        order_id=order.ident,
        customer_id=f"c-{int(order.ident[2:]) % 97}",
        currency="EUR",
        total=f"{len(order.products)}.50",
        region=order.region,
        lines=[
            {"product_id": product, "department": SHELVES[product], "quantity": "1", "amount": "1.00"}
            for product in order.products
        ],
    )
