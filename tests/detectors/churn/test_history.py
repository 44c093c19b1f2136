"""A history is a function of the set of events, and nobody's events make it large."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.churn import history as book
from detectors.churn import signals as ear
from detectors.churn.signals import DAY

EVENT = st.tuples(
    st.sampled_from(["placed", "placed", "placed", "cancelled", "returned"]),
    st.integers(0, 30),
    st.integers(0, 400 * DAY),
    st.floats(0, 1e6),
    st.sampled_from(["EUR", "EUR", "USD"]),
)


def build(events: list[tuple[str, int, int, float, str]]) -> book.History:
    history = book.empty()
    for kind, order, at, amount, currency in events:
        match kind:
            case "placed":
                book.placed(history, f"o{order}", at, amount, currency)
            case "cancelled":
                book.cancelled(history, f"o{order}", at)
            case "returned":
                book.returned(history, f"o{order}", at, amount)
    return history


@given(st.lists(EVENT, max_size=60), st.randoms(use_true_random=False), st.integers(0, 400 * DAY))
def test_the_order_of_arrival_does_not_matter(
    events: list[tuple[str, int, int, float, str]], chance: random.Random, moment: int
) -> None:
    shuffled = list(events)
    chance.shuffle(shuffled)
    assert book.orders_at(build(events), moment) == book.orders_at(build(shuffled + shuffled), moment)


def test_folding_old_orders_does_not_depend_on_arrival() -> None:
    events = [("placed", n, n * DAY, 5.0, "EUR") for n in range(book.MOST_ORDERS + 50)]
    assert build(events) == build(events[::-1])
    assert build(events)["old"] == {"n": 50, "first": 0}


@given(st.lists(EVENT, max_size=60), st.integers(0, 400 * DAY))
def test_what_happens_later_is_not_seen(events: list[tuple[str, int, int, float, str]], moment: int) -> None:
    # One event per order: the same order id twice is a correction, which is told apart by nobody's clock.
    first = {(kind, order): (kind, order, *rest) for kind, order, *rest in events}
    known = [event for event in first.values() if event[2] <= moment]
    assert book.orders_at(build(list(first.values())), moment) == book.orders_at(build(known), moment)


def test_a_customer_with_endless_events_stays_small() -> None:
    history, signals = book.empty(), ear.none()
    for n in range(20_000):
        book.placed(history, f"o{n}", n * 60_000, 1e300, "EUR")
        book.cancelled(history, f"x{n}", n)
        ear.ticket(signals, f"t{n}", n, "opened")
        ear.contact(signals, f"c{n}", n, "sent")
        ear.visited(signals, n * DAY)
    assert len(json.dumps(history)) + len(json.dumps(signals)) < 16_384
    assert history["old"]["n"] == 20_000 - book.MOST_ORDERS


@pytest.mark.parametrize("amount", [math.nan, math.inf, -math.inf, -5.0, 1e300])
def test_an_absurd_amount_becomes_a_finite_one(amount: float) -> None:
    history = book.empty()
    book.placed(history, "o", 0, amount, "EUR")
    assert 0.0 <= history["a"][0] <= book.MOST_AMOUNT


def test_a_publisher_that_doubles_its_orders_changes_nothing() -> None:
    once = build([("placed", n, n * DAY, 5.0, "EUR") for n in range(50)])
    twice = build([("placed", n, n * DAY, 5.0, "EUR") for n in range(50) for _ in range(2)])
    assert once == twice
