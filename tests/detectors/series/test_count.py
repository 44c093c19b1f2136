"""The overdispersed tail beside SciPy's exact one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detectors.series.count import score, two_sided


@given(st.floats(0.3, 1e6), st.floats(1e-4, 0.5), st.floats(1e-7, 1 - 1e-7))
def test_the_normal_score_has_the_exact_tail(mean: float, dispersion: float, level: float) -> None:
    """Within half of it, down to one in ten millions: how rare something is need not be told more exactly."""
    size = 1 / dispersion
    exact = stats.nbinom(size, size / (size + mean))
    count = float(exact.ppf(level))
    found = score(count, mean, dispersion)
    assert stats.norm.cdf(found) == pytest.approx(exact.cdf(count), rel=0.5, abs=1e-9)
    assert stats.norm.sf(found) == pytest.approx(exact.sf(count), rel=0.5, abs=1e-9)


@pytest.mark.parametrize("mean", [0.5, 5, 50, 500])
def test_without_dispersion_it_is_poisson(mean: float) -> None:
    for count in range(int(3 * mean) + 5):
        assert stats.norm.cdf(score(count, mean, 0.0)) == pytest.approx(
            stats.poisson.cdf(count, mean), rel=0.1, abs=1e-8
        )


def test_rare_days_are_as_rare_as_they_are_said_to_be() -> None:
    size, mean = 10.0, 40.0
    days = stats.nbinom(size, size / (size + mean)).rvs(20_000, random_state=1)
    for level in (0.05, 0.01, 0.001):
        honest = sum(two_sided(float(day), mean, 1 / size)[0] <= level for day in days) / len(days)
        poisson = sum(two_sided(float(day), mean, 0.0)[0] <= level for day in days) / len(days)
        assert honest < 1.3 * level
        assert poisson > 5 * level
