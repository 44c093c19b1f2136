"""What the events of one order or ticket add up to, as a function of the set that is known of them.

An event may change what an earlier one has added: a promise that was on its way tells how late a delivery
was. So the measures of a thread are worked out from all that is known of it, before an event and after, and
the difference is added. What belongs to a moment is made of what was known at that moment alone: nothing
that comes later can change a bucket that is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from alerts.rules import ticket_unanswered
from alerts.timeline import Known, known_at

DAY = 86_400_000
LONGEST_WAIT = 30 * DAY
"""After the day on which it began, a wait ends by itself: nobody keeps a thread for ever."""

PLACES = ("region", "channel", "carrier", "route")
_ENDS = frozenset({"delivered", "cancelled", "returned"})
_PLACES = {"order": PLACES, "ticket": ("category", "region")}
_TIME, _EFF, _KIND, _FACTS = 0, 1, 3, 4
_happened = itemgetter(0, 2)  # time, then id, as `alerts.timeline.happened`

Thread = Sequence[Sequence[Any]]
"""The events of an order or ticket as in the row of its customer, see `alerts.timeline.Known`."""


class Part(NamedTuple):
    """What one moment of a thread adds.

    Attributes:
        at: the moment, ms.
        kind: what happened, see `plan.COMPONENTS`.
        amounts: what each component of that gets.
        places: its values by dimension.
        generated: whether a generated event is behind it.
    """

    at: int
    kind: str
    amounts: tuple[int, ...]
    places: Mapping[str, str]
    generated: bool

    def taken_back(self) -> Part:
        """What makes it undone."""
        return self._replace(amounts=tuple(-amount for amount in self.amounts))


def parts(entity: str, known: Thread) -> list[Part]:
    """All that the events of an order or ticket add."""
    return _PARTS[entity](known)


def change(entity: str, known: Thread) -> list[Part]:
    """What the last of these events changes in what they add.

    >>> placed, late = [0, 0, "a", "placed", {"promised": 7}], [9, 9, "b", "delivered", {}]
    >>> change("order", [placed, late]) == parts("order", [placed, late]), change("order", [placed])
    (True, [])
    """
    earlier = known[:-1]
    if entity == "order" and _ENDS.isdisjoint([each[_KIND] for each in earlier]):
        # As of most events: it is not over, or this is its first end.
        return parts(entity, known) if known[-1][_KIND] in _ENDS else []
    after = parts(entity, known)
    before = parts(entity, earlier) if earlier else []
    if not before:
        return after
    gone = [part.taken_back() for part in before if part not in after]
    return gone + [part for part in after if part not in before]


def _order(known: Thread) -> list[Part]:
    """The first delivery with a promise, the first cancellation, and all returns, of those that were in time.

    What was promised, and where the order belongs, is what was known when it was over for the first time.

    >>> placed, late = [0, 0, "a", "placed", {"promised": 7, "region": "West"}], [9, 9, "b", "delivered", {}]
    >>> parts("order", [late, placed])
    [Part(at=9, kind='delivered', amounts=(2, 1), places={'region': 'West'}, generated=False)]
    """
    ends = [each for each in known if each[_KIND] in _ENDS]
    if not ends:
        return []
    if len(ends) > 1:
        ends.sort(key=_happened)
    facts = _facts(known, min([end[_EFF] for end in ends]))
    found: list[Part] = []
    had: set[str] = set()
    for end in ends:
        kind = end[_KIND]
        if end[_EFF] != end[_TIME] or (kind in had and kind != "returned"):
            continue
        had.add(kind)
        if kind != "delivered":
            found.append(_part("order", end[_EFF], kind, facts | end[_FACTS], (1,)))
        elif "promised" in facts:
            amounts = (end[_TIME] - facts["promised"], 1)
            found.append(_part("order", end[_EFF], kind, facts | end[_FACTS], amounts))
    return found


def _ticket(known: Thread) -> list[Part]:
    """One more wait where one begins, and one less where it ends, answered or not.

    >>> opened, answered = [5, 5, "a", "opened", {"category": "refund"}], [9, 9, "b", "resolved", {}]
    >>> [(part.at, part.amounts) for part in parts("ticket", [opened, answered])]
    [(5, (1, 1)), (9, (-1, 1))]
    """
    events = [Known(*each) for each in known]
    found: list[Part] = []
    begun: Part | None = None
    for moment in sorted({each.eff for each in events}):
        before = known_at(events, moment)
        waits = ticket_unanswered.waiting(before) is not None
        if begun is not None and (not waits or moment >= _last(begun)):
            found.append(begun._replace(at=min(moment, _last(begun)), amounts=(-1, 1)))
            begun = None
        if begun is None and waits:
            begun = _part("ticket", moment, "waiting", _facts(before, moment), (1, 1))
            found.append(begun)
    if begun is not None:
        found.append(begun._replace(at=_last(begun), amounts=(-1, 1)))
    return found


def _last(begun: Part) -> int:
    """When a wait that nobody answers is no longer counted: at an end of day, so that there are few."""
    return (begun.at // DAY + 1) * DAY + LONGEST_WAIT


def _facts(known: Thread, moment: int) -> dict[str, Any]:
    """The newest of each fact that was known at a moment."""
    facts: dict[str, Any] = {}
    for each in sorted(known, key=_happened) if len(known) > 1 else known:
        if each[_EFF] <= moment:
            facts |= each[_FACTS]
    return facts


def _part(entity: str, at: int, kind: str, facts: Mapping[str, Any], amounts: tuple[int, ...]) -> Part:
    places = {name: facts[name] for name in _PLACES[entity] if facts.get(name)}
    if "route" in places:
        places["route"] = route(places.get("carrier"), places["route"])
    return Part(at, kind, amounts, places, bool(facts.get("synthetic")))


def route(carrier: str | None, name: str) -> str:
    """A route's value: two carriers may give theirs the same name.

    >>> route("DHL", "HAM-3"), route(None, "HAM-3")
    ('DHL / HAM-3', 'HAM-3')
    """
    return f"{carrier} / {name}" if carrier else name


def settled(events: Sequence[Known], places: Sequence[str] = PLACES) -> list[Known]:
    """What must be remembered of an order that is over: its first ends, and where it belongs.

    Args:
        events: of the order.
        places: the dimensions that its cancellation and its returns are cut by.

    >>> placed = Known(0, 0, "a", "placed", {"region": "West", "total": "5 EUR"})
    >>> settled([placed, Known(9, 9, "b", "delivered", {})])
    [Known(time=9, eff=9, id='b', kind='delivered', facts={'region': 'West'})]
    """
    ends = [each for each in events if each.kind in _ENDS]
    if not ends:
        return list(events)
    over = min(ends, key=lambda each: (each.eff, each.time, each.id)) if len(ends) > 1 else ends[0]
    facts = _facts(events, over.eff)
    delivered = any(each.kind == "delivered" and each.eff == each.time for each in ends)
    # A delivery that counts may still come, after a return or after one that was too late to count.
    names = ("synthetic", *places) if delivered else ("synthetic", *PLACES, "promised")
    remembered = over._replace(facts={name: facts[name] for name in names if name in facts})
    if len(ends) == 1:
        return [remembered]
    found = {over[:4]: remembered}
    for kind in ("delivered", "cancelled"):
        first = min((e for e in ends if e.kind == kind and e.eff == e.time), key=_happened, default=over)
        found.setdefault(first[:4], first)
    return list(found.values())


_PARTS: Mapping[str, Callable[[Thread], list[Part]]] = {"order": _order, "ticket": _ticket}
