"""A sweep is judged as its customers are one by one: scores, shares, and the words people read."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.churn_customers import CUSTOMER, build

from detectors.churn.features import features
from detectors.churn.judge import Judged, judge
from detectors.churn.model import ChurnModel
from detectors.churn.reasons import reasons
from detectors.churn.signals import DAY
from detectors.churn.sweep import sweep
from detectors.churn.table import FAMILIES, LEARNT


def taught(examples: int = 300) -> ChurnModel:
    """A model to whom every input means something, tickets and web too."""
    chance, model = random.Random(4), ChurnModel((30, 60, 90), main=60)
    for _ in range(examples):
        row = {name: chance.gauss(1, 1) for name in LEARNT}
        silent = chance.random() < 0.5 + sum(row.values()) / 100
        from_known = features(*_one(chance))
        for days in model.horizons:
            model.learn_one(days, row, from_known[1], silent=silent)
    return model


def _one(chance: random.Random) -> tuple:
    orders = [(chance.randrange(200 * DAY), 20.0) for _ in range(chance.randrange(1, 9))]
    return build((orders, [], [], []))[0], 200 * DAY


MODELS = (ChurnModel((30, 60, 90), main=60), taught())


@settings(max_examples=40, deadline=None)
@given(
    st.lists(CUSTOMER, min_size=1, max_size=6),
    st.integers(0, 520 * DAY),
    st.one_of(st.none(), st.integers(0, 50 * DAY)),
    st.sampled_from(MODELS),
)
def test_a_sweep_is_judged_as_one_by_one(
    customers: list[tuple], moment: int, data_from: int | None, model: ChurnModel
) -> None:
    histories, signals = zip(*(build(each) for each in customers), strict=True)
    judged = judge(model, sweep(histories, moment, signals, data_from))
    for i, place in enumerate(judged.swept.places):
        row, known = features(histories[place], moment, signals[place], data_from)
        alone = {each.family: each for each in reasons(model.horizons[60], row, known)}
        assert {days: p[i] for days, p in judged.p.items()} == pytest.approx(model.predict_one(row, known))
        shares = dict(zip(judged.families, judged.shares[i], strict=True))
        assert shares == pytest.approx({name: each.log_odds for name, each in alone.items()}, abs=1e-9)
        told = judged.reasons(i, len(FAMILIES))
        assert [each.log_odds for each in told] == sorted((each.log_odds for each in told), reverse=True)
        assert [each.words for each in told] == [alone[each.family].words for each in told]
        wanted = reasons(model.horizons[60], row, known, 3)
        assert [each.log_odds for each in judged.reasons(i)] == pytest.approx(
            [each.log_odds for each in wanted], abs=1e-9
        )


def judged_shop(model: ChurnModel) -> Judged:
    chance = random.Random(9)
    return judge(model, sweep([_one(chance)[0] for _ in range(200)], 300 * DAY))


@pytest.mark.parametrize("model", MODELS)
def test_what_is_told_adds_up(model: ChurnModel) -> None:
    judged = judged_shop(model)
    assert judged.base + judged.shares.sum(axis=1) == pytest.approx(judged.log_odds, abs=1e-12)
    assert judged.p[60] == pytest.approx(1 / (1 + np.exp(-judged.log_odds)), abs=1e-12)
    some = 0
    for i, log_odds in enumerate(judged.log_odds):
        shown = judged.reasons(i, 2)
        some += len(shown)
        whole = judged.base + sum(each.log_odds for each in shown) + judged.rest(i, 2)
        assert whole == pytest.approx(log_odds, abs=1e-12)
        # What a person reads adds up by hand, decimal by decimal.
        told = json.loads(json.dumps(judged.told(i)))
        tenths = [round(each * 10_000) for each in (told[1], *(share for _, share, _ in told[2]), told[3])]
        assert sum(tenths) == round(told[0] * 10_000)
    assert some


def test_the_probabilities_are_those_of_the_model_in_any_slices() -> None:
    chance = random.Random(9)
    histories = [_one(chance)[0] for _ in range(60)]
    whole = judge(MODELS[1], sweep(histories, 300 * DAY))
    parts = [judge(MODELS[1], sweep(part, 300 * DAY)) for part in (histories[:11], histories[11:])]
    assert np.concatenate([part.shares for part in parts]).tolist() == whole.shares.tolist()
    for days, p in MODELS[1].predict_many(whole.swept).items():
        assert p.tolist() == whole.p[days].tolist() == [*parts[0].p[days], *parts[1].p[days]]


def test_an_empty_slice_is_judged_as_nothing() -> None:
    assert judge(MODELS[1], sweep([], DAY)).p[60].tolist() == []
