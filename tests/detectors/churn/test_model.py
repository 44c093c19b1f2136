"""The model: additive, exact through JSON, finite whatever it is fed, and refused where it cannot be read."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.churn import history as book
from detectors.churn.codec import UnreadableModel, checksum, from_json, to_json
from detectors.churn.features import Known, features
from detectors.churn.model import ChurnModel, probability
from detectors.churn.prior import Prior
from detectors.churn.reasons import by_family, reasons
from detectors.churn.signals import DAY
from detectors.churn.sweep import sweep
from detectors.churn.table import LEARNT


def shop(seed: int = 1, customers: int = 60) -> list[book.History]:
    chance = random.Random(seed)
    histories = []
    for _ in range(customers):
        history, at = book.empty(), chance.randrange(60 * DAY)
        for order in range(chance.choice([1, 1, 2, 5, 20])):
            book.placed(history, f"o{order}", at, chance.random() * 90, "EUR")
            at += round(chance.expovariate(1 / 12) * DAY)
        histories.append(history)
    return histories


def taught(examples: int = 400) -> tuple[ChurnModel, list[book.History]]:
    histories, chance, model = shop(), random.Random(2), ChurnModel((30, 90))
    while examples:
        found = features(chance.choice(histories), chance.randrange(60, 300) * DAY)
        if found:
            silent = chance.random() < probability(found[0]["recency"] - 3)
            for days in model.horizons:
                assert model.learn_one(days, *found, silent=silent)
            examples -= 1
    return model, histories


def test_contributions_add_up_to_the_log_odds_and_families_too() -> None:
    model, histories = taught()
    for history in histories[:20]:
        row, known = features(history, 320 * DAY)
        each = model.horizons[90]
        parts = each.contributions(row, known)
        assert math.fsum(parts.values()) == pytest.approx(each.log_odds(row, known), abs=1e-12)
        assert math.fsum(by_family(parts).values()) == pytest.approx(each.log_odds(row, known), abs=1e-12)
        assert model.predict_one(row, known)[90] == probability(each.log_odds(row, known))
        told = sum(reason.log_odds for reason in reasons(each, row, known))
        assert told + parts["base"] == pytest.approx(each.log_odds(row, known), abs=1e-12)


def test_a_sweep_scores_as_one_by_one_in_any_slices() -> None:
    model, histories = taught()
    swept = sweep(histories, 320 * DAY)
    whole = model.predict_many(swept)
    for days in model.horizons:
        one = [model.predict_one(*features(histories[i], 320 * DAY))[days] for i in swept.places]
        assert whole[days] == pytest.approx(one, abs=1e-12)
    cut = [model.predict_many(sweep(part, 320 * DAY))[90] for part in (histories[:7], histories[7:])]
    assert [*cut[0], *cut[1]] == list(whole[90])


def test_nobody_is_likelier_to_be_silent_for_longer() -> None:
    model, histories = taught()
    for p in zip(*model.predict_many(sweep(histories, 200 * DAY)).values(), strict=True):
        assert list(p) == sorted(p, reverse=True)


def test_json_gives_back_the_same_bits_and_learns_on_as_if_never_away() -> None:
    model, histories = taught()
    again = from_json(json.loads(json.dumps(to_json(model))))
    found = features(histories[3], 320 * DAY)
    for _ in range(30):
        assert again.predict_one(*found) == model.predict_one(*found)
        for days in model.horizons:
            again.learn_one(days, *found, silent=True)
            model.learn_one(days, *found, silent=True)
    assert to_json(again) == to_json(model)
    assert to_json(from_json(to_json(ChurnModel()))) == to_json(ChurnModel())


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"version": 2}, "version"),
        ({"format": "pickle"}, "format"),
        ({"checksum": "0"}, "checksum"),
        ({"body": None}, "checksum"),
    ],
)
def test_a_model_that_cannot_be_read_is_refused_in_words(change: dict, word: str) -> None:
    with pytest.raises(UnreadableModel, match=word) as refused:
        from_json({**to_json(ChurnModel()), **change})
    assert "last good model" in str(refused.value)


def test_a_body_that_is_broken_under_a_right_checksum_is_refused() -> None:
    for break_it in (
        lambda body: body.update(inputs=["a"]),
        lambda body: body["horizons"][0].pop("weights"),
        lambda body: body["horizons"][0].update(weights=[1.0]),
        lambda body: body["horizons"][0].update(weights=[1e300] * len(body["inputs"])),
        lambda body: body.update(horizons=[]),
    ):
        document = to_json(taught(5)[0])
        break_it(document["body"])
        document["checksum"] = checksum(document["body"])
        with pytest.raises(UnreadableModel):
            from_json(document)
    assert isinstance(to_json(ChurnModel()), dict)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_not_learnt(wrong: float) -> None:
    model, histories = taught(50)
    before = to_json(model)
    row, known = features(histories[0], 320 * DAY)
    assert not model.learn_one(90, {**row, "recency": wrong}, known, silent=True)
    assert not model.learn_one(90, row, known._replace(age=wrong), silent=True)
    assert to_json(model) == before


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.floats(-1e300, 1e300), st.floats(0, 1e300), st.floats(0, 1e300), st.booleans()),
        max_size=25,
    )
)
def test_no_finite_numbers_make_a_score_that_is_not_one(examples: list[tuple]) -> None:
    model = ChurnModel((90,))
    for value, x, age, silent in examples:
        model.learn_one(90, dict.fromkeys(LEARNT, value), Known(x, age / 2, age, age, None, 0), silent=silent)
    row, known = features(shop()[0], 320 * DAY)
    assert 0.0 < model.predict_one(row, known)[90] < 1.0


def test_before_it_has_learnt_the_prior_speaks() -> None:
    model = ChurnModel((90,))
    history = book.empty()
    for day in range(0, 100, 9):
        book.placed(history, f"o{day}", day * DAY, 10.0, "EUR")
    early, late = (model.predict_one(*features(history, day * DAY))[90] for day in (101, 300))
    assert early < 0.3
    assert late > 0.7


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1e9), st.booleans())
def test_the_prior_stays_finite(x: float, last: float, age: float, silent: bool) -> None:
    prior = Prior()
    for _ in range(5):
        prior.learn(x, last, age, 30.0, silent=silent)
    assert math.isfinite(prior.log_odds(x, last, age, 30.0))


def test_the_prior_steps_downhill() -> None:
    for x, last, age, silent in ((0.0, 0.0, 50.0, True), (3.0, 40.0, 60.0, False), (5.0, 100.0, 300.0, True)):
        prior = Prior(rate=0.001)

        def loss(prior: Prior = prior, at: tuple = (x, last, age), silent: bool = silent) -> float:
            z = prior.log_odds(*at, 30.0)
            return math.log1p(math.exp(-z if silent else z))

        before = loss()
        prior.learn(x, last, age, 30.0, silent=silent)
        assert loss() < before
