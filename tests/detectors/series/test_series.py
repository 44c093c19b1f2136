"""What the detector of one series promises to who reads its alerts."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.series_worlds import (
    DAY,
    HOUR,
    MINUTES5,
    MONDAY,
    autocorrelated,
    counts,
    daily,
    judged,
    negative_binomial,
    skewed,
    white,
)

from detectors.series.codec import from_json, to_json
from detectors.series.memory import UnreadableSeries
from detectors.series.point import Point
from detectors.series.series import Series
from detectors.series.settings import Settings
from schemas.errors import Permanent

cells = st.one_of(
    st.none(),
    st.floats(-1e6, 1e6),
    st.sampled_from([0.0, 1.0, math.nan, math.inf, -math.inf, 1e99, -1e308, 1e-300]),
)
steps = st.sampled_from([1, 1, 1, 1, 2, 30, 0, -1])


@hypothesis_settings(max_examples=60)
@given(st.lists(st.tuples(cells, steps), min_size=1, max_size=120), st.data())
def test_a_state_through_json_goes_on_as_if_it_had_never_been_away(
    rows: list[tuple[float | None, int]], data: st.DataObject
) -> None:
    settings = Settings(warmup=5, kind=data.draw(st.sampled_from(["value", "count"])))
    cut = data.draw(st.integers(0, len(rows)))
    whole, resumed = Series(settings), Series(settings)
    at = MONDAY
    for index, (value, step) in enumerate(rows):
        at += step * HOUR
        if index == cut:
            resumed = from_json(json.loads(json.dumps(to_json(resumed), allow_nan=False)))
        one, two = (series.update(at, value) for series in (whole, resumed))
        assert repr(one) == repr(two)
        told = (one.expected, one.lower, one.upper, one.p, one.score)
        assert all(each is None or math.isfinite(each) for each in told)
        assert 0 <= one.score <= 1
        assert 0 <= one.p <= 1
        if one.lower is not None and one.upper is not None and one.expected is not None:
            assert one.lower <= one.expected <= one.upper
    assert to_json(whole) == to_json(resumed)


def test_a_state_stays_small_however_long_the_series() -> None:
    rng = random.Random(1)
    series = Series(Settings(bucket_ms=MINUTES5))
    for index in range(9000):
        series.update(MONDAY + index * MINUTES5, rng.gauss(0, 1))
    assert len(json.dumps(to_json(series))) < 20_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda document: document.update(version=9), "version 9"),
        (lambda document: document.update(format="x"), "no saved series"),
        (lambda document: document["body"]["state"].update(skipped=7), "checksum"),
    ],
)
def test_a_state_that_was_touched_is_refused_in_words(
    change: Callable[[dict[str, object]], None], words: str
) -> None:
    document = json.loads(json.dumps(to_json(Series(Settings()))))
    change(document)
    with pytest.raises(UnreadableSeries, match=words):
        from_json(document)


@pytest.mark.parametrize("state", [{}, {"bucket_ms": "x"}, {"bucket_ms": -4}, [], None])
def test_a_broken_state_is_no_crash(state: object) -> None:
    if state is None:
        assert Series(Settings(), None).skipped == 0
        return
    with pytest.raises(UnreadableSeries):
        Series(Settings(), state)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "x"}, {"ring_at": 0}, {"bucket_ms": 0}, {"quiet_ms": -1}, {"warmup": 0}, {"outside": 1}],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Permanent, match=next(iter(wrong))):
        Settings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("world", "step", "kind"),
    [
        (white, MINUTES5, "value"),
        (autocorrelated, HOUR, "value"),
        (skewed, HOUR, "value"),
        (daily, HOUR, "value"),
        (counts, DAY, "count"),
    ],
)
def test_interval_and_chance_keep_their_promise(
    world: Callable[[random.Random, int], list[float]], step: int, kind: str
) -> None:
    """Unchanged series: 5% outside of the interval, chances no smaller than they should be."""
    inside = told = rare = rarer = 0
    for seed in range(4):
        settings = Settings(kind=kind, bucket_ms=step)  # type: ignore[arg-type]
        for point in list(judged(world(random.Random(seed), 1500), step, settings))[200:]:
            assert point.actual is not None
            assert point.lower is not None
            assert point.upper is not None
            told += 1
            inside += point.lower <= point.actual <= point.upper
            rare += point.p <= 0.05
            rarer += point.p <= 0.01
    assert 0.93 < inside / told < 0.97
    assert rare / told < 0.065
    assert rarer / told < 0.015


def test_poisson_intervals_would_break_the_promise() -> None:
    """The guard: with the dispersion of a Poisson count, five times as many days look rare."""
    values = counts(random.Random(5), 1500)

    def rare(dispersion: float | None) -> int:
        series = Series(Settings(kind="count", bucket_ms=DAY))
        found = 0
        for index, value in enumerate(values):
            if dispersion is not None:
                series.usual.dispersion = dispersion
            found += series.update(MONDAY + index * DAY, value).p <= 0.01
        return found

    assert rare(0.0) > 5 * max(1, rare(None))


def first_alert(points: list[Point]) -> Point:
    return next(point for point in points if point.alert)


@pytest.mark.parametrize(("sign", "direction"), [(1, "up"), (-1, "down")])
def test_a_new_level_rings_soon_to_the_right_side(sign: int, direction: str) -> None:
    values = white(random.Random(3), 600)
    values[500:] = [value + sign * 40 for value in values[500:]]
    points = list(judged(values, MINUTES5))
    assert not any(point.alert for point in points[:500])
    found = first_alert(points)
    assert 500 <= points.index(found) < 505
    assert found.direction == direction
    assert found.score >= 0.5


def test_one_bad_day_of_a_count_rings_and_recovers() -> None:
    values = counts(random.Random(3), 200)
    values[180] = 0.0
    points = list(judged(values, DAY, Settings(kind="count", bucket_ms=DAY)))
    assert [index for index, point in enumerate(points) if point.alert] == [180]
    facts = points[180].facts()
    assert facts["actual"] == "0"
    assert facts["what"] == "it fell"
    assert facts["since"].startswith("2024-06-29")
    assert [index for index, point in enumerate(points) if point.ended == "recovered"] == [183]


def test_a_record_is_seen() -> None:
    record = list(judged([*white(random.Random(8), 800), 190.0], MINUTES5))[-1]
    assert (record.alert, record.view, record.direction) == (True, "extreme", "up")


def test_noise_that_dies_down_is_seen_though_every_value_is_usual() -> None:
    rng = random.Random(8)
    values = white(rng, 800) + [100 + rng.gauss(0, 1) for _ in range(150)]
    points = list(judged(values, MINUTES5))[800:]
    loud = {(point.view, point.direction) for point in points if point.score >= 0.4}
    assert ("variance", "down") in loud


def test_a_missing_day_of_the_cycle_is_seen_though_every_value_is_usual() -> None:
    values = daily(random.Random(4), 24 * 30)
    values[24 * 28 : 24 * 29] = [30 + random.Random(9).gauss(0, 1) for _ in range(24)]
    points = list(judged(values, HOUR))
    rang = [index for index, point in enumerate(points) if point.alert]
    assert any(24 * 28 <= index < 24 * 29 for index in rang)
    assert len([index for index in rang if index < 24 * 28]) <= 1


def test_silence_rings_but_not_at_night() -> None:
    def hours(day: int) -> list[float | None]:
        return [None if hour < 7 else 30.0 + (hour * 7 + day) % 5 for hour in range(24)]

    values = [value for day in range(40) for value in hours(day)]
    points = list(judged(values, HOUR))
    assert not any(point.alert for point in points[300:])
    gone = list(judged([*values, *[None] * 14, 31.0], HOUR))[len(values) :]
    assert next(index for index, point in enumerate(gone) if point.alert) < 11
    assert first_alert(gone).view == "silence"
    assert gone[-1].ended == "recovered"
    assert gone[-1].note == "after 14 empty buckets"


def test_a_new_series_is_quiet_until_it_knows_itself() -> None:
    values = white(random.Random(3), 60)
    values[40] = 1000.0
    assert not any(point.alert or point.score for point in judged(values, MINUTES5))
    assert any(point.alert for point in judged(values, MINUTES5, Settings(warmup=5, bucket_ms=MINUTES5)))


def test_while_it_rings_it_does_not_ring_again() -> None:
    values = white(random.Random(3), 600)
    values[500:] = [value + 200 for value in values[500:]]
    once = [point for point in judged(values, MINUTES5) if point.alert]
    often = [
        point for point in judged(values, MINUTES5, Settings(bucket_ms=MINUTES5, quiet_ms=0)) if point.alert
    ]
    assert len(once) <= 2
    assert len(often) > 10


@pytest.mark.parametrize("poison", [math.nan, math.inf, -math.inf, 1e99, -1e99, 1e308])
@pytest.mark.parametrize("place", [0, 10, 300])
def test_what_no_series_holds_is_survived(poison: float, place: int) -> None:
    values = white(random.Random(3), 1000)
    values[place] = poison
    values[900:] = [value + 60 for value in values[900:]]
    points = list(judged(values, MINUTES5))
    assert any(point.alert for point in points[900:910])
    assert points[890].lower is not None
    assert points[890].lower > 0


def test_times_that_repeat_or_go_back_are_told_and_change_nothing() -> None:
    series = Series(Settings(bucket_ms=HOUR))
    for hour in range(50):
        series.update(MONDAY + hour * HOUR, 5.0 + hour % 3)
    before = to_json(series)
    for at, words in ((49, "repeated"), (20, "earlier"), (10**12, "impossible")):
        point = series.update(MONDAY + at * HOUR, 1e6)
        assert words in point.note
        assert not point.alert
    after = to_json(series)
    assert series.skipped == 3
    for document in (before, after):
        document["body"]["state"].pop("skipped")
    assert before["body"] == after["body"]


def test_a_constant_series_is_quiet_until_it_moves() -> None:
    points = list(judged([45.0] * 400 + [46.0] * 3, MINUTES5))
    assert not any(point.alert for point in points[:400])
    assert points[400].alert


def test_a_holiday_is_not_held_against_a_series_that_never_saw_one() -> None:
    series = Series(Settings(kind="count", bucket_ms=DAY))
    values = counts(random.Random(6), 120, mean=100, dispersion=0.02)
    for index, value in enumerate(values):
        series.update(MONDAY + index * DAY, value)
    state = series.dump()
    plain = Series(series.settings, state).update(MONDAY + 120 * DAY, 50.0)
    holiday = Series(series.settings, state).update(MONDAY + 120 * DAY, 50.0, holiday=True)
    assert holiday.score < plain.score


def poisson(rng: random.Random, mean: float) -> float:
    return float(negative_binomial(rng, mean, 1e-3))


def evenings(rng: random.Random, days: int, level: Callable[[int], float]) -> list[float]:
    """Visits by the hour: 300 in the evening, 3 in the hour before midnight, none to speak of at night."""
    usual = [1.0] * 7 + [60.0] * 11 + [300.0] * 5 + [3.0]
    return [poisson(rng, usual[hour % 24] * level(hour // 24)) for hour in range(24 * days)]


@pytest.mark.parametrize("kind", ["count", "sum", "value"])
def test_an_evening_of_few_is_followed_by_a_night_of_few_and_not_by_none(kind: str) -> None:
    # An evening lacks a hundred visits; the hour before midnight never had more than a handful to lose.
    values = evenings(random.Random(3), 70, lambda day: 0.6 if day >= 60 else 1.0)
    points = list(judged(values, HOUR, Settings(kind=kind, bucket_ms=HOUR)))  # type: ignore[arg-type]
    late = [points[24 * day + 23] for day in range(60, 70)]
    assert all(point.expected is not None for point in late)
    if kind == "value":
        assert min(point.expected or 0.0 for point in late) < -5  # what a residual as a number comes to
        return
    assert all(1.0 < (point.expected or 0.0) < 4.0 for point in late)
    rung = [(index // 24, point.direction) for index, point in enumerate(points) if point.alert]
    assert rung
    assert "up" not in {direction for day, direction in rung if day >= 60}


@pytest.mark.parametrize("kind", ["count", "sum"])
def test_the_end_of_a_surge_is_no_fall(kind: str) -> None:
    values = evenings(random.Random(4), 70, lambda day: 3.0 if day == 60 else 1.0)
    points = list(judged(values, HOUR, Settings(kind=kind, bucket_ms=HOUR)))  # type: ignore[arg-type]
    rung = [(index // 24, point.direction) for index, point in enumerate(points) if point.alert]
    assert (60, "up") in rung
    assert not [each for each in rung if each[0] > 60]


def test_the_range_of_a_sum_is_narrow_at_night_and_keeps_its_promise_in_the_evening() -> None:
    rng = random.Random(5)
    values = [40.0 * each * rng.uniform(0.8, 1.2) for each in evenings(rng, 90, lambda _: 1.0)]

    def outside(kind: str, hours: range) -> tuple[float, float]:
        """How wide a range usually is, and the share of values that it leaves out."""
        settings = Settings(kind=kind, bucket_ms=HOUR)  # type: ignore[arg-type]
        points = [
            each for n, each in enumerate(judged(values, HOUR, settings)) if n > 700 and n % 24 in hours
        ]
        bounds = [(each.lower or 0.0, each.actual or 0.0, each.upper or 0.0) for each in points]
        width = sum(upper - lower for lower, _, upper in bounds) / len(bounds)
        return width, sum(not lower <= value <= upper for lower, value, upper in bounds) / len(bounds)

    nights, days = range(7), range(7, 23)
    assert outside("sum", nights)[0] < 0.2 * outside("value", nights)[0]
    assert 0.02 < outside("sum", days)[1] < 0.09


def test_a_holiday_night_is_not_expected_to_be_empty_because_the_first_one_was() -> None:
    rng, series = random.Random(7), Series(Settings(kind="count", bucket_ms=HOUR))
    usual = [25.0] * 24
    told: list[Point] = []
    for hour in range(24 * 60):
        day = hour // 24
        holiday = day in (30, 45)
        mean = 0.02 if day == 30 else usual[hour % 24]  # closed on the first one, open on the next
        came = poisson(rng, mean)
        point = series.update(MONDAY + hour * HOUR, came or None, holiday=holiday)
        if day == 45:
            told.append(point)
    assert not [point for point in told if point.alert]
    assert all((point.upper or 0.0) > 10 for point in told)


def test_people_live_by_local_clocks() -> None:
    """The clocks go forward on day 60: by UTC everything comes an hour earlier from then on."""
    rng = random.Random(8)
    by_clock = evenings(rng, 90, lambda _: 1.0)

    def rung(ahead: Callable[[int], int]) -> int:
        series, found = Series(Settings(kind="count", bucket_ms=HOUR)), 0
        for hour in range(24 * 85):
            local = hour + (1 if hour >= 24 * 60 else 0)
            point = series.update(MONDAY + hour * HOUR, by_clock[local], ahead_ms=ahead(hour) * HOUR)
            found += point.alert
        return found

    assert rung(lambda hour: 1 if hour >= 24 * 60 else 0) <= 1
    assert rung(lambda _: 0) > 5
