"""What a customer's row keeps for churn. Events wait in it until the day that knows them is closed.

    h   orders, see `detectors.churn.history`
    s   tickets, contacts and visits, see `detectors.churn.signals`
    w   [[effective time, time, kind, id, a, b], ...] events that are not yet in `h` and `s`
    g   {family: least effective time, ms} of generated events
    r   [time, event id, region] of the newest profile, or null

A score speaks of a moment, and must know what was known then, neither less nor more. The stream's time stays
behind the newest events, so these wait: at the close of a day exactly those with an effective time up to it
are taken into `h` and `s`, in one order. What a batch was, or how fast it came, makes no difference. The
close of a day writes no row for that: it is done again, and kept, when the customer's next event comes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from detectors.churn import history, signals
from detectors.churn.packed import Packed, pack
from streams.engine.intake import Arrival

Churn = dict[str, Any]

MOST_WAITING = 200  # of one customer; beyond it the oldest is taken at once
_FAMILIES = {
    "orders": "orders",
    "tickets": "tickets",
    "web-events": "web",
    "contacts": "contacts",
    "customers": "profile",
}


class Held(NamedTuple):
    """What a sweep needs of a row, as long as the row does not change.

    Attributes:
        packed: orders and signals.
        churn: what the row keeps, folded so far; None where nothing waits.
        next: least effective time of what waits, ms.
        generated: as `g`.
        region: of the newest profile.
    """

    packed: Packed
    churn: Churn | None
    next: int | None
    generated: Mapping[str, int]
    region: str | None

    def speaks_of_generated(self, moment: int, shown: Collection[str]) -> bool:
        """Whether a generated event known at `moment` speaks: an order anyhow, others where shown."""
        return any(
            eff <= moment and (family in shown or family == "orders")
            for family, eff in self.generated.items()
        )


def hold(churn: Churn, moment: int) -> Held:
    """What a sweep at `moment` (ms) needs, once what waits is folded up to it."""
    return Held(
        pack(churn["h"], churn["s"], moment),
        churn if churn["w"] else None,
        min((each[0] for each in churn["w"]), default=None),
        churn["g"],
        churn["r"][2] if churn["r"] else None,
    )


class Span(NamedTuple):
    """Times of a first and a last order, ms."""

    first: int
    last: int


def new() -> Churn:
    """Nothing known yet."""
    return {"h": history.empty(), "s": signals.none(), "w": [], "g": {}, "r": None}


def note(row: dict[str, Any], arrival: Arrival, closed: int | None) -> bool:
    """Let an event wait in the row of its customer; False if it says nothing about churn.

    Args:
        row: of the customer.
        arrival: the event.
        closed: the last moment that was closed, ms; what was known then waits no longer.
    """
    family = _FAMILIES.get(arrival.topic)
    entry = None if family is None else _entry(arrival)
    if family is None or (entry is None and family != "web"):
        return False
    churn = row.get("churn")
    if churn is None:
        churn = row["churn"] = new()
    if arrival.event.synthetic:
        churn["g"][family] = min(arrival.eff, churn["g"].get(family, arrival.eff))
    if entry is None:
        # Visits are counted by the day, and only days before a moment count: they need not wait.
        signals.visited(churn["s"], arrival.eff)
        return True
    if closed is not None:
        fold(churn, closed)
    churn["w"].append(entry)
    if len(churn["w"]) > MOST_WAITING:
        oldest = min(churn["w"], key=_order)
        churn["w"].remove(oldest)
        _take(churn, oldest)
    return True


def fold(churn: Churn, moment: int) -> bool:
    """Take the events that were known at a moment (ms); whether there were any.

    >>> churn = new()
    >>> churn["w"] = [[9, 9, "placed", "b", 5.0, "EUR"], [3, 3, "placed", "a", 5.0, "EUR"]]
    >>> fold(churn, 5), churn["h"]["t"], len(churn["w"])
    (True, [3], 1)
    """
    waiting = churn["w"]
    known = sorted((each for each in waiting if each[0] <= moment), key=_order)
    if not known:
        return False
    churn["w"] = [each for each in waiting if each[0] > moment]
    for each in known:
        _take(churn, each)
    return True


def span(orders: history.History) -> Span | None:
    """When the first and the last order came, ms; None before there was one."""
    times = orders["t"]
    if not times:
        return None
    return Span(orders["old"]["first"] if orders["old"] else times[0], times[-1])


def _entry(arrival: Arrival) -> list[Any] | None:
    event = arrival.event
    data: Any = event.data
    kind, a, b = event.kind, None, None
    match arrival.topic, kind:
        case "orders", "placed":
            ident, a, b = data.order_id, float(data.total), data.currency
        case "orders", "returned":
            ident, a = data.order_id, float(data.amount)
        case "orders", "cancelled":
            ident = data.order_id
        case "tickets", _:
            ident = data.ticket_id
            a = data.by if kind == "replied" else None
            b = data.satisfaction if kind == "resolved" else None
            kind = f"ticket {kind}"
        case "contacts", _:
            ident, kind = data.contact_id, f"contact {kind}"
        case "customers", "upserted":
            ident, kind, a = event.id, "profile", data.region
        case _:
            return None
    return [arrival.eff, arrival.time, kind, ident, a, b]


def _take(churn: Churn, entry: list[Any]) -> None:
    eff, time, kind, ident, a, b = entry
    match kind.split():
        case ["placed"]:
            history.placed(churn["h"], ident, time, a, b)
        case ["cancelled"]:
            history.cancelled(churn["h"], ident, eff)
        case ["returned"]:
            history.returned(churn["h"], ident, eff, a)
        case ["ticket", what]:
            signals.ticket(churn["s"], ident, time, what, a, b)
        case ["contact", what]:
            signals.contact(churn["s"], ident, time, what)
        case ["profile"]:
            if churn["r"] is None or churn["r"][:2] < [time, ident]:
                churn["r"] = [time, ident, a]


def _order(entry: list[Any]) -> tuple[Any, ...]:
    return (*entry[:4], repr(entry[4:]))
