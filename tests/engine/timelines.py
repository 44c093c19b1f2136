"""Timelines of one order or ticket as the stream can bring them. Times are small numbers.

Drawn from a seed with plain chance: a thousand a second, against fifty that hypothesis builds piece by
piece. Hypothesis chooses the seed and how long they may be, so that what it shows is short.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from alerts.timeline import Known

BOUND = 10  # how far out of order events may be without being late
PRIORITIES = ("low", "normal", "high", "urgent")

SEEDS = st.integers(0, 1 << 32)
LENGTHS = st.integers(1, 9)
MANY = settings(deadline=None, max_examples=60)
EACH = 30  # timelines of one seed


class Arrival(NamedTuple):
    """An event as it arrives, and how far time had certainly come after it."""

    known: Known
    mark: int


def timelines(entity: str, seed: int, most: int) -> Iterator[tuple[random.Random, list[Arrival]]]:
    """Some timelines of a seed, each with a source of chance to go on with."""
    for number in range(EACH):
        rng = random.Random(f"{entity} {seed} {number}")
        yield rng, _timeline(rng, entity, most)


def _timeline(rng: random.Random, entity: str, most: int) -> list[Arrival]:
    """Events in the order of their log: in order, out of it, late; time follows at any pace."""
    make = _order if entity == "order" else _ticket
    found: list[Arrival] = []
    newest, mark, now = 0, -BOUND, 0
    for number in range(rng.randint(1, most)):
        now += rng.choice((0, 1, 3, 8, 20, 50))
        back = rng.choice((0, 0, 0, rng.randrange(BOUND), rng.randrange(BOUND), rng.randrange(100)))
        time, bound = now - back, newest - BOUND
        newest = max(newest, time)
        if rng.random() < 0.5:  # other events of the same log bring time forward
            now += rng.choice((10, 20, 60))
            newest = max(newest, now)
        mark = rng.choice((mark, newest - BOUND, rng.randint(mark, newest - BOUND)))
        kind, facts = make(rng)
        # Ids say nothing about the order of things.
        known = Known(time, max(time, bound), f"e{number * 7 % 10}", kind, facts)
        found.append(Arrival(known, mark))
    return found


Made = tuple[str, dict[str, Any]]
Make = Callable[[random.Random], Made]


def _order(rng: random.Random) -> Made:
    kind = rng.choice(("placed", "placed", "shipped", "shipped", "delivered", "cancelled", "returned"))
    makes_promise = kind in ("placed", "shipped") and rng.random() < 0.7
    return kind, {"promised": rng.randrange(14) * 10} if makes_promise else {}


def _ticket(rng: random.Random) -> Made:
    kind = rng.choice(("opened", "opened", "replied", "replied", "replied", "resolved", "reopened"))
    facts: dict[str, Any] = {"synthetic": True} if rng.random() < 0.1 else {}
    if kind == "opened":
        facts |= {"priority": rng.choice(PRIORITIES), "category": rng.choice("xyz")}
    elif kind == "replied":
        facts["by"] = rng.choice(("agent", "customer"))
    if kind == "opened" or facts.get("by") == "customer":
        facts["text"] = str(rng.random())
    return kind, facts
