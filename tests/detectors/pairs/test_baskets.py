"""Baskets are a function of the set of events: order, repetition and a restart change nothing."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.events import encode, example

from detectors.pairs.baskets import Basket, Orders, within
from schemas.decode import decode

HISTORY = st.lists(
    st.tuples(
        st.sampled_from(["placed", "cancelled", "shipped"]),
        st.sampled_from("12"),
        st.integers(0, 3),
        st.text("ab", min_size=1, max_size=3),
    ),
    max_size=8,
)


def events(history: list[tuple[str, str, int, str]]) -> list[Any]:
    """Events of two orders of two customers."""
    found = []
    for number, (kind, order, hour, products) in enumerate(history):
        data: dict[str, Any] = {"order_id": f"o-{order}", "customer_id": f"c-{number % 2}"}
        if kind == "placed":
            line = {"quantity": "1", "amount": "1"}
            data["lines"] = [{"product_id": p, "department": p.upper(), **line} for p in products]
        event = example(f"tocsin.order.{kind}.v1", **data)
        event |= {"id": f"e-{number}", "time": f"2026-03-01T0{hour}:00:00Z"}
        found.append(decode("orders", encode(event)))
    return found


def taken(them: list[Any]) -> Orders:
    orders = Orders()
    for event in them:
        orders.add(event)
    return orders


@given(HISTORY, st.randoms(use_true_random=False))
def test_order_repetition_and_restart_change_nothing(
    history: list[tuple[str, str, int, str]], chance: random.Random
) -> None:
    them = events(history)
    wanted = taken(them)
    mixed = [*them, *chance.choices(them, k=3)] if them else []
    chance.shuffle(mixed)
    half = Orders.from_json(json.loads(json.dumps(taken(mixed[:4]).to_json())))
    for event in mixed[4:]:
        half.add(event)
    assert sorted(half.baskets()) == sorted(wanted.baskets())
    assert half.cancelled == wanted.cancelled


def test_the_newest_placing_counts_and_a_cancelled_order_does_not() -> None:
    placed = [
        ("placed", "1", 1, "a"),
        ("shipped", "2", 1, "a"),
        ("placed", "1", 3, "bb"),
        ("placed", "2", 2, "a"),
    ]
    (one, two) = sorted(taken(events(placed)).baskets())
    assert (two.items("product"), two.items("category")) == ({"b"}, {"B"})
    orders = taken(events([*placed, ("cancelled", "1", 0, "a")]))
    assert list(orders.baskets()) == [one]
    assert orders.cancelled == 1


def test_a_cut_takes_its_first_moment_and_leaves_its_last() -> None:
    baskets = [Basket(at, region, ()) for at in (1, 2, 3) for region in ("east", None)]
    assert [each.at for each in within(baskets, 2, 3)] == [2, 2]
    assert [each.at for each in within(baskets, region="east")] == [1, 2, 3]
    assert list(within(baskets)) == baskets
