"""Standing questions from tocsin.yaml to alerts, each held against an answer made by other means."""

from __future__ import annotations

import json
import shlex
from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from support import basket_shop
from support.backtests import Ran, backtest
from support.basket_shop import TOGETHER

from streams.cli import main

BERLIN = "Europe/Berlin"
DAYS = 42  # 31 March, when clocks go forward, is a Sunday among them
CONFIG = f"""
timezone: {BERLIN}
rules: {{churn: {{enabled: false}}, pairs: {{enabled: false}}}}
series: {{measures: {{orders: {{by: []}}}}}}
pairs: {{level: category, windows: 28d}}
watch:
  - name: Butter and candles
    pairs: {{product: {TOGETHER[0]}, with: {TOGETHER[1]}, region: East, window: 14d}}
  - name: Tea and soap
    pairs: {{product: tea, with: soap, window: 7d}}
  - name: Shelves
    pairs: {{level: category, window: 28d, min_lift: 1.0, fdr: 0.2, method: by, sized: false}}
  - name: Fewer than yesterday's twenty in the East
    series: {{measure: orders, region: East, is: below 15, for: 2}}
"""
ORDERS = basket_shop.baskets(DAYS, seed=8, together_from=0)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    found = backtest(tmp_path_factory.mktemp("asked"), basket_shop.lines(ORDERS), config=CONFIG)
    assert found.code == 0
    return found


def told(ran: Ran, question: str) -> list[dict[str, Any]]:
    alerts = [each["data"] for each in ran.jsonl("alerts.jsonl")]
    return [each for each in alerts if each["rule"] == "watch" and each["entity"] == question]


def facts(alert: dict[str, Any]) -> dict[str, str]:
    return {fact["label"]: fact["value"] for fact in alert["facts"]}


@pytest.mark.parametrize("question", ["Butter and candles", "Shelves"])
def test_the_command_that_an_answer_names_finds_the_same_by_hand(
    ran: Ran, question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    alerts = told(ran, question)
    assert alerts
    for alert in alerts:
        command = shlex.split(facts(alert)["By hand"])
        assert command[:3] == ["tocsin", "pairs", "var/archive"]
        capsys.readouterr()
        assert main(["pairs", str(ran.out.parent / "events.jsonl"), *command[3:], "--json"]) == 0
        by_hand = json.loads(capsys.readouterr().out)
        assert by_hand["relevant"]
        assert alert["table"]["rows"] == [
            [each["product_a"], each["product_b"], f"{each['count']:,} of {each['baskets']:,}",
             f"{each['lift']:.2f}", f"{each['q']:.2g}"]
            for each in by_hand["pairs"]
        ]  # fmt: skip


def test_windows_close_on_sundays_of_the_shops_zone_and_only_once_they_are_whole(ran: Ran) -> None:
    ends = [datetime.fromisoformat(each["at"]).astimezone() for each in told(ran, "Butter and candles")]
    local = pd.DatetimeIndex(ends).tz_convert(BERLIN)
    assert local.strftime("%a %H:%M").unique().tolist() == ["Mon 00:00"]
    assert list(local.normalize()) == list(pd.date_range(local[0], periods=len(local), freq="7D", tz=BERLIN))
    episodes = [each["episode"] for each in told(ran, "Butter and candles")]
    assert len(set(episodes)) == len(episodes) >= 2


def test_two_that_have_nothing_to_do_with_each_other_are_never_told(ran: Ran) -> None:
    assert told(ran, "Tea and soap") == []


def test_a_run_of_few_orders_rings_and_recovers_as_a_table_of_all_orders_says(ran: Ran) -> None:
    placed = pd.DataFrame(ORDERS)
    placed = placed[placed.region == "East"]
    days = pd.to_datetime(placed.time, unit="ms", utc=True).dt.tz_convert(BERLIN).dt.normalize()
    low = days.value_counts().sort_index().asfreq("D", fill_value=0) < 15
    alerts = told(ran, "Fewer than yesterday's twenty in the East")
    closed = low[: pd.Timestamp(alerts[-1]["at"]).tz_convert(BERLIN)]
    wanted: list[tuple[str, pd.Timestamp]] = []
    run = 0
    for day, holds in closed.items():
        run = run + 1 if holds else 0
        end = day + pd.DateOffset(days=1)
        if run == 2:
            wanted.append(("ringing", end))
        elif not holds and wanted and wanted[-1][0] == "ringing":
            wanted.append(("recovered", end))
    found = [(each["state"], pd.Timestamp(each["at"]).tz_convert(BERLIN)) for each in alerts]
    assert found == wanted[: len(found)]
    assert len(found) >= len(wanted) - 1 >= 3
