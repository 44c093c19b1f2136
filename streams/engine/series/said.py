"""A series in the words of alerts: its name, its bucket, its curve."""

from __future__ import annotations

from alerts.figures import Bucket, Subject
from schemas.measures import MEASURES
from schemas.shown import Chart
from streams.engine.series.calendar import Calendar
from streams.engine.series.options import DAY, SeriesOptions
from streams.engine.series.watched import Name, Watched

_NAMES = {DAY: "a day", 3_600_000: "an hour", 60_000: "a minute"}
_TITLE = 200
_UNIT = 40
_LARGEST = 1e15


class Sayer:
    """How the shop calls things.

    Args:
        options, calendar: see there.
    """

    def __init__(self, options: SeriesOptions, calendar: Calendar) -> None:
        self.options, self.calendar = options, calendar

    def subject(self, name: Name) -> Subject:
        """What it is about; amounts of a slice by currency are in that one."""
        currency = name.value if name.dimension == "currency" else self.options.currency or ""
        return Subject(MEASURES[name.measure], name.dimension, name.value, currency)

    def bucket(self, size: int, begin: int, end: int) -> Bucket:
        """When it was."""
        return Bucket(size, begin, end, self.calendar.zone)

    def chart(self, size: int, watched: Watched) -> Chart | None:
        """The last buckets; None where there are none that a chart can show."""
        subject = self.subject(watched.name)
        times, points = [], []
        for told, actual, expected, low, high in watched.curve:
            times.append(self.calendar.began(size, told))
            known = low is not None and high is not None
            told_as = (expected, *(subject.bounds(low, high) if known else (None, None)))
            bounds = [None if each is None else _possible(subject, subject.shown(each)) for each in told_as]
            points.append([subject.shown(actual), *bounds])
        if not times:
            return None
        columns = [tuple(_drawn(each) for each in column) for column in zip(*points, strict=True)]
        unit = (
            f"{subject.unit} {_NAMES.get(size, '')}".strip()
            if subject.measure.kind in ("count", "sum")
            else subject.unit
        )
        name = subject.words[:1].upper() + subject.words[1:]
        actual, expected_, lower, upper = columns
        return Chart(
            title=name[:_TITLE],
            unit=unit[:_UNIT],
            times=tuple(times),
            actual=actual,
            expected=expected_,
            lower=lower,
            upper=upper,
        )


def _possible(subject: Subject, value: float | None) -> float | None:
    """No share is below none, or above all."""
    if value is None or subject.measure.unit != "share":
        return value
    return max(0.0, min(100.0, value))


def _drawn(value: float | None) -> float | None:
    return value if value is None or -_LARGEST <= value <= _LARGEST else None
