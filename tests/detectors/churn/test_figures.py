"""Prequential figures are those that counting pairs by hand gives."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.churn.figures import Figures, auc
from detectors.churn.signals import DAY

ROWS = st.lists(
    st.tuples(
        st.integers(0, 4 * DAY),
        st.sampled_from([0.0, 0.125, 0.5, 0.75, 1.0]),
        st.floats(0, 9, width=32),
        st.booleans(),
    ),
    max_size=60,
)


def counted(pairs: list[tuple[float, bool]]) -> float | None:
    lost = [score for score, silent in pairs if silent]
    came = [score for score, silent in pairs if not silent]
    wins = [(a > b) + 0.5 * (a == b) for a, b in product(lost, came)]
    return sum(wins) / len(wins) if wins else None


def mean(values: list[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return sum(found) / len(found) if found else None


def near(value: float | None) -> object:
    return None if value is None else pytest.approx(value, abs=1e-6)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_summary_is_what_counting_pairs_gives(rows: list[tuple], chance) -> None:  # noqa: ANN001 - Random
    figures = Figures()
    for at, p, recency, silent in chance.sample(rows, len(rows)):
        figures.add(at, p, recency, silent=silent)
    days = [[row for row in rows if row[0] // DAY == day] for day in range(5)]
    found = figures.summary()
    assert found["examples"] == len(rows)
    assert found["auc_day"] == near(mean([counted([(row[1], row[3]) for row in day]) for day in days]))
    assert found["auc_recency_day"] == near(
        mean([counted([(row[2], row[3]) for row in day]) for day in days])
    )
    assert found["auc_pooled"] == near(counted([(row[1], row[3]) for row in rows]))
    assert found["brier"] == near(mean([(row[1] - row[3]) ** 2 for row in rows]))


def test_auc_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn (extra bench) is not installed")
    chance = np.random.default_rng(3)
    score, silent = chance.integers(0, 50, 2000) / 50, chance.random(2000) < 0.4
    assert auc(score, silent) == pytest.approx(metrics.roc_auc_score(silent, score))
