"""Which drifts are told: a shop that grows is one message, what goes its own way is another."""

from __future__ import annotations

import pytest

from detectors.series.drift import Drifted, Kind
from streams.engine.series.clock import Clock
from streams.engine.series.drifting import ALONG, ONCE, news
from streams.engine.series.options import DAY
from streams.engine.series.watched import Name

NOW = 100 * DAY


def told(
    clock: Clock,
    measure: str,
    before: float,
    after: float,
    *,
    at: int = NOW,
    since: int = NOW - 14 * DAY,
    kind: Kind = "level",
) -> bool:
    return news(clock, Name(measure, "", ""), Drifted(kind, before, after, 14), since, at)


def grown() -> Clock:
    clock = Clock(0, 0)
    assert told(clock, "orders", 100.0, 120.0)
    return clock


def test_what_grows_along_is_the_same_news() -> None:
    clock = grown()
    assert not told(clock, "revenue", 4_000.0, 4_900.0, at=NOW + 3 * DAY)
    assert not told(clock, "sessions", 1_000.0, 1_150.0, at=NOW + 12 * DAY)
    assert list(clock.drifted) == ["orders"]


@pytest.mark.parametrize(
    ("measure", "before", "after", "more"),
    [
        ("revenue", 4_900.0, 4_000.0, {}),  # the other way
        ("tickets", 10.0, 30.0, {}),  # much further
        ("revenue", 4_000.0, 4_900.0, {"since": NOW + DAY, "at": NOW + 20 * DAY}),  # began afterwards
        ("revenue", 4_000.0, 4_900.0, {"at": NOW + ALONG}),  # long ago
        ("sessions", 10.0, 12.0, {"kind": "variance"}),  # its ups and downs
        ("conversion", 0.10, 0.11, {}),  # no volume
    ],
)
def test_what_goes_its_own_way_is_news(
    measure: str, before: float, after: float, more: dict[str, object]
) -> None:
    assert told(grown(), measure, before, after, **more)  # type: ignore[arg-type]


def test_a_measure_is_told_of_once_a_week() -> None:
    clock = grown()
    assert not told(clock, "orders", 120.0, 60.0, at=NOW + ONCE - 1)
    assert told(clock, "orders", 120.0, 60.0, at=NOW + ONCE)


def test_what_has_rung_in_the_stretch_is_not_told_again_as_a_drift() -> None:
    clock = Clock(0, 0, overall={"orders/3600000": [NOW - DAY, "up", None, False]})
    assert not told(clock, "orders", 100.0, 120.0)
    assert told(clock, "orders", 100.0, 120.0, since=NOW - DAY)


def test_the_clock_keeps_what_was_told() -> None:
    clock = grown()
    assert not told(Clock.load(clock.dump()), "revenue", 4_000.0, 4_900.0)


def test_dead_letters_are_told_by_the_rule_for_the_quality_of_data() -> None:
    assert not told(Clock(0, 0), "dead_letters", 1.0, 9.0)
