"""Slots: one on each of the calendar's dates, at its time of day, whatever the clocks do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.config.schedule import DAYS, NAMED, Schedule
from alerts.digest.calendar import LATEST, Calendar

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")
DAY = 86_400_000

calendars = st.builds(
    Calendar,
    st.times().map(lambda time: f"{time:%H:%M}"),
    st.sets(st.sampled_from(DAYS), min_size=1).map(lambda days: tuple(day for day in DAYS if day in days)),
    st.sampled_from(ZONES),
)
moments = st.integers(0, 4_000_000_000_000)


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def slots(calendar: Calendar, begin: int, end: int) -> Iterator[int]:
    while (begin := calendar.after(begin)) < end:
        yield begin


@given(calendars, moments)
def test_before_and_after_meet(calendar: Calendar, moment: int) -> None:
    later, earlier = calendar.after(moment), calendar.until(moment)
    assert earlier <= moment < later
    assert calendar.until(later) == later
    assert calendar.until(later - 1) == earlier
    assert calendar.after(earlier) == later
    assert later - earlier <= 8 * DAY


@given(calendars, moments)
def test_a_slot_shows_its_time_of_day_on_its_day_but_where_clocks_are_set(
    calendar: Calendar, moment: int
) -> None:
    shown = pd.Timestamp(calendar.after(moment), unit="ms", tz="UTC").tz_convert(calendar.timezone)
    wanted = pd.Timestamp(f"{shown.date()} {calendar.at}")
    # pandas finds the moment in its own way: of two the first, of none the one as much later as clocks jump.
    try:
        local = wanted.tz_localize(calendar.timezone, ambiguous=True, nonexistent="raise")
    except ValueError:
        assert shown.strftime("%H:%M") > calendar.at
    else:
        assert shown == local
    assert DAYS[shown.day_of_week] in calendar.days


@pytest.mark.parametrize(
    ("zone", "at", "begin", "end", "seen"),
    [
        # The night of 26 March has no 02:30; 30 minutes after clocks jumped it is 03:30.
        ("Europe/Berlin", "02:30", "2017-03-25T00:00Z", "2017-03-28T00:00Z", ["01:30", "01:30", "00:30"]),
        # The night of 29 October has it twice; the first is summer time still.
        ("Europe/Berlin", "02:30", "2017-10-28T00:00Z", "2017-10-31T00:00Z", ["00:30", "00:30", "01:30"]),
        ("America/New_York", "07:30", "2017-03-11T00:00Z", "2017-03-13T23:00Z", ["12:30", "11:30", "11:30"]),
    ],
)
def test_days_on_which_clocks_are_set_have_one_slot(
    zone: str, at: str, begin: str, end: str, seen: list[str]
) -> None:
    found = list(slots(Calendar(at, DAYS, zone), ms(begin), ms(end)))
    assert [f"{datetime.fromtimestamp(slot / 1000, UTC):%H:%M}" for slot in found] == seen


def test_an_hour_that_is_added_without_thought_would_miss_the_day() -> None:
    """The check can fail: a day is not always 24 hours long."""
    berlin = Calendar("07:30", DAYS, "Europe/Berlin")
    before = berlin.after(ms("2017-03-25T00:00Z"))
    assert berlin.after(before) == before + DAY - 3_600_000


def test_a_date_that_a_zone_skipped_has_no_slot_of_its_own() -> None:
    samoa = Calendar("07:30", DAYS, "Pacific/Apia")
    found = list(slots(samoa, ms("2011-12-28T20:00Z"), ms("2012-01-01T20:00Z")))
    assert len(found) == len(set(found))


@pytest.mark.parametrize("on", [*NAMED, ["thu", "mon"]], ids=str)
def test_a_year_has_the_days_that_were_asked_for(on: object) -> None:
    calendar = Calendar.of(Schedule.model_validate({"on": on}), "Europe/Berlin")
    found = list(slots(calendar, ms("2017-01-01T00:00+01:00"), ms("2018-01-01T00:00+01:00")))
    year = [date(2017, 1, 1) + timedelta(days=n) for n in range(365)]
    assert len(found) == sum(DAYS[day.weekday()] in calendar.days for day in year)


@given(calendars)
def test_a_key_is_the_whole_calendar(calendar: Calendar) -> None:
    assert Calendar.read(calendar.key) == calendar


@pytest.mark.parametrize("moment", [-(10**18), 0, LATEST, 10**18])
def test_the_ends_of_time_have_slots(moment: int) -> None:
    for zone in ZONES:
        calendar = Calendar("00:00", DAYS, zone)
        assert calendar.after(moment) - calendar.until(moment) <= 2 * DAY
        assert calendar.words(calendar.after(moment))
