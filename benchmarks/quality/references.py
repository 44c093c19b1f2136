"""What the model must beat, fitted anew each month on all that was known then."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO

import numpy as np

from benchmarks.quality.beside import Taken
from benchmarks.quality.metrics import Floats

MONTH = 30
PENALTIES = (0.0, 0.001, 0.01, 0.1)  # lifetimes does not always converge without one


def monthly(taken: Taken, fit: Callable[[int], Callable[[np.ndarray], Floats] | None]) -> Floats:
    """Scores by a model that `fit(day)` gives, once in a month; it scores rows of the snapshots."""
    scores = np.full(len(taken.date), np.nan)
    model, fitted = None, -MONTH
    for day in np.unique(taken.date):
        rows = np.flatnonzero(taken.date == day)
        if day - fitted >= MONTH:
            model, fitted = fit(int(day)) or model, int(day)
        if model is not None:
            scores[rows] = model(rows)
    return scores


def bgnbd(taken: Taken, horizon: int) -> Floats:
    from lifetimes import BetaGeoFitter  # noqa: PLC0415 - a benchmark's own dependency

    def fit(day: int) -> Callable[[np.ndarray], Floats] | None:
        x, last, age = taken.prior[taken.date == day].T
        fitter = _fit(BetaGeoFitter, x, last, age)
        if fitter is None:
            return None
        r, alpha, a, b = (float(fitter.params_[name]) for name in ("r", "alpha", "a", "b"))

        def score(rows: np.ndarray) -> Floats:
            x, last, age = taken.prior[rows].T
            odds = a / (b + np.maximum(x, 1.0) - 1.0) * ((alpha + age) / (alpha + last)) ** (r + x)
            alive = np.where(x > 0, 1.0 / (1.0 + odds), 1.0)
            return 1.0 - alive * (1.0 - ((alpha + age) / (alpha + age + horizon)) ** (r + x))

        return score

    return monthly(taken, fit)


def pareto_nbd(taken: Taken, horizon: int) -> Floats:
    from lifetimes import ParetoNBDFitter  # noqa: PLC0415 - a benchmark's own dependency

    def fit(day: int) -> Callable[[np.ndarray], Floats] | None:
        x, last, age = taken.prior[taken.date == day].T
        fitter = _fit(ParetoNBDFitter, x, last, age)
        if fitter is None:
            return None

        def score(rows: np.ndarray) -> Floats:
            x, last, age = taken.prior[rows].T
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                p = np.asarray(
                    fitter.conditional_probability_of_n_purchases_up_to_time(0, horizon, x, last, age)
                )
            # For many repeats lifetimes' own formula overflows; its model then says "comes".
            return np.clip(np.nan_to_num(p, nan=0.0), 0.0, 1.0)

        return score

    return monthly(taken, fit)


def gradient_boosting(taken: Taken, horizon: int) -> Floats:
    """HistGB on every feature, from every fourth example of each customer whose label was known by then."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - a benchmark's own dependency

    fourth = taken.example_day // 7 % 4 == 0 if len(taken.example_day) > 300_000 else slice(None)
    features, silent, day_of = (
        taken.example_features[fourth],
        taken.example_silent[fourth],
        taken.example_day[fourth],
    )

    def fit(day: int) -> Callable[[np.ndarray], Floats] | None:
        known = day_of + horizon <= day
        if len(np.unique(silent[known])) < 2:
            return None
        # One regularised setting, not a search: the defaults overfit so many near-doubles.
        learner = HistGradientBoostingClassifier(
            learning_rate=0.05, max_iter=100, max_leaf_nodes=15, min_samples_leaf=100, random_state=0
        ).fit(features[known], silent[known])

        def score(rows: np.ndarray) -> Floats:
            found: Floats = learner.predict_proba(taken.features[rows].astype(np.float32))[:, 1]
            return found

        return score

    return monthly(taken, fit)


def _fit(kind: type, x: Floats, last: Floats, age: Floats) -> object | None:
    # A pattern counts as often as customers have it: the same likelihood in a quarter of the time.
    patterns, counts = np.unique(np.stack([x, last, age], 1), axis=0, return_counts=True)
    for penalty in PENALTIES:
        np.random.seed(0)  # noqa: NPY002 - lifetimes draws where it begins from here
        try:
            # Where a fit does not converge, lifetimes prints what scipy says before it raises.
            with warnings.catch_warnings(), redirect_stdout(StringIO()):
                warnings.simplefilter("ignore")
                return kind(penalizer_coef=penalty).fit(*patterns.T, weights=counts)
        except Exception as wrong:  # the class that is meant is private to lifetimes
            if type(wrong).__name__ != "ConvergenceError":
                raise
    return None
