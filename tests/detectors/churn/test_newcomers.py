"""Whether a shop is older than its data is told by its first orders alone, on real shops too."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quality import data as sets
from detectors.churn import newcomers
from detectors.churn.newcomers import MOST_DAYS, WINDOW, data_from, note
from detectors.churn.signals import DAY

OVER = 2 * WINDOW * DAY


def told(firsts: list[int]) -> dict:
    state = newcomers.new()
    for first in firsts:
        note(state, first)
    return state


def quarters(data: sets.Dataset) -> list[tuple[list[int], list[list[int]]]]:
    """First orders of everybody, and of random quarters, for partitions decide by themselves."""
    firsts = data.orders.groupby("customer")["at"].min().tolist()
    random.Random(1).shuffle(firsts)
    return [firsts, *(firsts[i::4] for i in range(4))]


@pytest.mark.parametrize(("load", "older"), [(sets.cdnow, False), (sets.complete_journey, True)])
def test_real_shops_are_told_apart_by_each_partition(load, older: bool) -> None:  # noqa: ANN001 - a loader
    data = load()
    if data is None:
        pytest.skip(f"{load.__name__}: the package with its orders is not installed (extra bench or demo)")
    for firsts in quarters(data):
        state = told(firsts)
        for moment in (data.start + OVER + DAY, data.end):
            assert data_from(state, moment) == (data.start if older else None)
        # Until it can be told, nobody gets a false tenure.
        assert data_from(state, data.start + OVER - DAY) == data.start


@given(st.lists(st.integers(0, 100 * DAY), max_size=60), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(firsts: list[int], chance: random.Random) -> None:
    shuffled = list(firsts)
    chance.shuffle(shuffled)
    assert told(firsts) == told(shuffled)


@given(st.lists(st.tuples(st.integers(0, 50 * DAY), st.integers(0, 50 * DAY)), max_size=30))
def test_an_earlier_order_that_comes_late_moves_its_customer(moves: list[tuple[int, int]]) -> None:
    state = told([before for before, _ in moves])
    for before, after in moves:
        note(state, after, before)
    assert state == told([after for _, after in moves])


def test_strays_before_the_beginning_do_not_move_it() -> None:
    regulars = [1000 * DAY + i % 20 * DAY for i in range(200)]
    assert data_from(told([3 * DAY, 400 * DAY, *regulars]), 1200 * DAY) == 1000 * DAY


def test_a_new_shop_is_not_older_and_the_future_is_not_seen() -> None:
    steady = [day * DAY for day in range(300)]
    assert data_from(told(steady), 100 * DAY) is None
    assert data_from(told(steady), 30 * DAY) == data_from(told(steady[:31]), 30 * DAY) == 0
    assert data_from(newcomers.new(), DAY) is None
    assert len(told(steady)["days"]) == MOST_DAYS
