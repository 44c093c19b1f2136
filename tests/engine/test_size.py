"""One customer who does everything a hundred thousand times does not stop a worker."""

from __future__ import annotations

import orjson
from engine.stages import HOUR, T0, customer_partition

from streams.engine.customer_row import MOST_BYTES

EVENTS, STEP = 100_000, 5_000
WHO = "c" * 128


def _event(number: int) -> tuple[str, bytes]:
    """Views, replies and placed orders, with ids as long as they may be."""
    common = {"specversion": "1.0", "source": "s" * 256, "id": f"{number:0128d}", "time": _time(number)}
    match number % 10:
        case 0:
            data = {
                "customer_id": WHO,
                "order_id": f"{number % 5_000:0128d}",
                "currency": "EUR",
                "total": "1.10",
                "lines": [{"product_id": "p", "quantity": "1", "amount": "1.10"}],
            }
            return "orders", orjson.dumps(common | {"type": "tocsin.order.placed.v1", "data": data})
        case 1:
            ticket = {"customer_id": WHO, "ticket_id": f"{number % 3_000:0128d}"}
            data = ticket | {"by": "customer", "text": "\U0001f514" * 300}
            return "tickets", orjson.dumps(common | {"type": "tocsin.ticket.replied.v1", "data": data})
        case _:
            data = {"customer_id": WHO, "session_id": "s" * 128}
            return "web-events", orjson.dumps(common | {"type": "tocsin.web.page_viewed.v1", "data": data})


def _time(number: int) -> str:
    seconds = T0 // 1000 + number
    days, rest = divmod(seconds - 1_709_251_200, 86_400)
    return f"2024-03-{days + 1:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"


def test_a_hundred_thousand_events_of_one_customer_leave_a_row_that_fits_and_sums_that_are_right() -> None:
    partition = customer_partition()
    largest = 0
    for start in range(0, EVENTS, STEP):
        logs: dict[str, list[bytes]] = {}
        for topic, value in map(_event, range(start, start + STEP)):
            logs.setdefault(topic, []).append(value)
        for topic, values in logs.items():
            outcome = partition.feed(topic, *values)
            largest = max(largest, *(len(value or b"") for value in outcome.rows.values()))
    assert largest <= MOST_BYTES
    agg = partition.row(b"c/" + WHO.encode())["agg"]
    assert agg["counts"] == {"order.placed": 10_000, "ticket.replied": 10_000, "web.page_viewed": 80_000}
    assert agg["spend"] == {"EUR": "11000.00"}
    assert agg["last_seen"] - agg["first_seen"] == (EVENTS - 1) * 1_000 > 27 * HOUR
