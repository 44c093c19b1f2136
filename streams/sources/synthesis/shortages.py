"""Generated shortages: products found missing while an order is picked, 5 to 15 minutes after it was placed.

One order in 500 misses one of its products, by chance. In a stock-out every order with the product misses it.
Half of the missing products are substituted.
"""

from __future__ import annotations

import numpy as np

from streams.sources import complete_journey as journey
from streams.sources.chance import Ints, between, draw
from streams.sources.orders import Orders
from streams.sources.strand import Strand
from streams.sources.synthesis.base import MINUTE, Names, generated, seconds
from streams.sources.synthesis.incidents import of_kind

SHARE = 1 / 500
SUBSTITUTED = 0.5


def strands(orders: Orders, names: Names) -> list[Strand]:
    """`order.out_of_stock`, at most one per order."""
    missing = missing_lines(orders)
    rows = np.flatnonzero(missing >= 0)
    lines = missing[rows]
    ids = orders.ids[rows]
    times = seconds(orders.at[rows], between(ids, "picked", 5 * MINUTE, 15 * MINUTE))
    products = journey.texts(orders.products[lines])
    departments = [orders.departments[line] for line in lines.tolist()]
    substituted = (draw(ids, "substituted") < SUBSTITUTED).tolist()

    def out_of_stock(place: int, row: int) -> dict[str, object]:
        data: dict[str, object] = {
            "order_id": names.orders[row],
            "product_id": products[place],
            "region": names.regions[row],
            "substituted": substituted[place],
        }
        if departments[place]:
            data["department"] = departments[place]
        return data

    return [generated("order.out_of_stock", rows=rows, times=times, names=names, data=out_of_stock)]


def missing_lines(orders: Orders) -> Ints:
    """The row of the line that each order misses, -1 where none."""
    sizes = np.diff(orders.first)
    unlucky = draw(orders.ids, "shortage") < SHARE
    chosen = orders.first[:-1] + (draw(orders.ids, "short line") * sizes).astype(np.int64)
    missing = np.where(unlucky, chosen, -1)
    owner = np.repeat(np.arange(len(orders), dtype=np.int64), sizes)
    for outage in of_kind("stock_out"):
        lines = np.flatnonzero(orders.products == int(outage.of("product")))
        at = orders.at[owner[lines]]
        lines = lines[(at >= outage.window.start) & (at < outage.window.end)]
        missing[owner[lines]] = lines
    return missing
