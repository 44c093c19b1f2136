"""Counts are those of a self-join, whatever the order, the cuts and the sums; a bound on memory is kept."""

from __future__ import annotations

import json
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pair_worlds import BASKETS, by_pandas, named, supports

from benchmarks.quality.pair_worlds import Basket, independent
from detectors.pairs.bounded import pruned
from detectors.pairs.counting import count
from detectors.pairs.counts import Counts
from schemas.errors import Permanent


@given(BASKETS)
def test_counts_are_those_of_a_self_join(baskets: list[Basket]) -> None:
    found = count(baskets)
    assert named(found) == by_pandas(baskets)
    assert supports(found) == Counter(item for basket in baskets for item in basket)
    assert found.baskets == sum(bool(basket) for basket in baskets)
    assert found.squares == sum(len(basket) ** 2 for basket in baskets)


@given(BASKETS, st.randoms(use_true_random=False))
def test_the_order_of_baskets_does_not_matter(baskets: list[Basket], chance: random.Random) -> None:
    mixed = chance.sample(baskets, len(baskets))
    assert count(mixed) == count(baskets) == count(baskets, chunk=3)


@given(BASKETS, BASKETS, BASKETS)
def test_sums_are_associative(one: list[Basket], two: list[Basket], three: list[Basket]) -> None:
    a, b, c = count(one), count(two), count(three)
    assert (a + b) + c == a + (b + c) == c + b + a == count(one + two + three)


@given(BASKETS)
def test_json_carries_counts(baskets: list[Basket]) -> None:
    found = count(baskets, cap=4)
    assert Counts.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": [99]},
        {"a": [1], "b": [0]},
        {"b": [7]},
        {"names": ["b", "a"]},
        {"support": [1]},
        {"baskets": -1},
        {"squares": 0},
        {"count": [float("nan")]},
        {"count": None},
        {"support": ["x", "y"]},
        {"slack": 1 << 80, "support": [1 << 80, 1]},
    ],
)
def test_counts_that_contradict_themselves_are_refused_in_words(wrong: dict[str, object]) -> None:
    sound = count([frozenset("ab")]).to_json()
    with pytest.raises(Permanent, match="count the day's baskets again"):
        Counts.from_json({**sound, **wrong})


def test_a_basket_above_the_cap_is_left_out_whole_and_counted() -> None:
    found = count([frozenset("abc"), frozenset("ab")], cap=2)
    assert (found.baskets, found.oversized) == (1, 1)
    assert named(found) == {("a", "b"): 1}
    assert named(count([frozenset("abc"), frozenset("ab")]))["b", "c"] == 1  # without the cap


@given(BASKETS, st.integers(1, 10))
def test_beyond_the_bound_the_error_is_as_stated(baskets: list[Basket], most: int) -> None:
    true, found = by_pandas(baskets), count(baskets, most=most, chunk=5)
    kept = named(found)
    assert len(kept) <= most
    for pair, number in true.items():
        assert kept.get(pair, 0) <= number <= kept.get(pair, 0) + found.slack
    assert found.slack <= sum(true.values()) / (most + 1)
    assert supports(found) == supports(count(baskets))


@given(BASKETS, BASKETS, st.integers(1, 10))
def test_bounded_counts_of_two_days_add_up_within_their_slack(
    one: list[Basket], two: list[Basket], most: int
) -> None:
    found = pruned(count(one, most=most) + count(two, most=most), most)
    true = by_pandas(one + two)
    for pair, number in true.items():
        assert named(found).get(pair, 0) <= number <= named(found).get(pair, 0) + found.slack
    assert found.slack <= sum(true.values()) / (most + 1)


def test_a_million_products_fit_into_the_bound() -> None:
    rng = np.random.default_rng(7)
    loved = [(f"hit-{n:02d}", f"hot-{n:02d}") for n in range(20)]
    drawn = np.c_[rng.zipf(1.3, (8_000, 6)), rng.integers(1, 1_000_000, (8_000, 2))] % 1_000_000
    baskets = [
        frozenset([*(f"p{item}" for item in row), *(loved[n // 10 % 20] if n % 10 == 0 else ())])
        for n, row in enumerate(drawn.tolist())
    ]
    most = 10_000
    exact, found = count(baskets), count(baskets, most=most, chunk=50_000)
    # The rest of the catalogue is sold as well, each product alone.
    ones = np.ones(1_000_000, np.int64)
    rest = Counts(
        tuple(sorted(f"p{n}" for n in range(len(ones)))), ones, baskets=len(ones), squares=len(ones)
    )
    found = pruned(found + rest, most)
    assert len(exact.keys) > 10 * most
    assert len(found.names) > 1_000_000
    assert len(found.keys) <= most
    assert 0 < found.slack <= int(exact.counts.sum()) / (most + 1)
    kept, true = named(found), named(exact)
    assert all(number - found.slack <= kept.get(pair, 0) <= number for pair, number in true.items())
    best = sorted(true, key=lambda pair: -true[pair])[:1000]
    assert sum(pair in kept for pair in best) >= 950
    assert set(loved) <= set(kept)


def test_effective_baskets_know_that_large_baskets_bring_together_by_themselves() -> None:
    rng = np.random.default_rng(3)
    baskets = independent(rng, 4000, 300, size=8)
    found = count(baskets)
    held = found.counts * found.effective / (found.support[found.first] * found.support[found.second])
    often = found.counts >= 30
    assert found.effective < 0.8 * found.baskets
    assert abs(held[often].mean() - 1) < 0.05
    plain = found.counts * found.baskets / (found.support[found.first] * found.support[found.second])
    assert plain[often].mean() > 1.2
