"""When buckets end: those of less than a day by UTC, days at midnight of the shop's zone.

A series tells time by the beginnings of its buckets. A day's is its date as midnight UTC, so that days are
equally long and weeks have seven of them, whatever the clocks do. Which hour of the week a shorter bucket is
of, local clocks say: people get up at seven in summer, too.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

from streams.engine.series.options import DAY, SeriesOptions

_EPOCH = date(1970, 1, 1)


class Calendar:
    """The buckets of all sizes in use.

    Args:
        options: see there.

    >>> from zoneinfo import ZoneInfo
    >>> berlin = Calendar(SeriesOptions(zone=ZoneInfo("Europe/Berlin")))
    >>> winter = 1_483_311_600_000  # Mon 2 Jan 2017, 00:00 CET
    >>> [size // 3_600_000 for size, begin in berlin.ending(winter)], berlin.told(DAY, winter) % DAY
    ([1, 24], 0)
    """

    def __init__(self, options: SeriesOptions) -> None:
        self.base, self.zone = options.base, options.zone
        # The end of one base bucket is the beginning of the next, and all sizes ask for both.
        self.day = lru_cache(maxsize=8)(self._day)
        asked = {question.bucket_ms for question in options.questions}
        self.sizes = tuple(sorted({*options.buckets, options.slice_bucket, *asked}))

    def ending(self, end: int) -> list[tuple[int, int]]:
        """Every bucket that ends at the end of a base bucket: its size and its beginning, ms."""
        found = []
        for size in self.sizes:
            if size < DAY:
                if end % size == 0:
                    found.append((size, end - size))
            elif (over := self.day(end - self.base)) != self.day(end):
                found.append((size, self._midnight(over)))
        return found

    def _day(self, moment: int) -> date:
        """The day of the zone that a moment is in."""
        return datetime.fromtimestamp(moment / 1000, self.zone).date()

    def told(self, size: int, begin: int) -> int:
        """What a series is told as the time of a bucket."""
        return begin if size < DAY else (self.day(begin) - _EPOCH).days * DAY

    def ahead(self, size: int, begin: int) -> int:
        """How far local time is ahead of what a series is told, ms: hours of the day are those of people."""
        offset = datetime.fromtimestamp(begin / 1000, self.zone).utcoffset()
        return int(offset.total_seconds()) * 1000 if size < DAY and offset is not None else 0

    def began(self, size: int, told: int) -> int:
        """When a bucket began, of what its series calls it; the inverse of `told`."""
        if size < DAY or told < 0:
            return told
        return self._midnight(datetime.fromtimestamp(told / 1000, UTC).date())

    def _midnight(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp() * 1000)
