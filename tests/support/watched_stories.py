"""Alerts of series, pairs and standing questions, one of each kind, for those who look at their words."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from alerts.answers.pairs import Window
from alerts.figures import Bucket, Subject
from alerts.observed import Came, Part, Story
from alerts.rules import data_quality, pairs, series, series_drift
from detectors.pairs.question import Answer, PairQuestion
from detectors.pairs.relevant import Pair
from detectors.series.point import Point
from detectors.series.question import SeriesQuestion, Turn
from schemas.alert import Alert
from schemas.measures import MEASURES
from streams.engine.answers import pairs_answer, series_answer

HOUR, DAY = 3_600_000, 86_400_000
MONDAY = 1_704_063_600_000  # 2024-01-01, midnight in Berlin
BERLIN = ZoneInfo("Europe/Berlin")

WEEK = Window(MONDAY, MONDAY + 7 * DAY, BERLIN, "product", "East", 1_204, 45_451)
TEA = PairQuestion("Tea and milk", "product", "East", 7, product="tea", partner="oat milk")
MILK = Pair("oat milk", "tea", 61, 180, 131, 1_204, 3.11, 2e-17, 9.1e-13)
RYE = Pair("herring", "rye bread", 33, 90, 184, 1_204, 2.4, 1.7e-7, 0.0039)
WEST = SeriesQuestion("West", "orders", "region", "West", DAY, "below forecast", 0.1, 3)
NIGHT = Bucket(HOUR, MONDAY + 14 * HOUR, MONDAY + 15 * HOUR, BERLIN)


def _asked_pairs(question: PairQuestion, found: list[Pair]) -> Alert:
    alert = pairs_answer(question, Answer(found, yes=True, unsold=()), WEEK, synthetic=False)
    assert alert is not None
    return alert


def _asked_series(question: SeriesQuestion) -> list[Alert]:
    low, high = Point(0, 41.0, 62.3, 50.0, 75.0), Point(0, 66.0, 61.8, 50.0, 75.0)
    size = question.bucket_ms
    first = MONDAY + HOUR if size == DAY else MONDAY
    rings, over = Turn("ring", first, first + 2 * size, 3), Turn("recover", first, first + 3 * size, 4)
    return [
        series_answer(question, turn, point, since=MONDAY, at=end, chart=None, synthetic=False)
        for turn, point, end in ((rings, low, MONDAY + 3 * size), (over, high, MONDAY + 5 * size))
    ]


def _failures() -> list[Alert]:
    """A share whose cause is one slice; and its end."""
    subject = Subject(MEASURES["delivery_delay"], "region", "West")
    came = Came(26.2, 2.1, -3.0, 8.4, 0.0002, "spike", "up")
    story = Story(NIGHT.end, MONDAY + 10 * HOUR, (Part("carrier", "DHL", 310.0, 0.91, 0.4),), synthetic=True)
    rings = series.alert(subject, NIGHT, came, story)
    later = NIGHT._replace(begin=NIGHT.begin + 5 * HOUR, end=NIGHT.end + 5 * HOUR)
    calm = came._replace(actual=2.0, view="")
    over = series.over(subject, later, calm, story, ended="recovered", was=rings.title, side="up")
    return [rings, over]


def _silence() -> list[Alert]:
    came = Came(None, 40.2, 31.0, 49.6, 1e-8, "silence", "")
    return [series.alert(Subject(MEASURES["orders"]), NIGHT, came, Story(NIGHT.end, NIGHT.begin))]


WATCHED: dict[str, list[Alert]] = {
    "data_quality": [data_quality.new_values("shop", "carrier", (("dhl", 41), ("UPS ", 1)), NIGHT, known=6)],
    "pairs": [
        pairs.alert(
            "emerging",
            WEEK,
            (
                pairs.Changed("oat milk", "tea", 61, 80, 22.4, 3.11, 1.2, 0.002),
                pairs.Changed("herring", "rye bread", 33, 40, 11.2, 2.4, 1.1, 0.03),
            ),
            more=4,
            synthetic=False,
        )
    ],
    "pairs_broken": [
        pairs.alert(
            "broken",
            WEEK._replace(region=None),
            (pairs.Changed("salt", "tea", 4, 80, 22.4, 0.9, 2.4, 0.002),),
            more=0,
            synthetic=True,
        )
    ],
    "series": _failures(),
    "series_silent": _silence(),
    "series_drift": [
        series_drift.alert(
            Subject(MEASURES["revenue"], currency="EUR"),
            NIGHT,
            series_drift.Change("level", 1_204.2, 980.0, MONDAY),
            chart=None,
            synthetic=False,
        )
    ],
    "watch": _asked_series(WEST),
    "watch_minutes": _asked_series(replace(WEST, name="App", dimension="", value="", bucket_ms=900_000)),
    "watch_pair": [_asked_pairs(TEA, [MILK])],
    "watch_department": [
        _asked_pairs(
            replace(TEA, name="Hot", product=None, partner=None, department="HOT DRINKS"), [MILK, RYE]
        )
    ],
}
