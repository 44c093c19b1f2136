"""What counts as a basket: the distinct products, or categories, of one order that stands.

An order stands if it was placed and not cancelled. Of several `placed` events of one order the newest counts,
so the baskets are a function of the *set* of events, not of their order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from schemas.envelope import Event

Level = Literal["product", "category"]
LEVELS: tuple[Level, ...] = ("product", "category")


class Basket(NamedTuple):
    """One order that stands.

    Attributes:
        at: when it was placed, ms since 1970 UTC.
        region: as its publisher says; None where nobody knows.
        lines: (product, category or None) of each line.
    """

    at: int
    region: str | None
    lines: tuple[tuple[str, str | None], ...]

    def items(self, level: Level) -> frozenset[str]:
        """What is counted: each product once, or each category once; lines without a category have none.

        >>> mixed = Basket(0, None, (("milk", "dairy"), ("milk", "dairy"), ("bag", None)))
        >>> sorted(mixed.items("product")), sorted(mixed.items("category"))
        (['bag', 'milk'], ['dairy'])
        """
        if level == "product":
            return frozenset(product for product, _ in self.lines)
        return frozenset(category for _, category in self.lines if category)


class Orders:
    """The orders of an open span of time, from their events. An order is known by (customer, order id)."""

    def __init__(self) -> None:
        self._placed: dict[tuple[str, str], tuple[str, Basket]] = {}
        self._cancelled: set[tuple[str, str]] = set()

    def add(self, event: Event) -> None:
        """Take an event in; those that are no order placed or cancelled change nothing. Twice is once."""
        data: Any = event.data
        if event.type == "tocsin.order.placed.v1":
            order = (data.customer_id, data.order_id)
            lines = tuple((line["product_id"], line.get("department")) for line in data.lines)
            found = (event.id, Basket(event.time_ms, data.region, lines))
            before = self._placed.get(order)
            if before is None or _rank(before) < _rank(found):
                self._placed[order] = found
        elif event.type == "tocsin.order.cancelled.v1":
            self._cancelled.add((data.customer_id, data.order_id))

    @property
    def cancelled(self) -> int:
        """How many placed orders were left out, because they were cancelled."""
        return len(self._placed.keys() & self._cancelled)

    def baskets(self) -> Iterator[Basket]:
        """The orders that stand."""
        return (basket for order, (_, basket) in self._placed.items() if order not in self._cancelled)

    def to_json(self) -> dict[str, Any]:
        """What `json` and `orjson` write."""
        return {
            "placed": [
                [*order, id_, basket.at, basket.region, [list(line) for line in basket.lines]]
                for order, (id_, basket) in sorted(self._placed.items())
            ],
            "cancelled": [list(order) for order in sorted(self._cancelled)],
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Orders:
        """What `to_json` wrote."""
        found = cls()
        for customer, order, id_, at, region, lines in document["placed"]:
            basket = Basket(at, region, tuple((product, category) for product, category in lines))
            found._placed[customer, order] = (id_, basket)
        found._cancelled = {(customer, order) for customer, order in document["cancelled"]}
        return found


def within(
    baskets: Iterable[Basket], start: int | None = None, end: int | None = None, region: str | None = None
) -> Iterator[Basket]:
    """The baskets of a span of time and a region.

    Args:
        baskets: any.
        start: first ms; None: from the beginning.
        end: first ms after; None: to the end.
        region: only of this one; None: of all.
    """
    for each in baskets:
        early, late = start is not None and each.at < start, end is not None and each.at >= end
        if not (early or late) and (region is None or each.region == region):
            yield each


def _rank(found: tuple[str, Basket]) -> tuple[int, str]:
    return found[1].at, found[0]
