"""Generated visits: before one order in eight, one or two of its products were looked at on the web.

5 to 60 minutes before the order, a minute apart, in one session. In one session of five nobody was signed in:
the customer is missing and the session is the key.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streams.sources import complete_journey as journey
from streams.sources.chance import Ints, between, draw, pick
from streams.sources.orders import Orders
from streams.sources.record import Record
from streams.sources.strand import Strand, cloud_event, stamps
from streams.sources.synthesis.base import MINUTE, SOURCE, Names, Payload, seconds

SHARE = 1 / 8
ANONYMOUS = 1 / 5
VIEWS = (4.0, 1.0)


@dataclass(frozen=True)
class Visits:
    """Which orders were visits before.

    Attributes:
        rows: the orders' rows.
        signed_in: by order, whether the visitor's customer is known; all orders, not only the visited.
    """

    rows: Ints
    signed_in: list[bool]


def plan(orders: Orders) -> Visits:
    """Who came by the web."""
    rows = np.flatnonzero(draw(orders.ids, "visit") < SHARE)
    return Visits(rows, (draw(orders.ids, "anonymous") >= ANONYMOUS).tolist())


def strands(orders: Orders, visits: Visits, names: Names) -> list[Strand]:
    """`web.product_viewed`."""
    visited = visits.rows
    sizes = np.diff(orders.first)[visited]
    views = np.minimum(1 + pick(orders.ids[visited], "views", VIEWS), sizes)
    place = np.repeat(np.arange(len(visited), dtype=np.int64), views)
    nth = np.arange(len(place), dtype=np.int64) - np.repeat(np.cumsum(views) - views, views)
    rows = visited[place]
    lines = orders.first[rows] + nth
    before = between(orders.ids[rows], "visited", 5 * MINUTE, 60 * MINUTE)
    times = seconds(orders.at[rows], nth * float(MINUTE) - before)
    products, departments = journey.texts(orders.products[lines]), orders.departments
    numbers, of_line = nth.tolist(), lines.tolist()

    def viewed(place: int, _row: int) -> dict[str, object]:
        data: dict[str, object] = {"product_id": products[place]}
        if department := departments[of_line[place]]:
            data["department"] = department
        return data

    return [web("web.product_viewed", "", rows, times, numbers, visits=visits, names=names, data=viewed)]


def web(
    kind: str,
    step: str,
    rows: Ints,
    times: Ints,
    numbers: list[int],
    *,
    visits: Visits,
    names: Names,
    data: Payload,
) -> Strand:
    """A strand of events on topic `web-events`, in the sessions of visits.

    Args:
        kind: such as "web.product_viewed".
        step: begins the events' ids where a session has several kinds of them.
        rows: the orders' rows; one may come several times.
        times: event time of each, ms.
        numbers: which of its kind in its session each is, from 0.
        visits: who is signed in.
        names: ids as text.
        data: the payload beside session and customer, from (position in `rows`, row of the order).
    """
    at, moments, chosen = stamps(times), times.tolist(), rows.tolist()
    event_type, signed_in = f"tocsin.{kind}.v1", visits.signed_in

    def build(place: int) -> Record:
        row = chosen[place]
        session = key = f"visit-{names.orders[row]}"
        payload: dict[str, object] = {"session_id": session, **data(place, row)}
        if signed_in[row]:
            payload["customer_id"] = key = names.customers[row]
        identity = f"{step}{session}-{numbers[place]}"
        value = cloud_event(event_type, identity, SOURCE, at[place], payload, synthetic=True)
        return Record("web-events", key.encode(), value, moments[place])

    return Strand(kind, "web-events", times, build)
