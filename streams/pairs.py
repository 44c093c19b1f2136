"""Files of events to the baskets they hold: the shell around `detectors.pairs`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from detectors.pairs.baskets import Basket, Level, Orders
from schemas.decode import TOPICS, decode
from schemas.errors import Poison
from streams.sources.files import lines, unwrap

TOPIC = "orders"
UNTYPED = TOPICS[0]
"""Where `unwrap` sends what names no type; only decoding tells whether it is an event at all."""


@dataclass
class Reading:
    """What files hold of orders.

    Attributes:
        orders: those that were placed.
        events: of the topic, each (source, id) once.
        duplicates: seen before.
        unreadable: lines that hold no event.
        first_problem: place and sentence of the first of them.
    """

    orders: Orders = field(default_factory=Orders)
    events: int = 0
    duplicates: int = 0
    unreadable: int = 0
    first_problem: str | None = None


def read(files: Sequence[Path]) -> Reading:
    """Read the orders of files; events of other topics are passed over.

    Raises:
        Permanent: a file cannot be read.
    """
    found = Reading()
    seen: set[tuple[str, str]] = set()
    for file in files:
        for line in lines(file, {TOPIC}):
            try:
                topic, _, value = unwrap(line.raw)
                if topic not in (TOPIC, UNTYPED):
                    continue
                event = decode(topic, value)
            except Poison as poison:
                found.unreadable += 1
                found.first_problem = found.first_problem or f"{line.place}: {poison}"
                continue
            if topic != TOPIC:
                continue
            known = (event.source, event.id)
            if known in seen:
                found.duplicates += 1
                continue
            seen.add(known)
            found.events += 1
            found.orders.add(event)
    return found


def members(baskets: Iterable[Basket], level: Level, category: str) -> frozenset[str]:
    """What was sold in a category: its products, or at that level itself."""
    if level == "category":
        return frozenset({category})
    return frozenset(product for basket in baskets for product, held in basket.lines if held == category)
