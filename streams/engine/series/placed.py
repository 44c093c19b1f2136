"""What a placed order adds: it is counted, and its lines and its money are, in every place that it names."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.measure import MONEY
from streams.engine.series.bucket import Slices, Sums
from streams.engine.series.components import LINES, ORDERS, PRICED, REVENUE
from streams.engine.series.plan import Plan
from streams.engine.series.threads import route

MOST = 10**15
"""The largest amount, in 1/10000: no order is worth 100 billion, and sums must stay within 64 bits."""

_PARTS = Decimal(MONEY)


def departments(data: Any) -> dict[str, Decimal]:
    """What an order pays in each department."""
    found: dict[str, Decimal] = {}
    for line in data.lines:
        department = line["department"]
        if department in found:
            found[department] += line["amount"]
        elif department:
            found[department] = line["amount"]
    return found


def add(
    plan: Plan, sums: Sums, table: Mapping[str, Slices], data: Any, by_department: Mapping[str, Decimal]
) -> None:
    """Add an order to what is not cut, and to what is.

    Money of another currency than the shop's is no part of its revenue: it is a slice of its own.
    """
    lines, paid = len(data.lines), min(int(data.total * _PARTS), MOST)
    own = data.currency == plan.options.currency
    revenue, priced = (paid, 1) if own else (0, 0)
    sums[ORDERS] += 1
    sums[LINES] += lines
    sums[REVENUE] += revenue
    sums[PRICED] += priced
    for dimension in plan.of_order:
        value = getattr(data, dimension)
        if value:
            if dimension == "route":
                value = route(data.carrier, value)
            slice_ = table[dimension][value]
            slice_[ORDERS] += 1
            slice_[LINES] += lines
            slice_[REVENUE] += revenue
            slice_[PRICED] += priced
    if plan.abroad and not own:
        slice_ = table["currency"][data.currency]
        slice_[REVENUE] += paid
        slice_[PRICED] += 1
    if plan.by_department:
        slices = table["department"]
        for department, amount in by_department.items():
            slice_ = slices[department]
            slice_[ORDERS] += 1
            if own:
                slice_[REVENUE] += min(int(amount * _PARTS), MOST)
