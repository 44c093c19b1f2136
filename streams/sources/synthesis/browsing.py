"""Generated visits: before one order in eight, one to three of its products were looked at on the web.

5 to 60 minutes before the order, a minute apart, in one session. In one session of five nobody was signed in:
the customer is missing and the session is the key.
"""

from __future__ import annotations

import numpy as np

from streams.sources import complete_journey as journey
from streams.sources.chance import between, draw, pick
from streams.sources.orders import Orders
from streams.sources.record import Record
from streams.sources.strand import Strand, cloud_event, stamps
from streams.sources.synthesis.base import MINUTE, SOURCE, Names, seconds

SHARE = 1 / 8
ANONYMOUS = 1 / 5
VIEWED = "tocsin.web.product_viewed.v1"


def strands(orders: Orders, names: Names) -> list[Strand]:
    """`web.product_viewed`."""
    visited = np.flatnonzero(draw(orders.ids, "visit") < SHARE)
    sizes = np.diff(orders.first)[visited]
    views = np.minimum(1 + pick(orders.ids[visited], "views", (3.0, 2.0, 1.0)), sizes)
    place = np.repeat(np.arange(len(visited), dtype=np.int64), views)
    nth = np.arange(len(place), dtype=np.int64) - np.repeat(np.cumsum(views) - views, views)
    rows = visited[place]
    lines = orders.first[rows] + nth
    before = between(orders.ids[rows], "visited", 5 * MINUTE, 60 * MINUTE)
    times = seconds(orders.at[rows], nth * float(MINUTE) - before)
    signed_in = (draw(orders.ids[rows], "anonymous") >= ANONYMOUS).tolist()
    products, departments = journey.texts(orders.products[lines]), orders.departments
    owners, numbers, at, moments = rows.tolist(), nth.tolist(), stamps(times), times.tolist()
    of_line = lines.tolist()

    def build(place: int) -> Record:
        row = owners[place]
        session = f"visit-{names.orders[row]}"
        data: dict[str, object] = {"session_id": session, "product_id": products[place]}
        if department := departments[of_line[place]]:
            data["department"] = department
        key = session
        if signed_in[place]:
            data["customer_id"] = key = names.customers[row]
        value = cloud_event(VIEWED, f"{session}-{numbers[place]}", SOURCE, at[place], data, synthetic=True)
        return Record("web-events", key.encode(), value, moments[place])

    return [Strand("web.product_viewed", "web-events", times, build)]
