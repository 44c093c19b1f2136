"""GENERATED events around real orders, all marked `synthetic: true`. Each file begins with its rule.

Each number that a rule needs is drawn from the order's id (`streams.sources.chance`), so any cut of the
orders generates the same events. docs/demo.md tells the rules and the incidents to people.
"""

from __future__ import annotations

from streams.sources.orders import Orders
from streams.sources.strand import Strand
from streams.sources.synthesis import (
    browsing,
    checkouts,
    correspondence,
    delivery,
    shortages,
    tickets,
)
from streams.sources.synthesis.base import DAY, Names

# How long after an order its last generated event can come, and how long before it its first.
LONGEST_AFTER = 32 * DAY
LONGEST_BEFORE = DAY


def strands(orders: Orders) -> list[Strand]:
    """All that is generated around these orders."""
    names = Names.of(orders)
    deliveries = delivery.plan(orders)
    complaints = tickets.plan(orders, deliveries)
    visits = browsing.plan(orders)
    return [
        *browsing.strands(orders, visits, names),
        *checkouts.strands(orders, visits, names),
        *delivery.strands(orders, deliveries, names),
        *shortages.strands(orders, names),
        *correspondence.strands(orders, complaints, names),
    ]
