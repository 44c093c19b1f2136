"""What an event changes in its customer's row: the aggregates, and the thread of its order or ticket."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from streams.engine.customer_row import Row, note, thread
from streams.engine.intake import Arrival

Touched = tuple[str, str]  # the kind of entity and its id
_WORDS = 200  # of a ticket's text, enough for a mail


def record(row: Row, arrival: Arrival) -> Touched | None:
    """Take an event into the row; the order or ticket that it touched."""
    event, time = arrival.event, arrival.time
    agg = row["agg"]
    counts = agg["counts"]
    short = _short(event.type)
    counts[short] = counts.get(short, 0) + 1
    if time < agg.get("first_seen", time + 1):
        agg["first_seen"] = time
    if time > agg.get("last_seen", time - 1):
        agg["last_seen"] = time
    handler = _HANDLERS.get(arrival.topic)
    return handler(row, arrival, event.data) if handler else None


@cache
def _short(kind: str) -> str:
    """`tocsin.order.placed.v1` -> `order.placed`."""
    return kind.removeprefix("tocsin.").rsplit(".", 1)[0]


def _order(row: Row, arrival: Arrival, data: Any) -> Touched | None:
    event = arrival.event
    agg = row["agg"]
    facts: dict[str, Any] = {"synthetic": True} if event.synthetic else {}
    match event.kind:
        case "placed":
            agg["lines"] = agg.get("lines", 0) + len(data.lines)
            _add(agg, "spend", data.currency, data.total)
            agg["first_order"] = min(agg.get("first_order", arrival.time), arrival.time)
            agg["last_order"] = max(agg.get("last_order", arrival.time), arrival.time)
            facts["total"] = f"{data.total} {data.currency}"
            _facts(facts, data, "carrier", "route", "region", "channel")
        case "shipped":
            _facts(facts, data, "carrier", "route")
        case "returned":
            _add(agg, "refunds", data.currency, data.amount)
        case "out_of_stock":
            return None
    if event.kind in ("placed", "shipped") and data.promised is not None:
        facts["promised"] = round(data.promised.timestamp() * 1000)
    _note(row, "order", data.order_id, arrival, facts)
    return ("order", data.order_id)


def _ticket(row: Row, arrival: Arrival, data: Any) -> Touched:
    event = arrival.event
    facts: dict[str, Any] = {"synthetic": True} if event.synthetic else {}
    match event.kind:
        case "opened":
            _facts(facts, data, "category", "priority", "order_id", "region")
        case "replied":
            facts["by"] = data.by
    # What the customer wrote helps who answers; what an agent wrote is theirs.
    text = data.text if event.kind in ("opened", "replied") and facts.get("by") != "agent" else None
    if text:
        facts["text"] = text if len(text) <= _WORDS else text[: _WORDS - 1] + "…"
    _note(row, "ticket", data.ticket_id, arrival, facts)
    return ("ticket", data.ticket_id)


def _profile(row: Row, arrival: Arrival, data: Any) -> None:
    at = [arrival.time, arrival.event.id]
    if row.get("profile", {}).get("at", [-1 << 62, ""]) < at:
        row["profile"] = {"at": at, **data.model_dump(mode="json", exclude={"customer_id"})}


_HANDLERS: dict[str, Callable[[Row, Arrival, Any], Touched | None]] = {
    "orders": _order,
    "tickets": _ticket,
    "customers": _profile,
}


def _note(row: Row, entity: str, name: str, arrival: Arrival, facts: dict[str, Any]) -> None:
    event = arrival.event
    found = thread(row, entity, name, arrival.eff)
    note(found, arrival.time, arrival.eff, event.id, event.kind, facts)


def _facts(facts: dict[str, Any], data: Any, *names: str) -> None:
    for name in names:
        value = getattr(data, name)
        if value is not None:
            facts[name] = value


def _add(agg: Row, name: str, currency: str, amount: Decimal) -> None:
    sums = agg.setdefault(name, {})
    before = sums.get(currency)
    sums[currency] = str(amount if before is None else Decimal(before) + amount)
