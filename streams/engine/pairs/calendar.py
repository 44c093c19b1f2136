"""The days of a zone, as moments and as numbers. A day ends where the next one begins: at midnight there."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from streams.engine.days import LATEST

_MOST = date(9998, 12, 31).toordinal()  # no zone's clocks show a later year everywhere


class Calendar:
    """Days of a zone. The day that was asked about last is remembered: events come one after the other.

    Args:
        zone: whose midnights count.

    >>> from zoneinfo import ZoneInfo
    >>> berlin = Calendar(ZoneInfo("Europe/Berlin"))
    >>> begin = berlin.begin(1_490_500_000_000)  # Sunday, 26 March 2017: the clocks are set forward
    >>> (berlin.end(begin) - begin) / 3_600_000, berlin.number(begin) % 7
    (23.0, 0)
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._begin = self._end = self._number = 0

    def begin(self, moment: int) -> int:
        """The first moment of the day that a moment is in, ms."""
        self._find(moment)
        return self._begin

    def end(self, moment: int) -> int:
        """The first moment after that day, ms."""
        self._find(moment)
        return self._end

    def number(self, moment: int) -> int:
        """The number of that day; those of Sundays are divisible by 7."""
        self._find(moment)
        return self._number

    def begin_of(self, number: int) -> int:
        """The first moment of a day by its number, ms; where a midnight is left out, the one that follows it.

        >>> Calendar(UTC).begin_of(719_163)
        0
        """
        day = date.fromordinal(min(max(number, 1), _MOST + 1))
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return round(midnight.timestamp() * 1000)

    def _find(self, moment: int) -> None:
        # What comes from outside may be any number; beyond calendars one day is as good as another.
        moment = min(max(moment, 0), LATEST)
        if self._begin <= moment < self._end:
            return
        local = datetime.fromtimestamp(moment // 1000, UTC).astimezone(self._zone)
        number = min(local.toordinal(), _MOST)
        self._begin, self._end, self._number = self.begin_of(number), self.begin_of(number + 1), number
