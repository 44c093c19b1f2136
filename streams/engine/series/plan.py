"""Which sums an event adds to, worked out once from what is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from alerts.rules import ticket_unanswered as waits
from alerts.timeline import Known
from schemas.decode import CONTRACTS
from schemas.measures import MEASURES, OVERALL
from streams.engine.pairs.calendar import Calendar
from streams.engine.series import threads
from streams.engine.series.components import HAPPENS, ONE_EACH, PLACE
from streams.engine.series.options import SeriesOptions

EVENTS = "events"
PLACED = "tocsin.order.placed.v1"
WEB = "web-events"
LINES = "lines.department"
"""The field that is empty where no line of an order names its department."""

_LABELS = frozenset({"region", "carrier", "route", "channel", "department", "category", "priority"})
_NOT_OF_AN_ORDER = frozenset({"department", "currency"})


class Adds(NamedTuple):
    """What something that happens adds to.

    Attributes:
        first: the place of its first component; the others follow.
        by: the dimensions that they are cut by.
    """

    first: int
    by: tuple[str, ...]


class Shape(NamedTuple):
    """What is to be looked at in events of one type.

    Attributes:
        name: short, as it is told: `order.placed`.
        read: the fields that are looked at, as a tuple.
        nullable: how many of them may be empty; the first of `read`.
        full: one digit for each that may be empty, where none is.
        labels: the fields whose values are told, and their places in `read`.
        adds: where it counts as one, if it does.
        placed: whether it is a placed order.
        web: whether it belongs to a visit.
    """

    name: str
    read: Callable[[Any], tuple[Any, ...]]
    nullable: int
    full: str
    labels: tuple[tuple[str, int], ...]
    adds: Adds | None
    placed: bool
    web: bool


class Told(NamedTuple):
    """A measure and dimension.

    Attributes:
        above: the place of the sum above the line.
        below: of the one below it; None where that is 1.
        of: of those that tell whether generated events are behind it.
    """

    measure: str
    dimension: str
    above: int
    below: int | None
    of: tuple[int, ...]


class Plan:
    """What is measured, by type of event.

    Args:
        options: see there.

    Attributes:
        calendar: of the shop's zone.
        shapes: by event type.
        adds: by what happens, see `components`.
        of_order: the dimensions of an order as a whole.
        abroad: whether an order in another currency than the shop's is told by its currency.
        by_department: whether orders, or what is paid, are told by department.
        settled: what must be remembered of a thread that is over, by kind of entity.
        optional: the fields that may be empty, by the short name of an event type.
        whole: what is told that is not cut.
        cut: what is told that is.
        by_source: whether events are told by who published them.
    """

    def __init__(self, options: SeriesOptions) -> None:
        self.options, self.calendar = options, Calendar(options.zone)
        told = list(_told(options))
        self.whole = tuple(each for each in told if not each.dimension)
        self.cut = tuple(each for each in told if each.dimension)
        self.by_source = EVENTS in options.measures
        self.adds = {name: self._adds(components) for name, components in HAPPENS.items()}
        # Departments and currencies are of lines and of money: `placed` adds to them itself.
        self.of_order = tuple(each for each in self.adds["placed"].by if each not in _NOT_OF_AN_ORDER)
        self.abroad, self.by_department = (
            each in self.adds["placed"].by for each in ("currency", "department")
        )
        self.settled: dict[str, Callable[[Sequence[Known]], list[Known]]] = {
            "order": partial(threads.settled, places=self._remembered()),
            "ticket": waits.settled,
        }
        self.shapes: dict[str, Shape] = {}
        self.optional: dict[str, tuple[str, ...]] = {}
        for contract in CONTRACTS.values():
            for name, event in contract.types.items():
                self._look_at(contract.topic, name, event)

    def _dimensions(self, components: Iterable[str]) -> tuple[str, ...]:
        """The dimensions that something is told by which is made of these."""
        places = {PLACE[each] for each in components}
        return tuple(dict.fromkeys(each.dimension for each in self.cut if not places.isdisjoint(each.of)))

    def _adds(self, components: Sequence[str]) -> Adds:
        return Adds(PLACE[components[0]], self._dimensions(components))

    def _remembered(self) -> tuple[str, ...]:
        asked = {dimension for kind in ("cancelled", "returned") for dimension in self.adds[kind].by}
        asked |= {"carrier"} if "route" in asked else set()
        return tuple(name for name in threads.PLACES if name in asked)

    def _look_at(self, topic: str, name: str, event: Any) -> None:
        fields = event.model_fields["data"].annotation.model_fields
        optional = tuple(each for each, field in fields.items() if field.default is None)
        named = (*optional, *(each for each in fields if each in _LABELS and each not in optional))
        short, placed = name.removeprefix("tocsin.").rsplit(".", 1)[0], name == PLACED
        self.optional[short] = (*optional, LINES) if placed else optional
        self.shapes[name] = Shape(
            short,
            _reader(named),
            len(optional),
            "0" * len(optional),
            tuple((each, place) for place, each in enumerate(named) if each in _LABELS),
            self._adds((ONE_EACH[name],)) if name in ONE_EACH else None,
            placed,
            topic == WEB,
        )


def _told(options: SeriesOptions) -> Iterator[Told]:
    for name, chosen in options.measures.items():
        measure = MEASURES[name]
        for dimension in (OVERALL, *chosen.by) if name != EVENTS else ():
            above, below = PLACE[measure.num], PLACE[measure.den] if measure.den else None
            if measure.kind == "gauge" and below is not None:
                # One more and one less make nothing, but both were.
                yield Told(name, dimension, above, None, (below,))
            else:
                yield Told(name, dimension, above, below, (above,) if below is None else (above, below))


def _reader(fields: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads these fields; `attrgetter` gives no tuple for fewer than two."""
    if not fields:
        return lambda _: ()
    read = attrgetter(*fields)
    return read if len(fields) > 1 else lambda data: (read(data),)
