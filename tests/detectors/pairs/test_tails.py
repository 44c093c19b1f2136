"""Tails beside scipy's, and corrections beside its."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from detectors.pairs.correction import q_values
from detectors.pairs.tails import beta_binomial, hypergeometric, log_gamma


def columns(rng: np.random.Generator, baskets: int, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a = np.minimum(1 + rng.geometric(min(20 / baskets, 0.5), rows), baskets)
    b = np.minimum(1 + rng.geometric(min(20 / baskets, 0.5), rows), baskets)
    least = np.maximum(a + b - baskets, 0)
    near = rng.poisson(a * b / baskets * rng.choice([0.3, 1.0, 3.0], rows))
    return np.clip(near, np.maximum(least, 1), np.minimum(a, b)), a, b


@pytest.mark.parametrize("baskets", [3, 40, 4_000, 155_520])
def test_fishers_exact_test_is_scipys(baskets: int) -> None:
    count, a, b = columns(np.random.default_rng(baskets), baskets, 2_000)
    wanted = stats.hypergeom.sf(count - 1, baskets, a, b)
    held = wanted > 1e-290  # below, scipy's own tail runs out of digits
    assert hypergeometric(count, a, b, baskets)[held] == pytest.approx(wanted[held], rel=1e-7)


def test_one_table_is_that_of_fisher_exact() -> None:
    table = [[12, 5], [3, 80]]
    wanted = stats.fisher_exact(table, alternative="greater").pvalue
    found = hypergeometric(np.array([12]), np.array([17]), np.array([15]), 100)
    assert found[0] == pytest.approx(wanted, rel=1e-9)


def test_what_cannot_help_meeting_is_no_surprise() -> None:
    assert hypergeometric(np.array([1]), np.array([8]), np.array([9]), 10).tolist() == [1.0]


@pytest.mark.parametrize("dispersion", [1e-4, 0.01, 0.3])
def test_the_beta_binomial_is_scipys(dispersion: float) -> None:
    rng = np.random.default_rng(5)
    total = rng.integers(1, 400, 500)
    share = rng.uniform(0.02, 0.98, 500)
    count = rng.binomial(total, share)
    size = (1 - dispersion) / dispersion
    law = stats.betabinom(total, share * size, (1 - share) * size)
    for found, wanted in (
        (beta_binomial(count, total, share, dispersion, upper=True), law.sf(count - 1)),
        (beta_binomial(count, total, share, dispersion, upper=False), law.cdf(count)),
    ):
        assert found == pytest.approx(wanted, rel=1e-6, abs=1e-9)


def test_log_gamma_is_scipys() -> None:
    z = np.r_[np.geomspace(1e-6, 1e9, 400), np.arange(1, 400) / 2]
    assert log_gamma(z) == pytest.approx(special.gammaln(z), rel=1e-13, abs=1e-12)


@pytest.mark.parametrize("method", ["bh", "by"])
def test_q_values_are_scipys_with_every_unseen_pair_at_one(method: str) -> None:
    p = np.random.default_rng(1).uniform(size=300) ** 3
    wanted = stats.false_discovery_control(np.r_[p, np.ones(700)], method=method)[:300]
    assert q_values(p, 1000, method) == pytest.approx(wanted, rel=1e-12)


def test_more_values_than_hypotheses_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="3 p-values of 2"):
        q_values(np.ones(3), 2)
