"""A whole event of every type, built from the example that its data model carries.

The published contracts, the conformance suite and the benchmark all show the same ones.
"""

from __future__ import annotations

from typing import Any

from schemas.envelope import Event

_TIME = "2026-01-05T10:00:00Z"


def examples(event: type[Event]) -> tuple[dict[str, Any], ...]:
    """Events of one type as JSON objects, at least one.

    Raises:
        LookupError: the data model has none in its `model_config`.

    >>> from schemas.events.orders import OrderDelivered
    >>> examples(OrderDelivered)[0]["data"]
    {'order_id': 'o-81723', 'customer_id': 'c-1904'}
    """
    model = event.model_fields["data"].annotation
    extra = getattr(model, "model_config", {}).get("json_schema_extra")
    found = extra.get("examples") if isinstance(extra, dict) else None
    if not isinstance(found, list) or not found:
        raise LookupError(f"{event.__name__}: its data model needs an example in json_schema_extra")
    name = event.type_name()
    return tuple(
        {
            "specversion": "1.0",
            "id": f"{event.kind}-{number}",
            "source": "shop/backend",
            "type": name,
            "time": _TIME,
            "datacontenttype": "application/json",
            "data": data,
        }
        for number, data in enumerate(found, start=1)
    )
