"""Real baskets as `tocsin.order.placed.v1`.

Rules for what the source leaves open:

* Quantity 0 and amount 0 (coupons, free items): no line; a coupon's value still lowers the order's total.
* Quantity 0 and an amount above 0: one piece was bought, its count is missing; quantity 1.
* A basket without any line left is no order.
* `total` is what the customer pays: the lines' amounts less manufacturers' coupons, never below 0.
* Fuel is counted by the source in thousandths of a gallon, and is passed on as it is.

How often each rule was used is in `Orders.notes`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from streams.sources import complete_journey as journey
from streams.sources.chance import Ints
from streams.sources.record import Record
from streams.sources.strand import ALL_TIME, Strand, Window, cloud_event, stamps

CURRENCY = "USD"
PLACED = "tocsin.order.placed.v1"


@dataclass(frozen=True)
class Orders:
    """Baskets in columns, in order of (time, id); lines of basket n are rows first[n] to first[n + 1].

    Attributes:
        ids: basket ids.
        at: when they were placed, ms since 1970 UTC.
        customers: household ids.
        stores: store ids.
        totals: what the customer pays, cents.
        first: row of each basket's first line, and the end.
        products: of each line.
        quantities: of each line, above 0.
        cents: of each line.
        departments: of each line, None where the source does not know it.
        notes: how often each reading rule was used.
    """

    ids: Ints
    at: Ints
    customers: Ints
    stores: Ints
    totals: Ints
    first: Ints
    products: Ints
    quantities: Ints
    cents: Ints
    departments: list[str | None]
    notes: dict[str, int]

    def __len__(self) -> int:
        return len(self.ids)


def read(window: Window = ALL_TIME) -> Orders:
    """The orders placed inside a window.

    Raises:
        Permanent: the data is not installed.
    """
    return from_lines(journey.transactions(window))


def from_lines(lines: pd.DataFrame) -> Orders:
    """Apply the reading rules to basket lines that are sorted by time and basket."""
    nothing = (lines["quantity"] <= 0) & (lines["cents"] <= 0)
    uncounted = (lines["quantity"] <= 0) & ~nothing
    coupons = lines.groupby("basket_id")["coupon_cents"].sum()
    kept = lines.loc[~nothing]
    baskets = kept["basket_id"].to_numpy()
    first = np.flatnonzero(np.r_[True, baskets[1:] != baskets[:-1]]) if len(kept) else np.empty(0, np.int64)
    heads = kept.iloc[first]
    paid = np.add.reduceat(kept["cents"].to_numpy(), first) if len(kept) else np.empty(0, np.int64)
    totals = paid - coupons.reindex(heads["basket_id"]).to_numpy()
    departments = kept["department"].astype(object)
    return Orders(
        ids=heads["basket_id"].to_numpy(),
        at=heads["at"].to_numpy(),
        customers=heads["household_id"].to_numpy(),
        stores=heads["store_id"].to_numpy(),
        totals=np.maximum(totals, 0).astype(np.int64),
        first=np.r_[first, len(kept)].astype(np.int64),
        products=kept["product_id"].to_numpy(),
        quantities=np.maximum(kept["quantity"].to_numpy(), 1),
        cents=kept["cents"].to_numpy(),
        departments=departments.where(departments.notna(), None).tolist(),
        notes={
            "lines_without_quantity_and_amount": int(nothing.sum()),
            "lines_counted_as_one_piece": int(uncounted.sum()),
            "baskets_without_lines": int(lines["basket_id"].nunique() - len(first)),
            "totals_raised_to_zero": int((totals < 0).sum()),
        },
    )


def placed(orders: Orders) -> Strand:
    """The orders as events; they are the source's own, so `synthetic` is false."""
    ids, customers, times = journey.texts(orders.ids), journey.texts(orders.customers), stamps(orders.at)
    regions = [f"store-{store}" for store in journey.texts(orders.stores)]
    totals, amounts = journey.dollars(orders.totals), journey.dollars(orders.cents)
    products, quantities = journey.texts(orders.products), journey.texts(orders.quantities)
    departments, first, at = orders.departments, orders.first.tolist(), orders.at.tolist()

    def build(row: int) -> Record:
        span = slice(first[row], first[row + 1])
        lines = [
            {"product_id": product, "department": department, "quantity": quantity, "amount": amount}
            if department
            else {"product_id": product, "quantity": quantity, "amount": amount}
            for product, department, quantity, amount in zip(
                products[span], departments[span], quantities[span], amounts[span], strict=True
            )
        ]
        data: dict[str, object] = {
            "order_id": ids[row],
            "customer_id": customers[row],
            "currency": CURRENCY,
            "total": totals[row],
            "lines": lines,
            "region": regions[row],
            "channel": "store",
        }
        value = cloud_event(PLACED, f"placed-{ids[row]}", journey.SOURCE, times[row], data, synthetic=False)
        return Record("orders", customers[row].encode(), value, at[row])

    return Strand("order.placed", "orders", orders.at, build)
