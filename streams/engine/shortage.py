"""What the product stage must know of an out-of-stock event."""

from __future__ import annotations

from typing import Any

import orjson

from streams.engine.intake import Arrival
from streams.engine.records import Send

PARTIALS = "partials"


def report(arrival: Arrival) -> Send:
    """The record that tells of it, keyed by the product."""
    event = arrival.event
    data: Any = event.data
    value = {
        "eff": arrival.eff,
        "event": f"{event.source}/{event.id}",
        "order": data.order_id,
        "department": data.department,
        "region": data.region,
        "synthetic": event.synthetic,
    }
    return Send(PARTIALS, None, data.product_id.encode(), orjson.dumps(value))
