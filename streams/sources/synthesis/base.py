"""What every generated strand shares: its source's name, and the columns of the orders it is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from streams.sources import complete_journey as journey
from streams.sources.chance import Floats, Ints
from streams.sources.orders import Orders
from streams.sources.record import Record
from streams.sources.strand import Strand, cloud_event, stamps

SOURCE = "tocsin-synthesis"
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


Payload = Callable[[int, int], dict[str, object]]


@dataclass(frozen=True)
class Names:
    """The strings that generated events repeat, one per order."""

    orders: list[str]
    customers: list[str]
    regions: list[str]

    @classmethod
    def of(cls, orders: Orders) -> Names:
        """Taken from the columns once."""
        regions = [f"store-{store}" for store in journey.texts(orders.stores)]
        return cls(journey.texts(orders.ids), journey.texts(orders.customers), regions)


def generated(
    kind: str,
    *,
    rows: Ints,
    times: Ints,
    names: Names,
    data: Payload,
) -> Strand:
    """A strand of events on topic `orders`, marked `synthetic`, one per chosen order.

    Args:
        kind: such as "order.shipped"; type and id of the events follow from it.
        rows: the orders' rows.
        times: event time of each, ms.
        names: ids as text.
        data: the payload beside the customer's id, from (position in `rows`, row of the order).
    """
    at, moments, chosen = stamps(times), times.tolist(), rows.tolist()
    event_type, prefix = f"tocsin.{kind}.v1", kind.replace(".", "-")
    orders, customers = names.orders, names.customers

    def build(place: int) -> Record:
        row = chosen[place]
        payload: dict[str, object] = {"customer_id": customers[row], **data(place, row)}
        value = cloud_event(event_type, f"{prefix}-{orders[row]}", SOURCE, at[place], payload, synthetic=True)
        return Record("orders", customers[row].encode(), value, moments[place])

    return Strand(kind, "orders", times, build)


def seconds(times: Ints, plus_ms: Floats | float) -> Ints:
    """Moments later by a span, cut to whole seconds as the events write them."""
    later: Ints = (times + np.asarray(plus_ms)).astype(np.int64)
    return later // 1000 * 1000
