"""Which columns an event adds to, worked out once from what is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from schemas.decode import CONTRACTS
from schemas.measures import MEASURES, OVERALL, Measure
from streams.engine.series.options import SeriesOptions

PLACED = "tocsin.order.placed.v1"
WEB = "web-events"
LINES = "lines.department"
"""The field that is empty where no line of an order names its department."""

EVENTS = "events"
AMOUNTS = ("orders", "lines", "revenue", "priced")
"""The components of a placed order; the first two are so whatever its currency."""

_ELSEWHERE = frozenset({"department", "currency"})
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

_LABELS = frozenset({"region", "carrier", "route", "channel", "department", "category", "priority"})

Cut = tuple[str, str]
"""A dimension, and the column of a component that is cut by it."""


class Shape(NamedTuple):
    """What is to be looked at in events of one type.

    Attributes:
        name: short, as it is told: `order.placed`.
        read: the fields that are looked at, as a tuple.
        nullable: how many of them may be empty; the first of `read`.
        labels: those whose values are told, and their places in `read`.
        cuts: what an event adds one to.
        placed: whether it is a placed order.
        web: whether it belongs to a visit.
    """

    name: str
    read: Callable[[Any], tuple[Any, ...]]
    nullable: int
    labels: tuple[tuple[str, int], ...]
    cuts: tuple[Cut, ...]
    placed: bool
    web: bool


class Plan:
    """What is measured, by type of event.

    Args:
        options: see there.

    Attributes:
        measures: with the dimensions that each is cut by, overall first.
        shapes: by event type.
        optional: the fields that may be empty, by the short name of an event type.
        columns: every measure and dimension with the columns above and below the line; empty where that is 1.
        placed: the columns of placed orders in the shop's currency by dimension, each with its place in
            `AMOUNTS`.
        placed_elsewhere: the same of those in another currency.
        placed_abroad: what these add to by their currency.
        by_source: the column of events by publisher; empty where nobody asks for it.
    """

    def __init__(self, options: SeriesOptions) -> None:
        self.options, self.base, self.values = options, options.base, options.values
        self.measures = tuple(
            (MEASURES[name], (OVERALL, *chosen.by)) for name, chosen in options.measures.items()
        )
        self._cuts: dict[str, dict[str, str]] = {}
        for measure, dimensions in self.measures:
            for component in filter(None, (measure.num, measure.den)):
                cuts = self._cuts.setdefault(component, {})
                cuts |= {dimension: column_of(component, dimension) for dimension in dimensions}
        self.columns = tuple(self._columns())
        self.shapes: dict[str, Shape] = {}
        self.optional: dict[str, tuple[str, ...]] = {}
        for contract in CONTRACTS.values():
            for name, event in contract.types.items():
                self._look_at(contract.topic, name, event)
        self.placed = self._placed(AMOUNTS)
        self.placed_elsewhere = self._placed(AMOUNTS[:2])
        self.placed_abroad = tuple(
            (column, place)
            for place, component in enumerate(AMOUNTS)
            if (column := self.column(component, "currency"))
        )
        self.by_source = column_of(EVENTS, "source") if EVENTS in self._cuts else ""

    def _placed(self, components: Sequence[str]) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
        found: dict[str, list[tuple[str, int]]] = {}
        for place, component in enumerate(components):
            for dimension, column in self.cuts(component):
                if dimension not in _ELSEWHERE:
                    found.setdefault(dimension, []).append((column, place))
        return tuple((dimension, tuple(columns)) for dimension, columns in found.items())

    def cuts(self, component: str) -> tuple[Cut, ...]:
        """The columns of a component, overall first; none where nobody asks for it.

        >>> Plan(SeriesOptions()).cuts("delay")[:2]
        (('', 'delay'), ('region', 'delay/region'))
        """
        return tuple(self._cuts.get(component, {}).items())

    def column(self, component: str, dimension: str) -> str:
        """The column of a component that is cut by a dimension; empty where nobody asks for it."""
        return self._cuts.get(component, {}).get(dimension, "")

    def _columns(self) -> Iterator[tuple[Measure, str, str, str]]:
        for measure, dimensions in self.measures:
            for dimension in dimensions:
                den = column_of(measure.den, dimension) if measure.den else ""
                yield measure, dimension, column_of(measure.num, dimension), den

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
            tuple((each, place) for place, each in enumerate(named) if each in _LABELS),
            self.cuts(_ONE_EACH[name]) if name in _ONE_EACH else (),
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
