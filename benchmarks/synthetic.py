"""A made-up shop of any size: seeded journeys of customers who look, order, wait, ask and are answered.

The same seed and size give the same bytes. Every customer makes at least one journey, so that a run with N
customers leaves N rows. Times lie within three weeks: nothing is old enough to be forgotten, which is the
worst case for memory.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from streams.sources.record import Record
from streams.sources.strand import cloud_event

SOURCE = "bench-shop"
BEGIN = 1_704_067_200_000  # 2024-01-01
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SPAN = 21 * DAY
DEPARTMENTS = ("produce", "grocery", "dairy", "meat", "bakery", "drinks")
CARRIERS = ("northline", "blue-van", "kestrel", "harbour")
PRIORITIES = ("low", "normal", "normal", "high", "urgent")
LATE = 1 / 300
ASKS = 1 / 25
WORDS = "My parcel has not arrived yet, and I would like to know where it is. " * 2

Planned = tuple[int, str, str, str, str, dict[str, Any]]
"""Event time, topic, type, id, key, data."""


@dataclass(frozen=True)
class Synthetic:
    """A shop.

    Attributes:
        customers: how many; each has a row in the end.
        journeys: how many visits that end in an order; at least as many as customers.
        seed: of all chance.
    """

    customers: int
    journeys: int
    seed: int = 7

    def records(self) -> Iterator[Record]:
        """Everything that happens, by event time."""
        chance = random.Random(self.seed)
        planned: list[Planned] = []
        for number in range(self.journeys):
            customer = number if number < self.customers else chance.randrange(self.customers)
            planned += _journey(chance, number, f"c-{customer}")
        planned.sort(key=lambda each: (each[0], each[3]))
        for at, topic, kind, identity, key, data in planned:
            value = cloud_event(f"tocsin.{kind}.v1", identity, SOURCE, _stamp(at), data, synthetic=True)
            yield Record(topic, key.encode(), value, at)


def _journey(chance: random.Random, number: int, customer: str) -> list[Planned]:
    """Perhaps some views, an order with its delivery, perhaps a ticket."""
    order = f"o-{number}"
    placed = BEGIN + int(chance.random() * SPAN) // 1000 * 1000
    shipped = placed + chance.randint(1, 5) * HOUR
    promised = shipped + 2 * DAY
    late = chance.random() < LATE
    delivered = promised + (chance.randint(1, 30) if late else -chance.randint(1, 40)) * HOUR
    carrier = chance.choice(CARRIERS)
    lines = [_line(chance) for _ in range(chance.randint(1, 12))]
    owner = {"customer_id": customer}
    about = {"order_id": order, **owner}
    plan: list[Planned] = [
        (
            placed - (n + 1) * MINUTE,
            "web-events",
            "web.product_viewed",
            f"view-{number}-{n}",
            customer,
            {"session_id": f"s-{number}", **owner, "product_id": lines[0]["product_id"]},
        )
        for n in range(chance.choice((0, 0, 1, 2)))
    ]
    bought = {
        **about,
        "currency": "EUR",
        "total": f"{sum(float(line['amount']) for line in lines):.2f}",
        "lines": lines,
        "promised": _stamp(promised),
        "region": f"r-{number % 12}",
        "channel": "web",
    }
    moved = {**about, "carrier": carrier, "route": f"route-{number % 6}", "promised": _stamp(promised)}
    plan += [
        (placed, "orders", "order.placed", f"placed-{number}", customer, bought),
        (shipped, "orders", "order.shipped", f"shipped-{number}", customer, moved),
        (delivered, "orders", "order.delivered", f"delivered-{number}", customer, about),
    ]
    if chance.random() < ASKS:
        plan += _ticket(chance, number, customer, order, placed + DAY)
    return plan


def _ticket(chance: random.Random, number: int, customer: str, order: str, at: int) -> list[Planned]:
    ticket = {"ticket_id": f"t-{number}", "customer_id": customer}
    asked = {**ticket, "category": "delivery", "priority": chance.choice(PRIORITIES), "text": WORDS}
    answered = at + chance.randint(5, 300) * MINUTE
    done = answered + chance.randint(1, 20) * HOUR
    return [
        (at, "tickets", "ticket.opened", f"opened-{number}", customer, {**asked, "order_id": order}),
        (answered, "tickets", "ticket.replied", f"answered-{number}", customer, {**ticket, "by": "agent"}),
        (done, "tickets", "ticket.resolved", f"resolved-{number}", customer, {**ticket, "satisfaction": 4}),
    ]


def _line(chance: random.Random) -> dict[str, Any]:
    return {
        "product_id": f"p-{chance.randrange(5000)}",
        "department": chance.choice(DEPARTMENTS),
        "quantity": str(chance.randint(1, 4)),
        "amount": f"{chance.randint(50, 2500) / 100:.2f}",
    }


def _stamp(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat()
