"""Generated checkouts: three visits in four go to pay on the web before the order.

Begun 60 to 90 seconds before the order, and completed at its moment. The card of one in 25 is declined first:
begun 3 to 4 minutes before the order, failed half a minute later. In an outage none is completed: the visitor
tries once to three times, a minute apart, each try fails after half a minute, and the order is placed at the
till instead.
"""

from __future__ import annotations

import numpy as np

from streams.sources import complete_journey as journey
from streams.sources.chance import Ints, between, draw, pick
from streams.sources.orders import CURRENCY, Orders
from streams.sources.strand import Strand
from streams.sources.synthesis.base import MINUTE, Names, Payload, seconds
from streams.sources.synthesis.browsing import Visits, web
from streams.sources.synthesis.incidents import of_kind

SHARE = 3 / 4
DECLINED = 1 / 25
TRIES = (1.0, 2.0, 1.0)
PATIENCE = MINUTE / 2
CARD, OUTAGE = "card_declined", "payment_timeout"


def strands(orders: Orders, visits: Visits, names: Names) -> list[Strand]:
    """`web.checkout_started`, `web.checkout_failed`, `web.checkout_completed`."""
    rows = visits.rows[draw(orders.ids[visits.rows], "checkout") < SHARE]
    out = np.zeros(len(rows), dtype=np.bool_)
    for outage in of_kind("checkout_outage"):
        out |= (orders.at[rows] >= outage.window.start) & (orders.at[rows] < outage.window.end)
    paid, first = rows[~out], np.zeros(int((~out).sum()), np.int64)
    begun = seconds(orders.at[paid], -between(orders.ids[paid], "begun", MINUTE, 1.5 * MINUTE))
    declines = draw(orders.ids[paid], "declined") < DECLINED
    declined, none = paid[declines], first[declines]
    refused = seconds(orders.at[declined], -between(orders.ids[declined], "refused", 3 * MINUTE, 4 * MINUTE))
    vain, nth, tried = _in_vain(orders, rows[out])
    totals = journey.dollars(orders.totals)

    def started(_place: int, row: int) -> dict[str, object]:
        return {"currency": CURRENCY, "total": totals[row]}

    def failed(place: int, row: int) -> dict[str, object]:
        return {"reason": CARD if place < len(declined) else OUTAGE, **started(place, row)}

    def completed(place: int, row: int) -> dict[str, object]:
        return {"order_id": names.orders[row], **started(place, row)}

    def strand(step: str, of: Ints, times: Ints, numbers: Ints, data: Payload) -> Strand:
        kind = f"web.checkout_{step}"
        return web(kind, f"{step}-", of, times, numbers.tolist(), visits=visits, names=names, data=data)

    tries = np.r_[declined, paid, vain], np.r_[refused, begun, tried], np.r_[none, first + declines, nth]
    fails = np.r_[declined, vain], seconds(np.r_[refused, tried], PATIENCE), np.r_[none, nth]
    return [
        strand("started", *tries, started),
        strand("failed", *fails, failed),
        strand("completed", paid, orders.at[paid], first, completed),
    ]


def _in_vain(orders: Orders, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Row, number and moment of each try during an outage."""
    tries = 1 + pick(orders.ids[rows], "tries", TRIES)
    tried = np.repeat(rows, tries)
    nth = np.arange(len(tried), dtype=np.int64) - np.repeat(np.cumsum(tries) - tries, tries)
    left = np.repeat(tries, tries) - nth
    return tried, nth, orders.at[tried] - left * MINUTE
