"""What the events of one order or ticket add up to, as a function of the set that is known of them.

An event may change what an earlier one has added: a promise that was on its way tells how late a delivery
was. So the measures of a thread are worked out from all that is known of it, before an event and after, and
the difference is added. What belongs to a moment is made of what was known at that moment alone: nothing
that comes later can change a bucket that is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from alerts.rules import ticket_unanswered
from alerts.timeline import Known, fact, happened, known_at

DAY = 86_400_000
LONGEST_WAIT = 30 * DAY
"""After the day on which it began, a wait ends by itself: nobody keeps a thread for ever."""

_ENDS = ("delivered", "cancelled", "returned")
_PLACES = ("region", "channel", "carrier", "route")
_WAITING = "waiting"


class Part(NamedTuple):
    """What one moment of a thread adds.

    Attributes:
        at: the moment, ms.
        component: what is added to.
        n: how much.
        places: its values by dimension.
        generated: whether a generated event is behind it.
    """

    at: int
    component: str
    n: int
    places: tuple[tuple[str, str], ...]
    generated: bool


def parts(entity: str, known: Sequence[list[Any]]) -> list[Part]:
    """All that the events of an order or ticket add; `known` as in its thread."""
    return _PARTS[entity](known)


def _order(known: Sequence[list[Any]]) -> list[Part]:
    if not any(each[3] in _ENDS for each in known):
        return []
    events = [Known(*each) for each in known]
    found: list[Part] = []
    for kind in ("delivered", "cancelled"):
        first = _first(events, kind)
        if first is not None:
            before = known_at(events, first.eff)
            found += _delivered(first, before) if kind == "delivered" else [_part(first, "cancelled", before)]
    found += [
        _part(each, "returned", known_at(events, each.eff))
        for each in events
        if each.kind == "returned" and each.eff == each.time
    ]
    return found


def _first(events: Sequence[Known], kind: str) -> Known | None:
    """The first event of a kind that was in time."""
    return min(
        (each for each in events if each.kind == kind and each.eff == each.time), key=happened, default=None
    )


def _delivered(event: Known, before: Sequence[Known]) -> list[Part]:
    promised = fact(before, "promised")
    if promised is None:
        return []
    return [_part(event, "delay", before, event.time - promised), _part(event, "promised", before)]


def _part(event: Known, component: str, before: Sequence[Known], n: int = 1) -> Part:
    places = {name: value for name in _PLACES if (value := fact(before, name))}
    if "route" in places:
        places["route"] = route(places.get("carrier"), places["route"])
    return Part(event.eff, component, n, tuple(places.items()), _generated(before))


def route(carrier: str | None, name: str) -> str:
    """A route's value: two carriers may give theirs the same name.

    >>> route("DHL", "HAM-3"), route(None, "HAM-3")
    ('DHL / HAM-3', 'HAM-3')
    """
    return f"{carrier} / {name}" if carrier else name


def _ticket(known: Sequence[list[Any]]) -> list[Part]:
    """One more wait where one begins, and one less where it ends, answered or not.

    >>> opened, answered = [5, 5, "a", "opened", {"category": "refund"}], [9, 9, "b", "resolved", {}]
    >>> [(part.at, part.n) for part in parts("ticket", [opened, answered])]
    [(5, 1), (9, -1)]
    """
    events = [Known(*each) for each in known]
    found: list[Part] = []
    begun: Part | None = None
    for moment in sorted({each.eff for each in events}):
        before = known_at(events, moment)
        if begun is not None and moment >= _last(begun):
            found.append(begun._replace(at=_last(begun), n=-1))
            begun = None
        waits = ticket_unanswered.waiting(before) is not None
        if begun is not None and not waits:
            found.append(begun._replace(at=moment, n=-1))
            begun = None
        elif begun is None and waits:
            places = [(name, value) for name in ("category", "region") if (value := fact(before, name))]
            begun = Part(moment, _WAITING, 1, tuple(places), _generated(before))
            found.append(begun)
    if begun is not None:
        found.append(begun._replace(at=_last(begun), n=-1))
    return found


def _last(begun: Part) -> int:
    """When a wait that nobody answers is no longer counted: at an end of day, so that there are few."""
    return (begun.at // DAY + 1) * DAY + LONGEST_WAIT


def _generated(before: Sequence[Known]) -> bool:
    return any(each.facts.get("synthetic") for each in before)


def settled(events: Sequence[Known]) -> list[Known]:
    """What must be remembered of an order that is over: its first ends, and where it belongs.

    >>> placed = Known(0, 0, "a", "placed", {"region": "West", "total": "5 EUR"})
    >>> settled([placed, Known(9, 9, "b", "delivered", {})])
    [Known(time=9, eff=9, id='b', kind='delivered', facts={'region': 'West'})]
    """
    ends = [each for each in events if each.kind in _ENDS]
    if not ends:
        return list(events)
    ordered = sorted(events, key=happened)
    over = min(ends, key=lambda each: (each.eff, *happened(each)))
    facts = {name: value for name in (*_PLACES, "synthetic") if (value := fact(ordered, name)) is not None}
    others = (_first(events, kind) for kind in ("delivered", "cancelled"))
    return [over._replace(facts=facts), *(each for each in others if each is not None and each != over)]


SETTLED: Mapping[str, Callable[[Sequence[Known]], list[Known]]] = {
    "order": settled,
    "ticket": ticket_unanswered.settled,
}
"""What must be remembered of a thread that is over, for its measures."""

_PARTS: Mapping[str, Callable[[Sequence[list[Any]]], list[Part]]] = {"order": _order, "ticket": _ticket}
