"""A standing question rings where its condition has held long enough, and says when it holds no more."""

from __future__ import annotations

import json
import random
from itertools import groupby
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.series_worlds import DAY, HOUR, MONDAY

from alerts.config.watch import ConditionName
from detectors.series.point import Point
from detectors.series.question import CONDITIONS, FORESEEN, Row, SeriesQuestion, Turn, ask, holds
from detectors.series.series import Series
from detectors.series.settings import Settings

DAYS = 1_500
VALUES = st.lists(st.sampled_from([5.0, 19.0, 20.0, 21.0, 40.0, None]), max_size=40)


def asked(**more: Any) -> SeriesQuestion:
    fields = {"name": "Few orders", "measure": "orders", "dimension": "", "value": "", "bucket_ms": HOUR,
              "condition": "below", "threshold": 20.0}  # fmt: skip
    return SeriesQuestion(**{**fields, **more})


def point(n: int, value: float | None, expected: float | None = 20.0) -> Point:
    if expected is None:
        return Point(n * HOUR, value, None, None, None)
    return Point(n * HOUR, value, expected, expected - 5.0, expected + 5.0)


def told(question: SeriesQuestion, points: list[Point], *, saved: bool = False) -> list[Turn]:
    row: Row | None = None
    found = []
    for each in points:
        row, turn = ask(question, json.loads(json.dumps(row)) if saved else row, each, knows=True)
        found += [turn] if turn else []
    return found


@given(VALUES, st.integers(1, 5), st.sampled_from([0.0, None]))
@example([5.0, None, 5.0, 5.0, 40.0], 3, None)
def test_it_rings_and_recovers_as_runs_of_the_whole_table_say(
    values: list[float | None], runs: int, empty: float | None
) -> None:
    table = pd.Series(values, dtype=float)
    table = table.fillna(empty) if empty is not None else table.dropna()
    spells = [
        (held, [n * HOUR for n, _ in group])
        for held, group in groupby(
            ((n, value < 20.0) for n, value in table.items()), key=lambda each: each[1]
        )
    ]
    wanted: list[Turn] = []
    for number, (held, places) in enumerate(spells):
        if held and len(places) >= runs:
            wanted.append(Turn("ring", places[0], places[runs - 1], runs))
            if number + 1 < len(spells):
                wanted.append(Turn("recover", places[0], places[-1], len(places)))
    points = [point(n, value) for n, value in enumerate(values)]
    assert told(asked(runs=runs, empty=empty), points) == wanted


@given(VALUES, st.integers(1, 4), st.sampled_from(CONDITIONS))
def test_a_state_that_was_saved_in_between_says_the_same(
    values: list[float | None], runs: int, condition: ConditionName
) -> None:
    question = asked(condition=condition, runs=runs)
    points = [point(n, value) for n, value in enumerate(values)]
    assert told(question, points, saved=True) == told(question, points)


@pytest.mark.parametrize(
    ("condition", "threshold", "yes", "no"),
    [
        ("below", 20.0, [19.9, -1.0], [20.0, 21.0]),
        ("above", 20.0, [20.1], [20.0, 0.0]),
        ("below forecast", None, [17.4], [17.6, 20.0, 26.0]),
        ("below forecast", 0.0, [19.9], [20.0, 20.1]),
        ("below forecast", 0.1, [17.9], [18.0, 19.9]),
        ("above forecast", None, [22.6], [22.4, 20.0, 14.0]),
        ("above forecast", 0.0, [20.1], [20.0, 19.9]),
        ("above forecast", 0.1, [22.1], [22.0, 20.1]),
        ("below range", None, [14.9], [15.0, 25.1]),
        ("above range", None, [25.1], [25.0, 14.9]),
        ("outside range", None, [14.9, 25.1], [15.0, 20.0, 25.0]),
        ("silent", None, [None], [0.0, 20.0]),
    ],
)
def test_each_condition_holds_where_its_words_say(
    condition: ConditionName, threshold: float | None, yes: list[float | None], no: list[float | None]
) -> None:
    question = asked(condition=condition, threshold=threshold, empty=None)
    assert all(holds(question, point(0, value)) is True for value in yes)
    assert all(holds(question, point(0, value)) is False for value in no)


def test_a_share_of_a_negative_forecast_is_below_it() -> None:
    question = asked(condition="below forecast", threshold=0.5, measure="delivery_delay", empty=None)
    assert [holds(question, point(0, value, -4.0)) for value in (-6.1, -5.9, -3.0)] == [True, False, False]


def test_an_empty_bucket_counts_as_zero_of_what_is_counted_and_as_nothing_of_a_ratio() -> None:
    assert holds(asked(), point(0, None)) is True
    assert holds(asked(measure="delivery_delay", empty=None), point(0, None)) is None


@pytest.mark.parametrize("condition", sorted(FORESEEN))
def test_nobody_is_told_of_a_forecast_that_knows_nothing_yet(condition: ConditionName) -> None:
    question = asked(condition=condition, threshold=None)
    for value in (0.0, 100.0):
        assert ask(question, None, point(0, value), knows=False)[1] is None
        assert ask(question, None, point(0, value, None), knows=True)[1] is None
    assert (
        ask(question, None, point(0, 0.0), knows=True)[1]
        or ask(question, None, point(0, 99.0), knows=True)[1]
    )


def test_buckets_that_were_leapt_over_break_a_run_that_has_not_rung() -> None:
    near, far = [point(0, 5.0), point(1, 5.0)], [point(0, 5.0), point(9, 5.0)]
    assert [turn.what for turn in told(asked(runs=2), near)] == ["ring"]
    assert told(asked(runs=2), far) == []


def test_what_rings_rings_on_behind_a_leap_where_it_still_holds() -> None:
    points = [point(0, 5.0), point(9, 5.0), point(10, 40.0)]
    assert told(asked(), points) == [Turn("ring", 0, 0, 1), Turn("recover", 0, 9 * HOUR, 2)]


def test_an_unchanged_series_is_below_its_forecast_three_days_running_a_few_times_a_year() -> None:
    def rung(threshold: float | None) -> int:
        rng, found, row = random.Random(7), 0, None
        series = Series(Settings(kind="count", bucket_ms=DAY))
        for day in range(DAYS):
            value = float(sum(rng.random() < 0.05 for _ in range(800)))
            question = asked(condition="below forecast", threshold=threshold, runs=3, bucket_ms=DAY)
            row, turn = ask(question, row, series.update(MONDAY + day * DAY, value), knows=series.knows)
            found += turn is not None and turn.what == "ring"
        return found

    years = DAYS / 365
    assert rung(None) <= 3 * years
    assert rung(0.0) > 15 * years  # the sign alone: one run of three in eight


def test_a_series_that_falls_by_a_third_is_below_its_forecast() -> None:
    rng, row, told_at = random.Random(7), None, []
    series = Series(Settings(kind="count", bucket_ms=DAY))
    for day in range(140):
        value = float(sum(rng.random() < (0.05 if day < 130 else 0.033) for _ in range(800)))
        question = asked(condition="below forecast", threshold=None, runs=3, bucket_ms=DAY)
        row, turn = ask(question, row, series.update(MONDAY + day * DAY, value), knows=series.knows)
        told_at += [day] if turn and turn.what == "ring" else []
    assert [day for day in told_at if day >= 130]
