"""What `series.csv` and `pairs.csv` hold, and that no row of them knows what came later."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from support import basket_shop
from support.backtests import Ran, backtest
from support.basket_shop import DAY, MONDAY, TOGETHER
from support.buyers import moment

from streams.backtest.windows import Windows
from streams.engine.records import Send

DAYS, BEGIN = 56, 28
CONFIG = """
timezone: UTC
rules: {churn: {enabled: false}}
series: {buckets: [1h, 1d], measures: {orders: {by: region}}}
pairs: {level: [product], windows: [7d, 28d], regions: [East]}
"""
ORDERS = basket_shop.baskets(DAYS, seed=5, a_day=60, together_from=BEGIN)
SUNDAYS = [moment(MONDAY + week * 7 * DAY) for week in range(1, DAYS // 7)]


def run(folder: Path, orders: list[basket_shop.Basket]) -> Ran:
    ran = backtest(folder, basket_shop.lines(orders), config=CONFIG)
    assert ran.code == 0
    return ran


def table(ran: Ran, name: str) -> pd.DataFrame:
    found = pd.read_csv(ran.out / name, keep_default_na=False, na_values=[""])
    first = "time" if name == "series.csv" else "close"
    return found.assign(**{first: pd.to_datetime(found[first])})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run(tmp_path_factory.mktemp("whole"), ORDERS)


def placed() -> pd.DataFrame:
    return pd.DataFrame(ORDERS).assign(time=lambda t: pd.to_datetime(t.time, unit="ms", utc=True))


@pytest.mark.parametrize(("bucket", "rule"), [("1h", "h"), ("1d", "D")])
def test_a_series_has_a_row_for_every_bucket_with_what_happened_in_it(
    whole: Ran, bucket: str, rule: str
) -> None:
    rows = table(whole, "series.csv")
    mine = rows[(rows.measure == "orders") & rows.dimension.isna() & (rows.bucket == bucket)]
    counted = placed().resample(rule, on="time").size()
    found = mine.set_index("time")["value"].fillna(0)
    common = counted.index.intersection(found.index)
    assert len(common) > 0.9 * (len(counted) - 25)
    assert (found[common] == counted[common]).all()
    assert found.index.is_monotonic_increasing
    known = mine.dropna(subset="expected")
    assert (known.lower <= known.expected).all()
    assert (known.expected <= known.upper).all()
    assert mine.score.between(0, 1).all()
    assert mine.alert.isin([True, False]).all()


def test_what_is_counted_in_a_window_is_what_was_in_the_baskets(whole: Ran) -> None:
    rows = table(whole, "pairs.csv")
    found = rows[
        (rows.change == "relevant") & (rows.product_a == TOGETHER[0]) & (rows.product_b == TOGETHER[1])
    ]
    assert {7, 28} <= set(found.days)
    orders = placed()
    for row in found.itertuples():
        held = orders[(orders.time < row.close) & (orders.time >= row.close - pd.Timedelta(days=row.days))]
        if isinstance(row.region, str):
            held = held[held.region == row.region]
        a, b = (held.products.map(lambda products, who=who: who in products) for who in TOGETHER)
        assert (row.baskets, row.support_a, row.support_b) == (len(held), a.sum(), b.sum())
        assert row.count == (a & b).sum()
        assert row.lift == pytest.approx(row.count * len(held) / (a.sum() * b.sum()))
    assert rows.close.isin(SUNDAYS).all()


def test_a_change_stands_beside_the_relevant_pairs_of_its_window(tmp_path: Path) -> None:
    pair = {
        "product_a": "butter",
        "product_b": 'candles, "large"',
        "count": 9,
        "lift": 2.5,
        "p": 1e-9,
        "q": 1e-7,
    }
    held = {"support_a": 30, "support_b": 20, "baskets": 100}
    week = {
        "window": "pairs", "from": MONDAY, "to": MONDAY + 7 * DAY, "days": 7, "region": None,
        "level": "product", "baskets": 100, "pairs": 5, "significant": 1, "emerged": 1, "top": [pair | held],
        "changes": [pair | {"change": "emerging", "before": 1, "expected": 2.0, "lift_before": 0.5}],
    }  # fmt: skip
    first = week | {"changes": None, "emerged": 0}
    with Windows(tmp_path) as windows:
        for told in (first, week):
            windows.take(Send("windows", 0, b"pairs", json.dumps(told).encode()))
    rows = pd.read_csv(tmp_path / "pairs.csv")
    assert rows.change.tolist() == ["relevant", "relevant", "emerging"]
    assert (rows.product_b == 'candles, "large"').all()
    assert (rows["count"] == 9).all()
    assert rows.support_a.isna().tolist() == [False, False, True]
    assert windows.closed.pairs == {"baskets": 200, "pairs": 10, "significant": 2, "emerged": 1}


def test_the_summary_is_what_the_tables_hold(whole: Ran) -> None:
    series, pairs = table(whole, "series.csv"), table(whole, "pairs.csv")
    names = series[["bucket", "measure", "dimension", "slice"]].drop_duplicates()
    assert whole.summary["series"] == {"buckets": len(series), "series": len(names)}
    orders = placed()
    assert whole.summary["pairs"]["baskets"] == (orders.time < SUNDAYS[-1]).sum()
    assert whole.summary["pairs"]["significant"] == (pairs.change == "relevant").sum()
    assert whole.summary["pairs"]["emerged"] == (pairs.change == "emerging").sum()


@pytest.mark.parametrize("share", [0.8, 0.93])
def test_no_row_before_a_cut_knows_what_came_after_it(whole: Ran, tmp_path: Path, share: float) -> None:
    place = round(len(ORDERS) * share)
    cut = run(tmp_path, ORDERS[:place])
    over = pd.Timestamp(moment(ORDERS[place - 1].time)).floor("D")
    for name, at, longest in (
        ("series.csv", "time", pd.Timedelta(days=1)),
        ("pairs.csv", "close", pd.Timedelta(0)),
    ):
        found = (cut.out / name).read_text().splitlines()
        assert found == (whole.out / name).read_text().splitlines()[: len(found)]
        # Everything that was over before the last event is there.
        assert len(found) - 1 >= (table(whole, name)[at] + longest <= over).sum() > 0


def test_a_series_that_looks_ahead_would_be_seen(whole: Ran, tmp_path: Path) -> None:
    """What comes later changes what was said before it, if only it comes with an earlier time."""
    place = len(ORDERS) * 2 // 3
    early = [each._replace(time=ORDERS[0].time + n) for n, each in enumerate(ORDERS[place:])]
    ran = run(tmp_path, sorted([*ORDERS[:place], *early]))
    for name in ("series.csv", "pairs.csv"):
        found = (ran.out / name).read_text().splitlines()
        assert found != (whole.out / name).read_text().splitlines()[: len(found)]
