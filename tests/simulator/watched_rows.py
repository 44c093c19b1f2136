"""Rows of series and pairs, as two runs must agree in them: without the order in which things came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from streams.engine.days import HELD, day_of
from streams.engine.pairs.kept import DAYS
from streams.engine.pairs.sheets import ORDERS
from streams.engine.pairs.sheets import day_of as day_of_sheet
from streams.engine.series.touched import BUCKET

OPEN = (BUCKET, ORDERS)
STAGES = ("series-rows", "pair-rows")

Rows = Mapping[bytes, bytes]


def open_rows(rows: Rows) -> Iterator[tuple[str, Any]]:
    """What a partition has measured and not yet told, and the orders of days that are not over.

    What a step adds to a day's slices is in the row of the bucket in which it met that day first, and its
    orders are on sheets of its own.
    """
    spans: dict[str, Counter[Any]] = {}
    for key, raw in rows.items():
        if key.startswith(ORDERS):
            names, *baskets = raw.split(b"\n")
            for (customer, order, *rank), basket in zip(orjson.loads(names), baskets, strict=True):
                yield f"order {order} of {customer} to {day_of_sheet(key)}", (rank, basket)
        elif key.startswith(BUCKET):
            _, end, start, *topic = key.decode().split("/")
            span = spans.setdefault(f"to {end} of {topic or start}", Counter())
            span.update(dict(_leaves(orjson.loads(raw))))
    for name, span in spans.items():
        # What was taken back again is nothing.
        yield name, {path: n for path, n in span.items() if n}


def stage_rows(rows: Rows) -> Iterator[tuple[str, Any]]:
    """The rows of the stage of the series, or of pairs."""
    waiting: dict[str, Counter[str]] = {}
    for key, raw in rows.items():
        if key.startswith(HELD):
            # A source may cut into records as it likes.
            found = waiting.setdefault(f"waits for {day_of(key)}", Counter())
            held = orjson.loads(raw)["held"]
            for entries in held.values() if isinstance(held, dict) else [held]:
                found.update(map(repr, entries))
        elif key.startswith(DAYS) and not raw.startswith(b"{"):  # of pairs, packed
            yield f"{key!r}", raw
        else:
            row = orjson.loads(raw)
            if key.startswith(BUCKET):
                row = {name: sorted(entries) for name, entries in row.items()}
            yield f"{key!r}", row
    yield from waiting.items()


def _leaves(tree: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    for name, each in tree.items():
        if isinstance(each, dict):
            yield from _leaves(each, (*path, name))
        else:
            yield (*path, name), each
