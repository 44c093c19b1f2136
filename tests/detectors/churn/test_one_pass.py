"""What learns in one pass has learnt the same as River's plain pipeline, to the last bit."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from river import compose, linear_model, optim, preprocessing

from detectors.churn.features import Known
from detectors.churn.horizon import INPUTS, INTERCEPT_RATE, PRIOR_RATE, RATE, HorizonModel
from detectors.churn.one_pass import clip
from detectors.churn.prior import Prior
from detectors.churn.table import LEARNT, PATTERN

NEVER = ("tickets_90", "contacts_90", "contacts_response")  # of a shop that has none
Example = tuple[dict[str, float], Known, bool]


def examples(count: int) -> Iterator[Example]:
    """Usual features, some constant, some mostly zero, and now and then one that must be clipped."""
    chance = random.Random(11)
    for _ in range(count):
        row = {name: chance.gauss(1.0, chance.choice([0.5, 0.5, 30.0])) for name in LEARNT}
        row |= dict.fromkeys(NEVER, 0.0) | {"web_14": float(chance.random() < 0.03)}
        row = {name: min(max(value, -99.0), 99.0) for name, value in row.items()}
        age = chance.uniform(0.0, 400.0)
        known = Known(float(chance.randrange(20)), age * chance.random(), age, 1.0, None, 0)
        yield row, known, chance.random() < 0.6


class Plain:
    """The prior and River's pipeline, by River's own methods."""

    def __init__(self) -> None:
        self.prior = Prior(rate=PRIOR_RATE)
        self.scaler = preprocessing.StandardScaler()
        self.regression = linear_model.LogisticRegression(optim.AdaGrad(RATE), intercept_lr=INTERCEPT_RATE)
        self.pipeline = compose.Pipeline(
            ("scale", self.scaler), ("clip", compose.FuncTransformer(clip)), ("learn", self.regression)
        )

    def learn(self, row: dict[str, float], known: Known, silent: bool) -> None:
        pattern = (known.repeats, known.last_at, known.age, 30)
        x = {name: row[name] for name in LEARNT} | {PATTERN: self.prior.log_odds(*pattern)}
        self.pipeline.learn_one(x, silent)
        self.prior.learn(*pattern, silent=silent)


def numbers(model: HorizonModel | Plain) -> dict[str, list[float]]:
    regression = model.regression
    weights, squares = regression.weights, regression.optimizer.g2
    return {
        "means": [model.scaler.means[name] for name in INPUTS],
        "variances": [model.scaler.vars[name] for name in INPUTS],
        "counts": [model.scaler.counts[name] for name in INPUTS],
        "weights": [weights.get(name, 0.0) for name in INPUTS],
        "squares": [squares.get(name, 0.0) for name in INPUTS],
        "rest": [regression.intercept, regression.optimizer.n_iterations, *model.prior.logs],
    }


def test_one_pass_learns_what_the_plain_pipeline_learns_bit_for_bit() -> None:
    ours, plain = HorizonModel(30), Plain()
    for row, known, silent in examples(600):
        assert ours.learn_one(row, known, silent=silent)
        plain.learn(row, known, silent)
        assert numbers(ours) == numbers(plain)
    assert any(numbers(ours)["weights"])


def test_the_comparison_sees_a_pass_without_clipping(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, plain = HorizonModel(30), Plain()
    for row, known, silent in examples(100):
        with monkeypatch.context() as off:
            off.setattr("detectors.churn.one_pass.CLIP", 1e9)
            ours.learn_one(row, known, silent=silent)
        plain.learn(row, known, silent)
    assert numbers(ours)["weights"] != numbers(plain)["weights"]
    assert numbers(ours)["means"] == numbers(plain)["means"]
