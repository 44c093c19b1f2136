"""A chart says what the words beside it say: its range is the one that is told."""

from __future__ import annotations

import pytest

from alerts.figures import DAY
from streams.engine.series.calendar import Calendar
from streams.engine.series.options import SeriesOptions
from streams.engine.series.said import Sayer
from streams.engine.series.watched import Name, Watched

OPTIONS = SeriesOptions()


@pytest.mark.parametrize(
    ("measure", "low", "high", "told"),
    [
        ("out_of_stock", 0.3, 4.4, ((0.0,), (4.0,))),  # "usual is 0 to 4": a day without is none to mark
        ("conversion", -0.1, 1.2, ((0.0,), (100.0,))),
        ("basket_size", 8.85, 12.1, ((8.85,), (12.1,))),
        ("orders", None, None, ((None,), (None,))),
    ],
)
def test_the_range_of_a_chart_is_the_one_that_is_told(
    measure: str, low: float | None, high: float | None, told: tuple[tuple[float | None], tuple[float | None]]
) -> None:
    calendar = Calendar(OPTIONS)
    watched = Watched.fresh(Name(measure, "", ""), DAY, None)
    watched.curve = [[40 * DAY, 0, 0.5, low, high]]
    chart = Sayer(OPTIONS, calendar).chart(DAY, watched)
    assert chart is not None
    assert (chart.lower, chart.upper, chart.expected[0] is None) == (*told, False)
