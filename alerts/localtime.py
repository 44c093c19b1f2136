"""Moments as a reader's calendar and clock show them."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def local(moment: datetime, zone: tzinfo) -> datetime:
    """The moment on the clocks of a zone; at the ends of the calendar, on the clock it came with."""
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError):
        return moment


def day(moment: datetime, zone: tzinfo) -> date:
    """The date on which the moment falls in a zone.

    >>> from zoneinfo import ZoneInfo
    >>> day(datetime.fromisoformat("2017-01-03T23:30:00+00:00"), ZoneInfo("Europe/Berlin"))
    datetime.date(2017, 1, 4)
    """
    return local(moment, zone).date()


def words(moment: datetime, zone: tzinfo) -> str:
    """The moment with its weekday and the zone's short name.

    >>> from zoneinfo import ZoneInfo
    >>> words(datetime.fromisoformat("2017-01-03T17:00:00+00:00"), ZoneInfo("Europe/Berlin"))
    'Tue 3 Jan 2017, 18:00 CET'
    >>> words(datetime.fromisoformat("2017-01-03T17:00:00+00:00"), ZoneInfo("America/Sao_Paulo"))
    'Tue 3 Jan 2017, 15:00 UTC-02:00'
    """
    when = local(moment, zone)
    date_words = f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"
    return f"{date_words}, {when.hour:02}:{when.minute:02} {_short_name(when)}"


def _short_name(when: datetime) -> str:
    name = when.tzname() or ""
    # Many zones have no letters of their own and call themselves "-03".
    return name if name.isalpha() else f"UTC{when.isoformat(timespec='minutes')[-6:]}"
