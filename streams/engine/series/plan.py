"""Which columns an event adds to, worked out once from what is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from alerts.rules import ticket_unanswered as waits
from alerts.timeline import Known
from schemas.decode import CONTRACTS
from schemas.measures import MEASURES, OVERALL
from streams.engine.pairs.calendar import Calendar
from streams.engine.series import threads
from streams.engine.series.options import SeriesOptions

COMPONENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "placed": ("orders", "lines", "revenue", "priced"),
        "elsewhere": ("orders", "lines"),  # of an order in another currency
        "delivered": ("delay", "promised"),
        "cancelled": ("cancelled",),
        "returned": ("returned",),
        "waiting": ("waiting", "waits"),
        "visit": ("sessions",),
        "dead": ("dead",),
    }
)
"""What happens, and the components that it adds to."""

_ONE_EACH = {
    "tocsin.order.out_of_stock.v1": "missing",
    "tocsin.ticket.opened.v1": "opened",
    "tocsin.web.checkout_started.v1": "started",
    "tocsin.web.checkout_failed.v1": "failed",
    "tocsin.web.checkout_completed.v1": "paid",
    "tocsin.contact.sent.v1": "sent",
    "tocsin.contact.opened.v1": "responded",
    "tocsin.contact.redeemed.v1": "responded",
}
"""Events that count by themselves, and the component that they are counted in."""

EVENTS, BY_SOURCE = "events", "events/source"
PLACED = "tocsin.order.placed.v1"
WEB = "web-events"
LINES = "lines.department"
"""The field that is empty where no line of an order names its department."""

_LABELS = frozenset({"region", "carrier", "route", "channel", "department", "category", "priority"})
_NOT_OF_AN_ORDER = frozenset({OVERALL, "department", "currency"})

Places = tuple[tuple[str, int], ...]
"""Columns, and for each which of the amounts it gets."""


class Adds(NamedTuple):
    """What something that happens adds to: columns that are not cut, and those that are, by dimension."""

    whole: Places
    cut: tuple[tuple[str, Places], ...]


class Shape(NamedTuple):
    """What is to be looked at in events of one type.

    Attributes:
        name: short, as it is told: `order.placed`.
        read: the fields that are looked at, as a tuple.
        nullable: how many of them may be empty; the first of `read`.
        full: one digit for each that may be empty, where none is.
        labels: the fields whose values are told, and their places in `read`.
        adds: what it adds one to.
        placed: whether it is a placed order.
        web: whether it belongs to a visit.
    """

    name: str
    read: Callable[[Any], tuple[Any, ...]]
    nullable: int
    full: str
    labels: Places
    adds: Adds
    placed: bool
    web: bool


class Told(NamedTuple):
    """A measure and dimension.

    Attributes:
        above: the column above the line.
        below: the one below it; empty where that is 1.
        made: the columns that tell whether generated events are behind it.
    """

    measure: str
    dimension: str
    above: str
    below: str
    made: tuple[str, ...]


class Plan:
    """What is measured, by type of event.

    Args:
        options: see there.

    Attributes:
        calendar: of the shop's zone.
        shapes: by event type.
        adds: by what happens, see `COMPONENTS`.
        abroad: what an order in another currency than the shop's adds to by its currency.
        by_department: the columns of orders and of revenue by department; empty where nobody asks.
        settled: what must be remembered of a thread that is over, by kind of entity.
        optional: the fields that may be empty, by the short name of an event type.
        whole: what is told that is not cut.
        cut: what is told that is.
        by_source: whether events are told by who published them.
    """

    def __init__(self, options: SeriesOptions) -> None:
        self.options, self.calendar = options, Calendar(options.zone)
        self._columns: dict[str, dict[str, str]] = {}
        told = list(self._told())
        self.whole = tuple(each for each in told if not each.dimension and each.measure != EVENTS)
        self.cut = tuple(each for each in told if each.dimension and each.measure != EVENTS)
        self.by_source = EVENTS in options.measures
        self.adds = {name: self._adds(components) for name, components in COMPONENTS.items()}
        self.abroad = tuple(
            (column, place)
            for place, component in enumerate(COMPONENTS["placed"])
            if (column := self._column(component, "currency"))
        )
        self.settled: dict[str, Callable[[Sequence[Known]], list[Known]]] = {
            "order": partial(threads.settled, places=self._places()),
            "ticket": waits.settled,
        }
        self.by_department = self._column("orders", "department"), self._column("revenue", "department")
        self.shapes: dict[str, Shape] = {}
        self.optional: dict[str, tuple[str, ...]] = {}
        for contract in CONTRACTS.values():
            for name, event in contract.types.items():
                self._look_at(contract.topic, name, event)

    def _told(self) -> Iterator[Told]:
        for name, chosen in self.options.measures.items():
            measure = MEASURES[name]
            for dimension in (OVERALL, *chosen.by):
                for component in filter(None, (measure.num, measure.den)):
                    self._columns.setdefault(component, {})[dimension] = column_of(component, dimension)
                above, below = self._column(measure.num, dimension), self._column(measure.den, dimension)
                if measure.kind == "gauge":
                    # One more and one less make nothing, but both were.
                    yield Told(name, dimension, above, "", (below,))
                else:
                    yield Told(name, dimension, above, below, (above, below) if below else (above,))

    def _column(self, component: str, dimension: str) -> str:
        return self._columns.get(component, {}).get(dimension, "")

    def _adds(self, components: Sequence[str]) -> Adds:
        whole: list[tuple[str, int]] = []
        cut: dict[str, list[tuple[str, int]]] = {}
        of_an_order = "orders" in components
        for place, component in enumerate(components):
            for dimension, column in self._columns.get(component, {}).items():
                if not dimension:
                    whole.append((column, place))
                elif not (of_an_order and dimension in _NOT_OF_AN_ORDER):
                    cut.setdefault(dimension, []).append((column, place))
        return Adds(tuple(whole), tuple((dimension, tuple(each)) for dimension, each in cut.items()))

    def _places(self) -> tuple[str, ...]:
        asked = {dimension for kind in ("cancelled", "returned") for dimension, _ in self.adds[kind].cut}
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
            self._adds((_ONE_EACH[name],) if name in _ONE_EACH else ()),
            placed,
            topic == WEB,
        )


def column_of(component: str, dimension: str) -> str:
    """The name of a column.

    >>> column_of("orders", ""), column_of("orders", "region")
    ('orders', 'orders/region')
    """
    return f"{component}/{dimension}" if dimension else component


def _reader(fields: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads these fields; `attrgetter` gives no tuple for fewer than two."""
    if not fields:
        return lambda _: ()
    read = attrgetter(*fields)
    return read if len(fields) > 1 else lambda data: (read(data),)
