"""Benjamini-Hochberg and Benjamini-Yekutieli beside SciPy's, and that they keep their promise."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detectors.series.fdr import Method, adjusted, believed
from schemas.errors import Permanent


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.sampled_from(["bh", "by"]))
def test_q_values_are_scipys(chances: list[float], method: Method) -> None:
    assert adjusted(chances, method=method) == pytest.approx(
        list(stats.false_discovery_control(chances, method=method))
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 50))
def test_tests_left_out_count_as_unremarkable(chances: list[float], more: int) -> None:
    whole = adjusted([*chances, *[1.0] * more])[: len(chances)]
    assert adjusted(chances, tests=len(chances) + more) == pytest.approx(whole)


def test_among_the_believed_few_are_chance_and_without_control_many_are() -> None:
    rng = random.Random(1)
    shares: dict[str, list[float]] = {"controlled": [], "naive": []}
    for _ in range(400):
        true = [math.erfc((3.5 + rng.gauss(0, 0.5)) / math.sqrt(2)) for _ in range(10)]
        chances = true + [rng.random() for _ in range(190)]
        for name, chosen in (
            ("controlled", believed(chances, 0.05)),
            ("naive", [chance <= 0.05 for chance in chances]),
        ):
            shares[name].append(sum(chosen[10:]) / max(1, sum(chosen)))
    assert sum(shares["controlled"]) / 400 < 0.06
    assert sum(shares["naive"]) / 400 > 0.3


@pytest.mark.parametrize("chances", [[0.1, math.nan], [-0.1], [1.1]])
def test_what_is_no_chance_is_refused(chances: list[float]) -> None:
    with pytest.raises(Permanent, match="is no chance"):
        adjusted(chances)


def test_fewer_tests_than_chances_are_refused() -> None:
    with pytest.raises(Permanent, match="2 chances of 1 tests"):
        adjusted([0.1, 0.2], tests=1)
