"""What a placed order adds: it is counted, and its lines and its money are, in every place that it names."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.measure import MONEY
from streams.engine.series.bucket import Columns, Totals
from streams.engine.series.plan import Plan
from streams.engine.series.threads import route

MOST = 10**15
"""The largest amount, in 1/10000: no order is worth 100 billion, and sums must stay within 64 bits."""

_NOTHING, _PARTS = Decimal(0), Decimal(MONEY)


def departments(data: Any) -> dict[str, Decimal]:
    """What an order pays in each department."""
    found: dict[str, Decimal] = {}
    for line in data.lines:
        department = line["department"]
        if department:
            found[department] = found.get(department, _NOTHING) + line["amount"]
    return found


def add(plan: Plan, sums: Totals, slices: Columns, data: Any, by_department: Mapping[str, Decimal]) -> None:
    """Add an order to what is not cut, and to what is.

    Money of another currency than the shop's is no part of its revenue: it is a slice of its own.
    """
    amounts = (1, len(data.lines), min(int(data.total * _PARTS), MOST), 1)
    own = data.currency == plan.options.currency
    adds = plan.adds["placed" if own else "elsewhere"]
    for column, place in adds.whole:
        sums[column] += amounts[place]
    for dimension, columns in adds.cut:
        value = getattr(data, dimension)
        if value:
            value = route(data.carrier, value) if dimension == "route" else value
            for column, place in columns:
                slices[column][value] += amounts[place]
    if not own:
        for column, place in plan.abroad:
            slices[column][data.currency] += amounts[place]
    orders, revenue = plan.by_department
    for department in by_department if orders else ():
        slices[orders][department] += 1
    for department, amount in by_department.items() if revenue and own else ():
        slices[revenue][department] += min(int(amount * _PARTS), MOST)
