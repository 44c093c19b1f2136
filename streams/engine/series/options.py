"""What is measured, how finely, and how it is watched; the shell fills it from `tocsin.yaml`."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from math import gcd
from types import MappingProxyType

from detectors.series.question import SeriesQuestion
from schemas.errors import Permanent
from schemas.measures import MEASURES

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

_YEARS = range(2000, 2050)


@dataclass(frozen=True)
class Chosen:
    """How one measure is watched.

    Attributes:
        by: the dimensions that it is cut into slices by.
        ring_at: how strange a value must be to ring; None for the detector's own.
        only: dimensions of `by` of which no slice has a series but these values: a question asks for them.
    """

    by: tuple[str, ...] = ()
    ring_at: float | None = None
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)


def everything() -> Mapping[str, Chosen]:
    """Every measure, cut as is usual.

    >>> everything()["orders"].by
    ('region', 'department', 'channel')
    """
    return MappingProxyType({name: Chosen(each.cut) for name, each in MEASURES.items()})


@dataclass(frozen=True)
class SeriesOptions:
    """Spans in ms.

    Attributes:
        measures: by name; what is not named is not measured.
        currency: the shop's own; orders in another one are slices of their own. None: all of them are.
        buckets: of the overall series, ascending; each divides a day, and the shortest is a minute at least.
        slice_bucket: of the slices.
        most: slices of one measure and dimension that have a series of their own, at most.
        least: volume of a slice that gets one, a day on average over 28 days.
        values: values of one dimension that a partition tells apart in a bucket, at most.
        rate: false discoveries among what rings in one closing, on average.
        zone: where days end at midnight.
        holidays: days that are like no day of the week, by region; "" for all regions that are not named.
        questions: standing questions about series.

    Raises:
        Permanent: a measure that there is not, or a dimension that it cannot be cut by.
    """

    measures: Mapping[str, Chosen] = field(default_factory=everything)
    currency: str | None = None
    buckets: tuple[int, ...] = (HOUR, DAY)
    slice_bucket: int = DAY
    most: int = 40
    least: float = 5.0
    values: int = 500
    rate: float = 0.05
    zone: tzinfo = UTC
    holidays: Mapping[str, Container[date]] = field(default_factory=dict)
    questions: tuple[SeriesQuestion, ...] = ()

    def __post_init__(self) -> None:
        for name, chosen in self.measures.items():
            if name not in MEASURES:
                raise Permanent(f"series: no measure is called {name!r}; there are {', '.join(MEASURES)}.")
            allowed = MEASURES[name].by
            if not set(chosen.by) <= set(allowed):
                raise Permanent(
                    f"series: {name} cannot be cut by {', '.join(sorted(set(chosen.by) - set(allowed)))}; "
                    f"it can by {', '.join(allowed) or 'nothing'}."
                )

    @cached_property
    def base(self) -> int:
        """The bucket that partitions add up in: every other one is a whole number of them."""
        asked = (question.bucket_ms for question in self.questions)
        return base_of((*self.buckets, self.slice_bucket, *asked), self.zone)

    @cached_property
    def daily(self) -> bool:
        """Whether slices are asked about by the day only: then partitions tell of them once a day."""
        asked = (question.bucket_ms for question in self.questions if question.dimension)
        return self.slice_bucket == DAY and all(bucket == DAY for bucket in asked)

    def holiday(self, day: date, region: str = "") -> bool:
        """Whether a local day is a holiday in a region, or in the shop as a whole.

        >>> days = {"": {date(2026, 1, 1)}, "south": {date(2026, 1, 6)}}
        >>> options = SeriesOptions(holidays=days)
        >>> options.holiday(date(2026, 1, 6)), options.holiday(date(2026, 1, 6), "south")
        (False, True)
        """
        found = self.holidays.get(region)
        return day in (self.holidays.get("", ()) if found is None else found)


def base_of(buckets: Iterable[int], zone: tzinfo) -> int:
    """The longest bucket, an hour at most, of which all these are whole numbers, and days of the zone too.

    >>> from datetime import timedelta, timezone
    >>> base_of((HOUR, DAY), UTC) // MINUTE, base_of((15 * MINUTE, DAY), UTC) // MINUTE
    (60, 15)
    >>> base_of((HOUR, DAY), timezone(timedelta(hours=5, minutes=45))) // MINUTE
    15
    """
    return gcd(HOUR, *buckets, *_offsets(zone))


def _offsets(zone: tzinfo) -> set[int]:
    """What local time was and will be ahead of UTC by, ms, in winter and in summer."""
    moments = (datetime(year, month, 1, tzinfo=zone) for year in _YEARS for month in (1, 7))
    offsets = (moment.utcoffset() for moment in moments)
    return {int(each.total_seconds()) * 1000 for each in offsets if each is not None}
