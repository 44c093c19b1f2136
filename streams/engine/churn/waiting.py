"""What is kept of a customer for churn. Events wait in the customer's row until their day is closed.

In the customer's row, since every event touches it, `churn`:

    w   [[effective time, time, kind, id, a, b], ...] events that are not yet in the past
    web {UTC day, as text: visits} that are not yet in the past
    g   {family: least effective time, ms} of generated events

In a row of its own, key `h/` + customer, the past:

    h   orders, see `detectors.churn.history`
    s   tickets, contacts and visits, see `detectors.churn.signals`
    r   [time, event id, region] of the newest profile, or null

A score speaks of a moment, and must know what was known then, neither less nor more. The stream's time stays
behind the newest events, so these wait: at the close of a day exactly those with an effective time up to it
are taken into the past. What a batch was, or how fast it came, makes no difference. The close
of a day writes no row for that; the past is written once `ChurnOptions.waiting` of them wait.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from detectors.churn import history, signals
from detectors.churn.packed import Packed, pack
from streams.engine.intake import Arrival

Waiting = dict[str, Any]
Past = dict[str, Any]

MOST_WAITING = 200  # of one customer; beyond it the oldest are taken at once
_FAMILIES = {
    "orders": "orders",
    "tickets": "tickets",
    "web-events": "web",
    "contacts": "contacts",
    "customers": "profile",
}


class Held(NamedTuple):
    """What a sweep knows of a customer, as long as nothing comes.

    Attributes:
        packed: orders and signals.
        past: up to `upto`, for the next event; None where none came for days.
        waiting: beyond it; None as `past`.
        upto: the moment of this, ms.
        next: least effective time of what waits beyond it, ms.
        generated: as `g`.
        region: of the newest profile.
    """

    packed: Packed
    past: Past | None
    waiting: Waiting | None
    upto: int
    next: int | None
    generated: Mapping[str, int]
    region: str | None

    def speaks_of_generated(self, moment: int, shown: Collection[str]) -> bool:
        """Whether a generated event known at `moment` speaks: an order anyhow, others where shown."""
        return any(
            eff <= moment and (family in shown or family == "orders")
            for family, eff in self.generated.items()
        )

    def renewed(self, waiting: Waiting) -> Held | None:
        """The same with newer events, to be folded at the next close; None where the past was let go."""
        return None if self.past is None else self._replace(waiting=waiting, next=self.upto)


class Span(NamedTuple):
    """Times of a first and a last order, ms."""

    first: int
    last: int


def waiting_of(row: dict[str, Any]) -> Waiting:
    """What waits in a customer's row; made where there was nothing."""
    found = row.get("churn")
    if found is None:
        found = row["churn"] = {"w": [], "web": {}, "g": {}}
    return found


def past_of(raw: bytes | None) -> Past:
    """A past of its row; an empty one where there is none."""
    if raw is None:
        return {"h": history.empty(), "s": signals.none(), "r": None}
    found: Past = orjson.loads(raw)
    return found


def note(row: dict[str, Any], arrival: Arrival) -> bool:
    """Let an event wait in the row of its customer; False if it says nothing about churn."""
    family = _FAMILIES.get(arrival.topic)
    entry = None if family is None else _entry(arrival)
    if family is None or (entry is None and family != "web"):
        return False
    waiting = waiting_of(row)
    if arrival.event.synthetic:
        waiting["g"][family] = min(arrival.eff, waiting["g"].get(family, arrival.eff))
    if entry is None:
        # Visits are counted by the day, and only days before a moment count.
        signals.visited(waiting, arrival.eff)
    else:
        waiting["w"].append(entry)
    return True


def fold(past: Past, waiting: Waiting, after: int | None, moment: int) -> bool:
    """Take the events that became known in (after, moment] (ms) into a past; whether there were any.

    >>> past, waiting = past_of(None), waiting_of({})
    >>> waiting["w"] = [[9, 9, "placed", "b", 5.0, "EUR"], [3, 3, "placed", "a", 5.0, "EUR"]]
    >>> fold(past, waiting, None, 5), past["h"]["t"], fold(past, waiting, 5, 8)
    (True, [3], False)
    """
    known = [each for each in waiting["w"] if each[0] <= moment and (after is None or each[0] > after)]
    for each in known:  # in any order: a past is a function of the set of its events
        _take(past, each)
    return bool(known)


def settle(past: Past, waiting: Waiting, upto: int | None, *, folded: bool = False) -> None:
    """Take what waits into a past that will be written: what was known at a moment (ms), and all visits.

    Where far too much waits, the oldest of the rest is taken, too: no row may grow without bound.

    Args:
        past: of the customer.
        waiting: keeps the rest.
        upto: a moment that was closed; None before there was one.
        folded: whether the past has what was known then already.

    >>> past, waiting = past_of(None), waiting_of({})
    >>> waiting["w"] = [[9, 9, "placed", "b", 5.0, "EUR"], [3, 3, "placed", "a", 5.0, "EUR"]]
    >>> settle(past, waiting, 5)
    >>> past["h"]["t"], len(waiting["w"])
    ([3], 1)
    """
    for day, visits in waiting["web"].items():
        signals.visited(past["s"], int(day) * signals.DAY, visits)
    waiting["web"] = {}
    if upto is not None:
        if not folded:
            fold(past, waiting, None, upto)
        waiting["w"] = [each for each in waiting["w"] if each[0] > upto]
    if len(waiting["w"]) > MOST_WAITING:
        ordered = sorted(waiting["w"], key=itemgetter(0, 1, 2, 3))
        for each in ordered[:-MOST_WAITING]:
            _take(past, each)
        waiting["w"] = ordered[-MOST_WAITING:]


def hold(past: Past, waiting: Waiting, moment: int) -> Held:
    """What a sweep at `moment` (ms) knows, once what was known then is folded."""
    heard = past["s"]
    if waiting["web"]:
        heard = {**heard, "web": dict(heard["web"])}
        for day, visits in waiting["web"].items():
            signals.visited(heard, int(day) * signals.DAY, visits)
    return Held(
        pack(past["h"], heard, moment),
        past,
        waiting,
        moment,
        min((each[0] for each in waiting["w"] if each[0] > moment), default=None),
        waiting["g"],
        past["r"][2] if past["r"] else None,
    )


def span(past: Past) -> Span | None:
    """When the first and the last order came, ms; None before there was one."""
    orders = past["h"]
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


def _take(past: Past, entry: list[Any]) -> None:
    eff, time, kind, ident, a, b = entry
    match kind.split():
        case ["placed"]:
            history.placed(past["h"], ident, time, a, b)
        case ["cancelled"]:
            history.cancelled(past["h"], ident, eff)
        case ["returned"]:
            history.returned(past["h"], ident, eff, a)
        case ["ticket", what]:
            signals.ticket(past["s"], ident, time, what, a, b)
        case ["contact", what]:
            signals.contact(past["s"], ident, time, what)
        case ["profile"]:
            if past["r"] is None or past["r"][:2] < [time, ident]:
                past["r"] = [time, ident, a]
