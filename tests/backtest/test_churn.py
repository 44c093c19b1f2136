"""Churn in `tocsin backtest`: who is scored when, and figures that anybody can reckon again."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import buyers
from support.backtests import Ran, auc, backtest, dates, mean_auc, silent
from support.buyers import DAY, START

from schemas.score import Score

DAYS, HORIZON, HORIZONS = 130, 14, (7, 14, 28)
CONFIG = "analysts: []\nrules: {churn: {horizons: [7d, 14d, 28d], customers: new}}"
SHOP = buyers.shop(200, DAYS, seed=8)
CANCELLED = [each for each in SHOP if zlib.crc32(each.ident.encode()) % 9 == 0]
MIDNIGHTS = [START + day * DAY for day in range(1, DAYS)]


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run that writes what everybody was given at each midnight."""
    wanted = ("--horizon", str(HORIZON), "--score-dates", dates(MIDNIGHTS))
    return backtest(tmp_path_factory.mktemp("daily"), buyers.lines(SHOP), *wanted, config=CONFIG)


@pytest.fixture(scope="module")
def scores(daily: Ran) -> pd.DataFrame:
    return daily.scores()


def test_a_score_says_what_it_should(daily: Ran) -> None:
    assert daily.code == 0
    orders = pd.DataFrame(SHOP)
    for raw in daily.raw_scores()[:: len(SHOP)]:
        score = Score.model_validate_json(raw)
        before = orders[(orders.customer == score.customer) & (orders.time <= score.time.timestamp() * 1000)]
        assert score.horizon == HORIZON
        assert tuple(score.probabilities) == HORIZONS
        assert score.probability == score.probabilities[HORIZON]
        assert sorted(score.probabilities.values(), reverse=True) == list(score.probabilities.values())
        assert score.last_order.timestamp() * 1000 == before.time.max()
        assert score.value.currency == "EUR"
        assert score.value.low <= score.value.middle <= score.value.high
        total = score.base + sum(reason.log_odds for reason in score.reasons) + score.rest
        assert total == pytest.approx(score.log_odds, abs=1e-6)
        assert 1 / (1 + np.exp(-score.log_odds)) == pytest.approx(score.probability, abs=1e-3)


def test_everybody_who_is_known_is_scored_at_each_date(scores: pd.DataFrame) -> None:
    first = pd.DataFrame(SHOP).groupby("customer").time.min()
    for moment, day in scores.groupby("time"):
        assert sorted(day.customer) == sorted(first.index[first <= moment])
    assert set(scores.time) == {moment for moment in MIDNIGHTS if moment >= first.min()}


def test_who_has_no_standing_order_has_no_score(tmp_path: Path) -> None:
    orders = pd.DataFrame(SHOP)
    gone = [
        buyers.event(
            "order.cancelled",
            each.time + 1,
            f"x-{each.ident}",
            order_id=each.ident,
            customer_id=each.customer,
        )
        for each in CANCELLED
    ]
    lines = sorted([*buyers.lines(SHOP), *gone], key=lambda line: line.partition(b'"time":')[2][:34])
    moment, beyond = START + 50 * DAY + DAY // 2, START + 400 * DAY
    found = backtest(tmp_path, lines, "--score-dates", dates([beyond, moment]), config=CONFIG).scores()
    left = orders[~orders.ident.isin({each.ident for each in CANCELLED})]
    assert left.customer.nunique() < orders.customer.nunique()
    assert set(found.customer[found.time == moment]) == set(left.customer[left.time <= moment])
    assert set(found.customer[found.time == beyond]) == set(left.customer)
    assert list(found.time.unique()) == [moment, beyond]
    assert set(found.horizon) == {30}


def test_without_dates_the_last_score_of_each_customer_is_written(tmp_path: Path) -> None:
    found = backtest(tmp_path, buyers.lines(SHOP), config=CONFIG).scores()
    assert sorted(found.customer) == sorted({each.customer for each in SHOP})
    assert (found.time >= MIDNIGHTS[-1] - 6 * DAY).all(), "everybody has a score once a week"


def test_the_figures_are_those_of_the_scores_that_were_written(daily: Ran, scores: pd.DataFrame) -> None:
    over = max(each.time for each in SHOP) - 600_000  # how far time has come
    week = scores.time // DAY + scores.customer.map(lambda name: zlib.crc32(name.encode()))
    known = scores[(week % 7 == 0) & (scores.time + HORIZON * DAY < over)]
    last = known.last_order.map(lambda text: pd.Timestamp(text).timestamp() * 1000)
    known = known.assign(lost=silent(SHOP, known, HORIZON), silence=known.time - last)
    labels = {moment + days * DAY for moment in set(scores.time[week % 7 == 0]) for days in HORIZONS}
    assert daily.summary["churn"] == {
        "examples": len(known),
        "horizon_days": HORIZON,
        "auc_day": pytest.approx(mean_auc(known, "probability"), abs=1e-4),
        "auc_pooled": pytest.approx(auc(known.probability, known.lost), abs=1e-4),
        "auc_recency_day": pytest.approx(mean_auc(known, "silence"), abs=1e-4),
        "brier": pytest.approx(((known.probability - known.lost) ** 2).mean(), abs=1e-5),
        "models": sum(moment < over for moment in labels),
    }
    assert daily.summary["churn"]["auc_day"] > daily.summary["churn"]["auc_recency_day"] > 0.6


def test_a_date_is_scored_with_the_newest_version_of_its_time(daily: Ran, scores: pd.DataFrame) -> None:
    days = scores.groupby("time").model_version.agg(lambda each: sorted(set(each)))
    assert all(len(each) == 1 for each in days), "all customers of a day are scored by one version"
    assert days.iloc[0] == ["prior"]
    learnt = {
        moment: pd.Timestamp(name[0][:10], tz="UTC").timestamp() * 1000
        for moment, name in days.items()
        if name != ["prior"]
    }
    assert all(moment - 7 * DAY <= day < moment for moment, day in learnt.items())
    assert len(learnt) > 100
    assert daily.summary["churn"]["models"] >= len({name[0] for name in days}) - 1


@pytest.mark.parametrize(
    ("options", "config"),
    [
        (("--score-dates", "tomorrow"), CONFIG),
        (("--score-dates", "2024-04-01T12:00"), CONFIG),
        (("--horizon", "0"), CONFIG),
        (("--horizon", "14"), "rules: {churn: {enabled: false}}"),
        (("--score-dates", "2024-04-01"), "rules: {churn: {enabled: false}}"),
    ],
)
def test_what_cannot_be_scored_is_told_before_anything_runs(
    tmp_path: Path, options: tuple[str, str], config: str
) -> None:
    ran = backtest(tmp_path, buyers.lines(SHOP[:3]), *options, config=config)
    assert ran.code == 2
    assert not ran.out.exists()


def test_nothing_is_said_of_churn_where_it_is_switched_off(tmp_path: Path) -> None:
    ran = backtest(tmp_path, buyers.lines(SHOP[:50]), config="rules: {churn: {enabled: false}}")
    assert ran.code == 0
    assert not ran.raw_scores()
    assert "churn" not in ran.summary
