"""What an alert shows is bounded: no chart or table of an alert can break who draws it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from alerts.policy.examples import an_alert
from schemas.alert import Alert, AlertEvent
from schemas.shown import MOST_POINTS, MOST_ROWS, Chart, Table

CHART = {"title": "Orders", "times": [0, 1], "actual": [1, None]}
TABLE = {"title": "Pairs", "columns": ["a", "b"], "rows": [["x", "y"]]}

WRONG = {
    "no time at all": (Chart, {**CHART, "times": [], "actual": []}, "at least 1"),
    "too many points": (
        Chart,
        {**CHART, "times": range(MOST_POINTS + 1), "actual": [1] * (MOST_POINTS + 1)},
        "at most",
    ),
    "times that go back": (Chart, {**CHART, "times": [1, 0]}, "times must ascend"),
    "a time twice": (Chart, {**CHART, "times": [1, 1]}, "times must ascend"),
    "a time before all": (Chart, {**CHART, "times": [-1, 1]}, "greater than or equal"),
    "values missing": (Chart, {**CHART, "actual": [1]}, "actual has 1 values for 2 times"),
    "a range that is short": (Chart, {**CHART, "lower": [1]}, "lower has 1 values for 2 times"),
    "not a number": (Chart, {**CHART, "actual": [1, float("nan")]}, "finite"),
    "endless": (Chart, {**CHART, "upper": [1, float("inf")]}, "finite"),
    "no figure of a shop": (Chart, {**CHART, "actual": [1, 1e16]}, "less than or equal"),
    "a long title": (Chart, {**CHART, "title": "x" * 201}, "at most 200"),
    "no column": (Table, {**TABLE, "columns": [], "rows": []}, "at least 1"),
    "a ragged row": (Table, {**TABLE, "rows": [["x"]]}, "row 1 has 1 cells for 2 columns"),
    "too many rows": (Table, {**TABLE, "rows": [["x", "y"]] * (MOST_ROWS + 1)}, "at most"),
    "less than nothing left out": (Table, {**TABLE, "left_out": -1}, "greater than or equal"),
}


@pytest.mark.parametrize(("model", "given", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_shown_is_refused(
    model: type[Chart | Table], given: dict[str, object], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        model.model_validate(given)


def test_an_alert_travels_with_what_it_shows_and_is_the_same_alert() -> None:
    bare = an_alert()
    shown = bare.model_copy(update={"chart": Chart(**CHART), "table": Table(**TABLE)})  # type: ignore[arg-type]
    event = AlertEvent.of(shown, "test")
    assert AlertEvent.model_validate_json(event.model_dump_json()).data == shown
    assert shown.alert_id == bare.alert_id
    assert Alert.model_validate(bare.model_dump(exclude={"chart", "table"})) == bare
