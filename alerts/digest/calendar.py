"""The moments at which a digest goes out: a time of day on some days of the week, on one zone's clocks.

Where the clocks are set forward over the time of day, the moment is as much later as they are (02:30 becomes
03:30); where they show it twice, the first time counts. Each date has one moment at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from alerts.config.schedule import DAYS, Schedule, days_words
from alerts.localtime import words
from alerts.timeline import utc

EARLIEST = 0
LATEST = 221_845_392_000_000
"""The year 9000, ms: every zone's clock can show it. Moments beyond count as it."""

_WEEK = 7
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Slots of digests; all that is needed to find them again is in `key`.

    Attributes:
        at: time of day, `HH:MM`.
        days: names of weekdays, see `DAYS`.
        timezone: IANA name.
    """

    at: str
    days: tuple[str, ...]
    timezone: str

    @classmethod
    def of(cls, schedule: Schedule, timezone: str | None) -> Calendar:
        """A subscription's calendar, in its analyst's zone."""
        return cls(schedule.at, schedule.on, timezone or "UTC")

    @classmethod
    def read(cls, key: str) -> Calendar:
        """The calendar of a key.

        >>> calendar = Calendar("07:30", ("mon", "thu"), "Europe/Berlin")
        >>> calendar.key, Calendar.read(calendar.key) == calendar
        ('07:30 mon,thu Europe/Berlin', True)
        """
        at, days, timezone = key.split(" ")
        return cls(at, tuple(days.split(",")), timezone)

    @property
    def key(self) -> str:
        """Equal calendars have equal keys."""
        return f"{self.at} {','.join(self.days)} {self.timezone}"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone whose clocks count."""
        return ZoneInfo(self.timezone)

    def after(self, moment: int) -> int:
        """The first slot after a moment, ms.

        >>> berlin = Calendar("02:30", DAYS, "Europe/Berlin")
        >>> noon = 1_490_439_600_000  # Sat 25 Mar 2017, 12:00 in Berlin; the next night skips 02:30
        >>> berlin.words(berlin.after(noon)), berlin.words(berlin.after(berlin.after(noon)))
        ('Sun 26 Mar 2017, 03:30 CEST', 'Mon 27 Mar 2017, 02:30 CEST')
        """
        moment = min(max(moment, EARLIEST), LATEST)
        day = self._date(moment) - _DAY
        while (slot := self._slot(day)) is None or slot <= moment:
            day += _DAY
        return slot

    def until(self, moment: int) -> int:
        """The last slot at a moment or before it, ms."""
        moment = min(max(moment, EARLIEST), LATEST)
        day = self._date(moment) + _DAY
        while (slot := self._slot(day)) is None or slot > moment:
            day -= _DAY
        return slot

    def words(self, slot: int) -> str:
        """A slot on the reader's clock."""
        return words(utc(slot), self.zone)

    def rhythm(self) -> str:
        """When, in words.

        >>> Calendar("07:30", ("mon",), "UTC").rhythm()
        'each Mon at 07:30'
        """
        return f"{days_words(self.days)} at {self.at}"

    def _date(self, moment: int) -> date:
        return utc(moment).astimezone(self.zone).date()

    def _slot(self, day: date) -> int | None:
        if DAYS[day.weekday()] not in self.days:
            return None
        hour, minute = map(int, self.at.split(":"))
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
        return round(local.astimezone(UTC).timestamp() * 1000)
