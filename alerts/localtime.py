"""Moments as a reader's calendar and clock show them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UTC_WORDS = re.compile(
    rf"\b(?:{'|'.join(_DAYS)}) (\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}}), (\d\d):(\d\d) UTC\b", re.ASCII
)


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
    return f"{date_words(moment, zone)}, {when.hour:02}:{when.minute:02} {_short_name(when)}"


def date_words(moment: datetime, zone: tzinfo) -> str:
    """The date on which the moment falls in a zone, with its weekday.

    >>> from zoneinfo import ZoneInfo
    >>> date_words(datetime.fromisoformat("2017-01-03T23:30:00+00:00"), ZoneInfo("Europe/Berlin"))
    'Wed 4 Jan 2017'
    """
    when = local(moment, zone)
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"


def retold(text: str, zone: tzinfo) -> str:
    """The text with every moment that `words` wrote in UTC put on the clocks of a zone.

    Alerts travel with their moments in UTC, as any reader of the topic can use them; a mail has one reader.

    >>> from zoneinfo import ZoneInfo
    >>> retold("promised for Tue 3 Jan 2017, 23:30 UTC, not delivered", ZoneInfo("Europe/Berlin"))
    'promised for Wed 4 Jan 2017, 00:30 CET, not delivered'
    """
    return _UTC_WORDS.sub(lambda found: _retold(found, zone), text)


def _retold(found: re.Match[str], zone: tzinfo) -> str:
    day_of_month, month, year, hour, minute = found.groups()
    place = (int(year), _MONTHS.index(month) + 1, int(day_of_month), int(hour), int(minute))
    try:
        return words(datetime(*place, tzinfo=UTC), zone)
    except ValueError:  # somebody's own words that only look like a moment, such as 31 Feb
        return found.group()


def _short_name(when: datetime) -> str:
    name = when.tzname() or ""
    # Many zones have no letters of their own and call themselves "-03".
    return name if name.isalpha() else f"UTC{when.isoformat(timespec='minutes')[-6:]}"
