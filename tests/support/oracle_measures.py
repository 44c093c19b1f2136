"""What the events of whole logs add to each measure, as docs/watch.md says it; reckoned with pandas.

Shares no code with the engine. How the contract is read where it leaves room:

* An event counts once, at its time, and not if it came too late. A ticket's wait, and what is known of an
  order when it is delivered, cancelled or returned, take account of late events from when they were known.
* A dead letter counts at the newest event time of its log; before the first event there, for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from support.oracle_rules import Event, by_entity, ms, open_wait
from support.shop import HOUR

VISIT = 6 * HOUR
PLACES = ("region", "channel", "carrier")


class Added(NamedTuple):
    """Something that counts, at a moment (ms), in every place that it names; "" of "" is the whole."""

    component: str
    at: int
    n: float
    places: Mapping[str, Iterable[str]]


class Measure(NamedTuple):
    """What is above the line and below it, if anything is; one of `num` is so many of the measure's unit."""

    num: str
    den: str | None
    by: Sequence[str]


MEASURES = {
    "orders": Measure("orders", None, ("region", "department", "channel")),
    "revenue": Measure("revenue", None, ("region", "department", "currency")),
    "basket_size": Measure("lines", "orders", ("region",)),
    "order_value": Measure("total", "priced", ("region", "currency")),
    "delivery_delay": Measure("delay", "promised", ("region", "carrier", "route")),
    "cancellations": Measure("cancelled", None, ("region", "carrier")),
    "returns": Measure("returned", None, ("region",)),
    "out_of_stock": Measure("out_of_stock", None, ("region", "department")),
    "tickets": Measure("opened", None, ("category", "region")),
    "unanswered_tickets": Measure("waiting", None, ("category",)),
    "sessions": Measure("visits", None, ()),
    "conversion": Measure("checkout_completed", "visits", ()),
    "checkout_failures": Measure("checkout_failed", "checkout_started", ()),
    "checkouts_failed": Measure("checkout_failed", None, ()),
    "contacts": Measure("sent", None, ()),
    "responses": Measure("responses", "sent", ()),
    "dead_letters": Measure("dead", None, ("topic",)),
    "events": Measure("events", None, ("source",)),
}
ONE_EACH = ("out_of_stock", "opened", "sent", "checkout_started", "checkout_failed", "checkout_completed")
GAUGES = ("unanswered_tickets",)


def added(events: pd.DataFrame, dead: pd.DataFrame, currency: str) -> Iterator[Added]:
    """Everything that counts.

    Args:
        events, dead: see `oracle.read`.
        currency: of the shop.
    """
    taken = events[events.outcome != "duplicates"]
    counted = taken[taken.outcome == "processed"]
    for row in counted.itertuples():
        yield Added("events", row.time, 1, {"": [""], "source": [row.source]})
        if row.kind == "placed":
            yield from _placed(row.time, row.data, currency)
        elif row.topic == "contacts" and row.kind != "sent":
            yield Added("responses", row.time, 1, {"": [""]})
        elif row.kind in ONE_EACH:
            yield Added(row.kind, row.time, 1, _places(row.data, ("region", "department", "category")))
    yield from _visits(counted)
    known = taken.sort_values("eff", kind="stable").drop_duplicates(["key", "source", "id"])
    for _, order in by_entity(known[known.topic == "orders"], "order_id", ["customer"]):
        yield from _ends(order)
    for _, ticket in by_entity(known[known.topic == "tickets"], "ticket_id", ["customer"]):
        yield from _waits(ticket)
    yield from _dead(events, dead)


def _places(data: Mapping[str, Any], names: Iterable[str]) -> dict[str, list[str]]:
    return {"": [""]} | {name: [data[name]] for name in names if data.get(name)}


def _placed(at: int, data: dict[str, Any], currency: str) -> Iterator[Added]:
    places = _places(data, PLACES)
    amounts: dict[str, float] = {}
    for line in data["lines"]:
        if line.get("department"):
            amounts[line["department"]] = amounts.get(line["department"], 0.0) + float(line["amount"])
    yield Added("orders", at, 1, places | {"department": list(amounts)})
    yield Added("lines", at, len(data["lines"]), places)
    if data["currency"] != currency:
        places = {"currency": [data["currency"]]}
        amounts = {}
    for component, n in (("revenue", float(data["total"])), ("total", float(data["total"])), ("priced", 1)):
        yield Added(component, at, n, places)
    for department, amount in amounts.items():
        yield Added("revenue", at, amount, {"department": [department]})


def _visits(counted: pd.DataFrame) -> Iterator[Added]:
    web = counted[counted.topic == "web-events"]
    session = web.data.map(lambda data: data["session_id"])
    pause = web.time.sort_values(kind="stable").groupby([web.customer.fillna(""), session]).diff()
    for at in web.time[(pause.isna() | (pause > VISIT)).reindex(web.index)]:
        yield Added("visits", at, 1, {"": [""]})


def _ends(order: list[Event]) -> Iterator[Added]:
    """The first delivery, the first cancellation and every return that came in time."""
    ordered = sorted(order, key=lambda event: (event.time, event.id))
    had: set[str] = set()
    for end in ordered:
        if end.kind not in {"delivered", "cancelled", "returned"} or end.late or end.kind in had:
            continue
        had |= {end.kind} - {"returned"}
        facts: dict[str, Any] = {}
        for event in ordered:
            if event.eff <= end.time and event.kind in {"placed", "shipped"}:
                facts |= {name: each for name, each in event.data.items() if each is not None}
        places = _places(facts, PLACES)
        if facts.get("route"):
            places["route"] = [" / ".join(filter(None, (facts.get("carrier"), facts["route"])))]
        if end.kind != "delivered":
            yield Added(end.kind, end.time, 1, places)
        elif facts.get("promised"):
            yield Added("delay", end.time, (end.time - ms(facts["promised"])) / HOUR, places)
            yield Added("promised", end.time, 1, places)


def _waits(ticket: list[Event]) -> Iterator[Added]:
    """One more when it is known that a customer waits, one less when it is known that nobody does."""
    ordered = sorted(ticket, key=lambda event: (event.time, event.id))
    places: dict[str, list[str]] | None = None
    for moment in sorted({event.eff for event in ticket}):
        known = [event for event in ordered if event.eff <= moment]
        waits = open_wait(known) is not None
        if waits and places is None:
            opened = [event.data["category"] for event in known if event.kind == "opened"]
            places = {"": [""], "category": opened[-1:]}
            yield Added("waiting", moment, 1, places)
        elif not waits and places is not None:
            yield Added("waiting", moment, -1, places)
            places = None


def _dead(events: pd.DataFrame, dead: pd.DataFrame) -> Iterator[Added]:
    logs = dict(list(events.groupby(["topic", "partition"])))
    for row in dead.itertuples():
        log = logs[row.topic, row.partition]
        before = log.time[log.offset < row.offset]
        if len(before):
            yield Added("dead", int(before.max()), 1, {"": [""], "topic": [row.topic]})
