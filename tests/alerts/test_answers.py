"""What a standing question's alert says: what was found, since when, and how to ask it again by hand."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.answers.pairs import Sought, Window, by_hand
from benchmarks.quality.pair_worlds import independent
from detectors.pairs.counting import count
from detectors.pairs.question import PairQuestion, stands
from detectors.pairs.relevant import judge
from detectors.series.point import Point
from detectors.series.question import SeriesQuestion, Turn, ask
from schemas.alert import Alert
from streams.engine.answers import pairs_answer, series_answer

DAY = 86_400_000
MON = 1_483_311_600_000  # 2 Jan 2017, midnight in Berlin
BERLIN = ZoneInfo("Europe/Berlin")
TEA = PairQuestion("Tea and milk", "product", "East", 7, product="tea", partner="milk")
WEST = SeriesQuestion("West", "orders", "region", "West", DAY, "below forecast", None, 3)


def facts(alert: Alert) -> dict[str, str]:
    return {fact.label: fact.value for fact in alert.facts}


def answered(question: PairQuestion, among: set[str] | None = None) -> Alert | None:
    rng = np.random.default_rng(5)
    baskets = [
        basket | ({"tea", "milk", "rye"} if n % 20 == 0 else set())
        for n, basket in enumerate(independent(rng, 1_000, 80))
    ]
    judged = judge(count(baskets))
    found = stands(judged, question, among)
    counts = judged.counts
    window = Window(
        MON, MON + 7 * DAY, BERLIN, question.level, question.region, counts.baskets, counts.possible
    )
    return pairs_answer(question, found, window, synthetic=True)


def test_a_pair_is_told_with_counts_window_and_both_its_chances() -> None:
    alert = answered(TEA)
    assert alert is not None
    assert alert.title == "Tea and milk: milk and tea are bought together 20.0 times as often as by chance"
    assert (
        "In the 7 days from Mon 2 Jan 2017 to Sun 8 Jan 2017, 50 of 1,000 baskets of region East"
        in alert.summary
    )
    assert "by chance about 2.5 would" in alert.summary
    assert facts(alert)["Lift"] == "20.00"
    assert {"p, if it was the only question", "With tea", "Region", "By hand"} < facts(alert).keys()
    assert (alert.entity_kind, alert.entity, alert.severity, alert.synthetic) == (
        "question", "Tea and milk", "info", True)  # fmt: skip
    assert alert.labels == {"question": "Tea and milk", "region": "East", "product": "tea"}


def test_many_pairs_are_counted_and_shown_in_a_table_the_surest_first() -> None:
    alert = answered(replace(TEA, product=None, partner=None, department="HOT"), {"tea", "milk", "rye"})
    assert alert is not None
    assert alert.title == "Tea and milk: 3 pairs are bought together more often than by chance"
    assert alert.labels["department"] == "HOT"
    assert alert.table is not None
    assert alert.table.columns == ("Product", "With", "Baskets", "Lift", "q")
    assert [row[:2] for row in alert.table.rows] == [("milk", "rye"), ("milk", "tea"), ("rye", "tea")]
    assert {row[2] for row in alert.table.rows} == {"50 of 1,000"}


def test_a_no_is_no_alert() -> None:
    assert answered(replace(TEA, partner="gold")) is None
    assert answered(replace(TEA, min_lift=50.0)) is None


def test_each_window_is_an_episode_of_its_own() -> None:
    one = answered(TEA)
    other = answered(replace(TEA, name="Tea"))
    assert one is not None
    assert other is not None
    assert one.episode != other.episode
    assert answered(TEA) == one


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_the_command_by_hand_holds_any_name_as_one_word(product: str, region: str) -> None:
    window = Window(MON, MON + 7 * DAY, UTC, "product", region, 9, 3)
    words = shlex.split(by_hand(Sought(product, None, None, 1.2, 0.05, "bh", sized=True), window))
    assert words[words.index("--product") + 1] == product
    assert words[words.index("--region") + 1] == region


def told(question: SeriesQuestion, *values: float | None, start: int = MON) -> list[Alert]:
    row, found = None, []
    for n, value in enumerate(values):
        point = Point(start + n * question.bucket_ms, value, 62.3, 50.0, 75.0)
        row, turn = ask(question, row, point, knows=True)
        if turn:
            found.append(answer(question, turn, point))
    return found


def answer(question: SeriesQuestion, turn: Turn, point: Point, **more: Any) -> Alert:
    end = point.at_ms + question.bucket_ms
    return series_answer(
        question, turn, point, since=turn.first, at=end, **{"chart": None, "synthetic": False, **more}
    )


def test_a_run_rings_once_and_recovers_in_the_same_episode() -> None:
    rings, over = told(replace(WEST), 70, 41, 50, 44, 43, 66, start=1_483_315_200_000)
    assert rings.title == "West: orders of region West clearly below forecast, 3 days running"
    assert (
        rings.summary == "It has been so since Tue 3 Jan 2017. The newest day has 44; the forecast was 62.3."
    )
    assert facts(rings)["Usual range"] == "50 to 75"
    assert rings.labels == {"measure": "orders", "bucket": "1d", "region": "West", "question": "West"}
    assert over.title == "West: orders of region West no longer clearly below forecast"
    assert "for 4 days, from Tue 3 Jan 2017 to Fri 6 Jan 2017" in over.summary
    assert (rings.state, over.state, over.severity) == ("ringing", "recovered", "info")
    assert rings.episode == over.episode


def test_two_runs_are_two_episodes() -> None:
    first, _, second, _ = told(replace(WEST, runs=1), 41, 66, 41, 66)
    assert first.episode != second.episode


def test_shorter_buckets_are_told_by_their_moments_which_a_mail_puts_on_its_readers_clock() -> None:
    (rings,) = told(replace(WEST, dimension="", value="", bucket_ms=900_000, runs=2), 5, 6)
    assert rings.title == "West: orders clearly below forecast, 2 buckets of 15 min running"
    assert "since Sun 1 Jan 2017, 23:00 UTC" in rings.summary
    assert rings.labels["bucket"] == "15m"


@pytest.mark.parametrize(
    ("measure", "condition", "threshold", "value", "severity", "words"),
    [
        ("orders", "above", 100.0, 120.0, "info", "orders above 100"),
        ("orders", "below", 100.0, 40.0, "warning", "orders below 100"),
        ("orders", "outside range", None, 80.0, "info", "orders outside range"),
        ("orders", "outside range", None, 40.0, "warning", "orders outside range"),
        ("cancellations", "above range", None, 80.0, "warning", "cancelled orders above range"),
        ("cancellations", "below forecast", 0.1, 8.0, "info", "cancelled orders below forecast by 10%"),
        ("checkout_failures", "above", 0.05, 0.31, "warning", "share of checkouts that failed above 5%"),
        ("revenue", "below", 500.0, 31.5, "warning", "revenue below 500 EUR"),
        ("orders", "silent", None, None, "warning", "orders silent"),
        ("contacts", "above", 10.0, 20.0, "warning", "contacts above 10"),
    ],
)
def test_good_news_is_a_remark_and_values_have_their_units(
    *, measure: str, condition: Any, threshold: float | None, value: float | None, severity: str, words: str
) -> None:
    question = SeriesQuestion("q", measure, "", "", DAY, condition, threshold)
    point = Point(0, value, 62.3, 50.0, 75.0)
    turn = ask(question, None, point, knows=True)[1]
    assert turn is not None
    alert = answer(question, turn, point, currency="EUR")
    assert (alert.severity, alert.title) == (severity, f"q: {words}")
