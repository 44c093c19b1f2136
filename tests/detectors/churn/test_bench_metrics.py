"""The benchmark's own figures are right: ties, weights, and a bootstrap that knows a better ranking."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.metrics import Ranking, Snapshots, average_precision, calibration_error


def test_auc_counts_pairs_and_ties_by_half() -> None:
    score, silent = np.array([0.9, 0.5, 0.5, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])
    assert Ranking.of(score, silent).auc() == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    # A customer drawn twice counts twice.
    weight = np.array([2.0, 1.0, 1.0, 1.0])
    twice = Ranking.of(np.array([0.9, *score]), np.array([1.0, *silent])).auc()
    assert Ranking.of(score, silent).auc(weight) == pytest.approx(twice)


def test_average_precision_and_calibration_of_known_cases() -> None:
    assert average_precision(np.array([3.0, 2.0, 1.0]), np.array([1.0, 0.0, 1.0])) == pytest.approx(
        (1 + 2 / 3) / 2
    )
    p = np.array([0.2] * 5)
    assert calibration_error(p, np.array([1.0, 0, 0, 0, 0])) == pytest.approx(0.0)
    assert calibration_error(p, np.ones(5)) == pytest.approx(0.8)


def test_the_bootstrap_tells_a_better_ranking_from_a_worse_one() -> None:
    chance = np.random.default_rng(1)
    silent = (chance.random(2000) < 0.5).astype(float)
    good, bad = silent + chance.normal(0, 1, 2000), silent + chance.normal(0, 3, 2000)
    snapshots = Snapshots(np.repeat([1, 2], 1000), np.tile(np.arange(1000), 2), silent)
    low, middle, high = snapshots.bootstrap(good, {"bad": bad}, rounds=50)["bad"]
    assert 0.0 < low < middle < high
