"""What travels on `baskets`: those of one partition on one day that is over.

One basket is [region, 1 if it was generated, distinct products, lines], a line [product, department]. Of a
basket with more products than the cap the lines have the departments alone, no more of them than can be told
apart from too many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detectors.pairs.baskets import Level
from schemas.envelope import Event
from streams.engine.days import LATEST
from streams.engine.intake import foreign
from streams.engine.records import Record

BASKETS = "baskets"
MOST = 500
"""Baskets in one record."""

Text = Annotated[str, Field(max_length=128)]
Basket = tuple[str | None, int, int, list[tuple[str | None, str | None]]]


class _Basket(NamedTuple):
    region: Text | None
    synthetic: Literal[0, 1]
    products: Annotated[int, Field(ge=1, le=1_000_000)]
    lines: Annotated[tuple[tuple[Text | None, Text | None], ...], Field(max_length=10_000)]


class _Baskets(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    day: Annotated[int, Field(ge=1, le=LATEST)]
    baskets: Annotated[tuple[_Basket, ...], Field(max_length=MOST)]


def basket(event: Event, cap: int) -> bytes:
    """One order as it is kept, and as it travels."""
    data: Any = event.data
    lines = dict.fromkeys((line["product_id"], line.get("department") or None) for line in data.lines)
    products = len({product for product, _ in lines})
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
        found = _Baskets.model_validate_json(record.value or b"")
        # What is kept must be read back by another parser, from rows that everything depends on.
        baskets = orjson.loads(record.value or b"")["baskets"]
    except orjson.JSONDecodeError as error:
        raise foreign(error) from error
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        raise foreign(f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from error
    return found.day, baskets


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
