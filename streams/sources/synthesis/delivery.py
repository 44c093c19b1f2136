"""Generated deliveries: what was promised, who carries it, when it came.

For each real order: shipped 20 to 120 minutes after it was placed, with a carrier (by order), a route (by
store) and a promise of two days, rounded up to the hour; delivered 4 to 40 hours after shipping, which is
within the promise. One order in 3,000 comes 1 to 30 hours after its promise. In a carrier's strike every
order that is placed for its carrier and route comes 4 to 40 hours after its promise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streams.sources.chance import Ints, between, draw, pick
from streams.sources.orders import Orders
from streams.sources.strand import Strand, stamps
from streams.sources.synthesis.base import DAY, HOUR, MINUTE, Names, generated, seconds
from streams.sources.synthesis.incidents import of_kind

CARRIERS = ("northline", "blue-van", "kestrel", "harbour")
ROUTES = ("north", "east", "south", "west", "centre", "coast")
PROMISE = 2 * DAY
LATE_SHARE = 1 / 3000


@dataclass(frozen=True)
class Delivery:
    """One column entry per order.

    Attributes:
        carrier: index into CARRIERS.
        route: index into ROUTES.
        shipped: ms.
        promised: ms.
        delivered: ms.
        late: whether it came after the promise.
    """

    carrier: Ints
    route: Ints
    shipped: Ints
    promised: Ints
    delivered: Ints
    late: npt.NDArray[np.bool_]


def plan(orders: Orders) -> Delivery:
    """When each order goes and comes."""
    ids = orders.ids
    carrier = pick(ids, "carrier", (1.0,) * len(CARRIERS))
    route = pick(orders.stores, "route", (1.0,) * len(ROUTES))
    shipped = seconds(orders.at, between(ids, "shipped", 20 * MINUTE, 120 * MINUTE))
    promised = -(-(orders.at + PROMISE) // HOUR) * HOUR
    in_time = seconds(shipped, between(ids, "delivered", 4 * HOUR, 40 * HOUR))
    struck = np.zeros(len(ids), dtype=np.bool_)
    for strike in of_kind("carrier_strike"):
        struck |= (
            (carrier == CARRIERS.index(strike.of("carrier")))
            & (route == ROUTES.index(strike.of("route")))
            & (orders.at >= strike.window.start)
            & (orders.at < strike.window.end)
        )
    unlucky = draw(ids, "late") < LATE_SHARE
    delivered = np.where(unlucky, seconds(promised, between(ids, "late by", HOUR, 30 * HOUR)), in_time)
    delivered = np.where(struck, seconds(promised, between(ids, "struck by", 4 * HOUR, 40 * HOUR)), delivered)
    return Delivery(carrier, route, shipped, promised, delivered, struck | unlucky)


def strands(orders: Orders, delivery: Delivery, names: Names) -> list[Strand]:
    """`order.shipped` with the promise, `order.delivered`."""
    rows = np.arange(len(orders), dtype=np.int64)
    carriers = [CARRIERS[n] for n in delivery.carrier.tolist()]
    routes = [ROUTES[n] for n in delivery.route.tolist()]
    promises = stamps(delivery.promised)

    def shipped(_place: int, row: int) -> dict[str, object]:
        return {
            "order_id": names.orders[row],
            "carrier": carriers[row],
            "route": routes[row],
            "promised": promises[row],
        }

    def delivered(_place: int, row: int) -> dict[str, object]:
        return {"order_id": names.orders[row]}

    return [
        generated("order.shipped", rows=rows, times=delivery.shipped, names=names, data=shipped),
        generated("order.delivered", rows=rows, times=delivery.delivered, names=names, data=delivered),
    ]
