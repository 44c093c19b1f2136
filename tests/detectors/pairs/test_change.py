"""What changed: planted changes are found, restlessness is no change, better sales are none either."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
import pytest

from benchmarks.quality.pair_worlds import Restless, restless
from detectors.pairs import dispersion
from detectors.pairs.change import Changes, changes
from detectors.pairs.counting import count
from detectors.pairs.counts import Counts
from detectors.pairs.relevant import Rule


@cache
def world(seed: int) -> Restless:
    return restless(np.random.default_rng(seed))


@cache
def counted(seed: int) -> tuple[Counts, Counts]:
    return count(world(seed).reference), count(world(seed).current)


def wrong(found: Changes, seed: int) -> int:
    return sum((each.product_a, each.product_b) not in world(seed).planted for each in found.told)


@cache
def told(seed: int) -> Changes:
    return changes(*counted(seed), most=1_000)


def test_planted_changes_are_found_and_restless_pairs_are_not() -> None:
    every = [told(seed) for seed in range(4)]
    number = sum(len(found.told) for found in every)
    false = sum(wrong(found, seed) for seed, found in enumerate(every))
    planted = sum(len(world(seed).planted) for seed in range(4))
    assert false <= 0.05 * number
    assert number - false >= 0.3 * planted


def test_without_the_dispersion_restless_pairs_are_taken_for_changes() -> None:
    found = [changes(*counted(seed), most=1_000, estimate=lambda *_: dispersion.LEAST) for seed in range(4)]
    false = sum(wrong(each, seed) for seed, each in enumerate(found))
    assert false > 0.1 * sum(len(each.told) for each in found)


def test_each_change_has_the_name_of_what_became_of_it() -> None:
    for each in told(3).told:
        fate = world(3).planted.get((each.product_a, each.product_b))
        if fate is None:
            continue
        assert each.kind in {"rises": ("emerging", "growing"), "falls": ("fading", "broken")}[fate]
        assert (each.count > each.expected) == (fate == "rises")
        assert each.q <= 0.05
    kinds = Counter(each.kind for each in told(3).told)
    assert kinds["emerging"] > 0 < kinds["broken"]


def test_at_most_so_many_are_told_the_surest_first_and_the_rest_is_counted() -> None:
    every = told(3)
    few = changes(*counted(3), most=3)
    assert few.told == every.told[:3]
    assert few.left_out == len(every.told) - 3 > 0
    assert [each.p for each in every.told] == sorted(each.p for each in every.told)


def steady(rng: np.random.Generator, baskets: int, sells: float) -> list[frozenset[str]]:
    """Tea and milk, and 59 other pairs, each 6 times as often together as chance would have it."""
    found = []
    for _ in range(baskets):
        held = {f"s{n}" for n in np.flatnonzero(rng.random(40) < 0.1).tolist()}
        for n in np.flatnonzero(rng.random(60) < np.where(np.arange(60) == 0, sells, 0.02)).tolist():
            held |= {f"a{n}", f"b{n}"} if rng.random() < 0.5 else {"ab"[rng.integers(2)] + str(n)}
        found.append(frozenset(held))
    return found


def test_better_sales_of_both_products_are_no_change_of_their_pair() -> None:
    rng = np.random.default_rng(8)
    reference, current = count(steady(rng, 3_000, 0.02)), count(steady(rng, 3_000, 0.08))
    at = current.names.index("a0") << 32 | current.names.index("b0")
    grown = int(current.counts[np.searchsorted(current.keys, at)])
    assert grown > 90  # some 30 before
    assert [each for each in changes(reference, current).told if each.product_a == "a0"] == []


def test_the_same_baskets_dealt_out_anew_have_not_changed() -> None:
    rng = np.random.default_rng(9)
    baskets = world(0).reference + world(0).current
    order = rng.permutation(len(baskets)).tolist()
    one, two = (count(baskets[n] for n in half) for half in (order[:8_000], order[8_000:]))
    found = changes(one, two)
    assert found.asked > 200
    assert found.told == []


def test_windows_without_a_common_pair_have_nothing_to_say() -> None:
    nothing, some = count([]), count([frozenset("ab")] * 30)
    for one, two in (
        (nothing, nothing),
        (nothing, some),
        (some, nothing),
        (some, count([frozenset("cd")] * 30)),
    ):
        assert changes(one, two) == Changes([], 0, 0, dispersion.UNKNOWN)


def test_counts_that_may_be_too_low_never_make_a_change() -> None:
    reference, current = counted(3)
    exact = {(each.product_a, each.product_b) for each in told(3).told}
    unsure = [
        Counts(**{**vars(each), "slack": 25})  # as if memory had been bounded
        for each in (reference, current)
    ]
    found = {(each.product_a, each.product_b) for each in changes(*unsure, most=1_000).told}
    assert found < exact


def test_a_stricter_method_tells_fewer() -> None:
    strict = changes(*counted(3), Rule(method="by", sized=True), most=1_000)
    assert 0 < len(strict.told) < len(told(3).told)


@pytest.mark.parametrize("swing", [0.0, 0.1, 0.3])
def test_the_dispersion_that_was_put_in_comes_out(swing: float) -> None:
    rng = np.random.default_rng(1)
    total = rng.integers(50, 200, 3_000)
    shape = 1 / max(swing, 1e-9) ** 2
    one, two = rng.gamma(shape, 1 / shape, (2, 3_000))
    count = rng.binomial(total, one / (one + two))
    found = dispersion.estimate(count, total, np.full(3_000, 0.5), np.ones(3_000))
    assert found == pytest.approx(max(1 / (1 + 2 * shape), dispersion.LEAST), rel=0.15, abs=0.001)
