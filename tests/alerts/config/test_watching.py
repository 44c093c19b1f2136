"""Series, pairs and standing questions in tocsin.yaml: read where right, told in words where wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from alerts.config import Config, ConfigError, load
from alerts.config.pairs import Level, Method
from alerts.config.watch import ConditionName, read_condition
from detectors.pairs.baskets import LEVELS
from detectors.pairs.correction import METHODS
from detectors.series.question import CONDITIONS

HERE = Path(__file__).parent
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def read(text: str) -> Config:
    return load(text, "tocsin.yaml")


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_all_mistakes_are_told_in_their_order() -> None:
    text = (HERE / "wrong_watch.yaml").read_text()
    assert problems(text) == (HERE / "wrong_watch.txt").read_text().splitlines()


@pytest.mark.parametrize("text", ["", "series:\npairs:\nwatch:", "series: true\npairs: {}\nwatch: []"])
def test_series_and_pairs_are_on_unless_the_file_says_otherwise(text: str) -> None:
    config = read(text)
    assert config.series is not None
    assert config.pairs is not None
    assert config.series.buckets == (HOUR, DAY)
    assert config.pairs.level == ("category",)
    assert config.pairs.windows == (7 * DAY, 28 * DAY, 90 * DAY)
    assert config.watch == ()


def test_false_turns_them_off() -> None:
    config = read("series: false\npairs: false")
    assert (config.series, config.pairs) == (None, None)


@pytest.mark.parametrize("key", ["series", "pairs"])
def test_a_question_about_what_is_off_is_refused_and_the_way_out_is_named(key: str) -> None:
    asked = {"series": "{measure: orders, is: silent}", "pairs": "{product: tea}"}[key]
    (problem,) = problems(f"{key}: false\nwatch:\n  - name: q\n    {key}: {asked}")
    assert problem.startswith(f"tocsin.yaml:4: watch[0].{key}: `{key}: false` is in the file; take it out")
    assert f"rules: {{{key}: {{enabled: false}}}}" in problem


def test_a_question_about_a_measure_that_is_off_is_refused() -> None:
    text = "series: {measures: {revenue: false}}\nwatch: [{name: q, series: {measure: revenue, is: silent}}]"
    (problem,) = problems(text)
    assert problem.startswith("tocsin.yaml:2: watch[0].series.measure: `series` says `revenue: false`; take")


def test_a_subscription_to_a_question_that_nobody_asks_is_a_mistake() -> None:
    text = """
    watch: [{name: Tea and milk, pairs: {product: tea, with: milk}}]
    analysts: [{name: Ana, mail: ana@example.com, receives: [{labels: {question: %s}}]}]
    """
    assert read(text % "Tea and milk").analysts
    (problem,) = problems(text % "Tea and mlk")
    assert problem == (
        "tocsin.yaml:3: analysts[0].receives[0].labels.question[0]: no question of `watch` is called "
        "'Tea and mlk'; did you mean 'Tea and milk'?"
    )


def test_a_list_that_is_none_is_one_problem() -> None:
    assert problems("watch: {name: q}") == [
        "tocsin.yaml:1: watch: got a mapping; wanted a list, one question an item"
    ]


def test_questions_are_read_with_their_defaults() -> None:
    tea, west = read(
        """
        watch:
          - {name: Tea, pairs: {product: tea, with: 0321, region: NO}}
          - {name: West, series: {measure: orders, region: West, is: Below forecast by 10%, for: 3}}
        """
    ).watch
    assert tea.pairs is not None
    assert (tea.pairs.product, tea.pairs.partner, tea.pairs.region) == ("tea", "0321", "NO")
    assert (tea.pairs.level, tea.pairs.window, tea.pairs.sized) == ("product", 7 * DAY, True)
    assert west.series is not None
    assert west.series.condition == ("below forecast", 0.1)
    assert (west.series.slice, west.series.bucket, west.series.runs) == (("region", "West"), DAY, 3)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("above 500", ("above", 500.0)),
        ("below -2.5", ("below", -2.5)),
        ("above 3%", ("above", 0.03)),
        ("  OUTSIDE   range ", ("outside range", None)),
        ("above forecast by 25%", ("above forecast", 0.25)),
    ],
)
def test_conditions_are_read_as_people_write_them(words: str, found: tuple[str, float | None]) -> None:
    assert read_condition(words) == found


@pytest.mark.parametrize("words", ["below", "above forecast by 10", "below forecast by -1%", "silent 3",
                                   "above 1e999", "below nan", 7, None, True, ["silent"]])  # fmt: skip
def test_what_is_no_condition_is_refused(words: object) -> None:
    with pytest.raises(ValueError, match="wanted below forecast"):
        read_condition(words)


def test_holidays_of_a_country_alone_are_those_of_the_shop() -> None:
    series = read("series: {holidays: DE-BY}").series
    assert series is not None
    assert (series.holidays.default, series.holidays.regions) == ("DE-BY", {})


def test_what_may_be_written_is_what_the_detectors_know() -> None:
    assert get_args(ConditionName) == CONDITIONS
    assert get_args(Level) == LEVELS
    assert get_args(Method) == METHODS
