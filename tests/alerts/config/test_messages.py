"""Every mistake in tocsin.yaml is told at once, with its line and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.config import ConfigError, load
from alerts.registry import find_rules
from schemas.errors import Permanent

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[2] / "examples" / "tocsin.yaml"

SYNTAX = {
    "an open bracket": ("a: [", "expected the node content"),
    "a tab": ("a:\n\tb: 1", "indent with spaces"),
    "a list at the top": ("[1]", "wanted keys: timezone, rules, series, pairs, watch, analysts"),
    "an alias of nothing": ("analysts: *nobody", "undefined alias"),
    "two documents": ("a: 1\n---\nb: 1", "but found another document"),
    "a NUL": ("a: \x00", "unacceptable character"),
    "3,000 brackets": ("a: " + "[" * 3000, "nested too deep"),
    "a list of itself": ("&a [*a]", "too many or too deep"),
    "a billion laughs": (
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(
            f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n"
            for old, new in zip("abcdef", "bcdefg", strict=True)
        ),
        "too many or too deep",
    ),
    "a file of a megabyte": ("#" * (1 << 21), "wanted at most"),
}


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text, "tocsin.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_all_mistakes_of_a_file_are_told_in_its_order() -> None:
    text = (HERE / "wrong.yaml").read_text()
    assert problems(text) == (HERE / "wrong.txt").read_text().splitlines()


def test_the_error_is_one_that_no_retry_mends() -> None:
    with pytest.raises(Permanent, match=r"^1 problem in the settings file:\n  tocsin.yaml:1: rulez"):
        load("rulez: {}", "tocsin.yaml")


@pytest.mark.parametrize(("text", "says"), SYNTAX.values(), ids=SYNTAX.keys())
def test_what_is_no_usable_yaml_is_one_problem(text: str, says: str) -> None:
    (problem,) = problems(text)
    assert says in problem
    assert problem.startswith("tocsin.yaml:")


def test_the_example_is_right() -> None:
    config = load(EXAMPLE.read_text(), "examples/tocsin.yaml")
    assert [analyst.name for analyst in config.analysts] == [
        "Ana Duarte",
        "Cleo Marin",
        "Dana Sile",
        "Ben Okafor",
        "Max Moreau",
    ]


def test_an_empty_file_means_defaults_for_every_rule() -> None:
    config = load("", "tocsin.yaml")
    assert set(config.rules) == set(find_rules()) > {"churn", "order_late", "ticket_unanswered", "watch"}
    assert config.analysts == ()
