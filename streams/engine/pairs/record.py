"""What travels on `baskets`: those of one partition on one day that is over.

One basket is [region, 1 if it was generated, distinct products, lines], a line [product, department]. Of a
basket with more products than the cap the lines have the departments alone, no more of them than can be told
apart from too many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from operator import itemgetter
from typing import Any

import orjson

from detectors.pairs.baskets import Level
from schemas.envelope import Event
from streams.engine.days import LATEST
from streams.engine.intake import foreign
from streams.engine.records import Record

BASKETS = "baskets"
MOST = 500
"""Baskets in one record."""

_PRODUCT_AND_DEPARTMENT = itemgetter("product_id", "department")

Basket = tuple[str | None, int, int, list[tuple[str | None, str | None]]]

_TEXT = 128  # characters of a name
_PRODUCTS, _LINES = 1_000_000, 10_000  # of a basket


def basket(event: Event, cap: int) -> bytes:
    """One order as it is kept, and as it travels."""
    data: Any = event.data
    lines = dict.fromkeys(map(_PRODUCT_AND_DEPARTMENT, data.lines))
    if "" in map(itemgetter(1), lines):
        lines = dict.fromkeys((product, department or None) for product, department in lines)
    products = len(set(map(itemgetter(0), lines)))
    if products > cap:
        departments = sorted({department for _, department in lines if department is not None})
        lines = dict.fromkeys((None, department) for department in departments[: cap + 1])
    return orjson.dumps([data.region, int(event.synthetic), products, list(lines)])


def join(day: int, baskets: Iterable[bytes]) -> bytes:
    """A record of what `basket` made.

    >>> join(86_400_000, [b'[null,0,1,[["tea",null]]]'])
    b'{"day":86400000,"baskets":[[null,0,1,[["tea",null]]]]}'
    """
    return b'{"day":%d,"baskets":[%b]}' % (day, b",".join(baskets))


def read(record: Record) -> tuple[int, Any]:
    """The end of the day of a record, ms, and its baskets.

    Raises:
        Poison: Tocsin did not write it.
    """
    try:
        found = orjson.loads(record.value or b"")
        day, baskets = found["day"], found["baskets"]
        _check(day, baskets)
    except (ValueError, TypeError, KeyError) as error:
        raise foreign(error) from error
    return day, baskets


def _check(day: object, baskets: object) -> None:
    # By hand: a year has millions of lines, and a model of them takes twice as long as all the rest.
    if type(day) is not int or not 1 <= day <= LATEST:
        raise ValueError(f"its day is {day!r:.40}")
    if type(baskets) is not list or len(baskets) > MOST:
        raise ValueError(f"its baskets are no list of at most {MOST}")
    names: set[object] = set()
    for region, synthetic, products, lines in baskets:
        if type(synthetic) is not int or synthetic not in (0, 1):
            raise ValueError(f"{synthetic!r:.40} where 0 or 1 was wanted")
        if type(products) is not int or not 1 <= products <= _PRODUCTS:
            raise ValueError(f"{products!r:.40} products in a basket")
        if type(lines) is not list or len(lines) > _LINES:
            raise ValueError(f"its lines are no list of at most {_LINES:,}")
        if not ({*map(type, lines)} <= {list} and {*map(len, lines)} <= {2}):
            raise ValueError("a line is no list of two")
        names.add(region)
        names.update(*lines)
    for name in names:
        if name is not None and (type(name) is not str or len(name) > _TEXT):
            raise ValueError(f"{name!r:.40} where a name of at most {_TEXT} characters was wanted")


def items(held: Basket, level: Level, cap: int) -> Collection[str] | None:
    """What is counted of a basket; None where there is too much in it.

    >>> items(("East", 0, 2, [("tea", "drinks"), ("cup", None)]), "product", 200) == {"tea", "cup"}
    True
    >>> big = (None, 0, 900, [(None, "drinks"), (None, "dairy")])
    >>> items(big, "product", 200), sorted(items(big, "category", 200))
    (None, ['dairy', 'drinks'])
    """
    _, _, products, lines = held
    if level == "category":
        found = {department for _, department in lines if department is not None}
        return found if len(found) <= cap else None
    return {product for product, _ in lines if product is not None} if products <= cap else None
