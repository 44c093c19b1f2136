"""Which part of the shop's time a demo sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from streams.sources.strand import Window


def of(first: datetime, end: datetime) -> Window:
    """From a moment up to another.

    >>> of(datetime(2017, 4, 1, tzinfo=UTC), datetime(2017, 4, 2, tzinfo=UTC))
    Window(start=1491004800000, end=1491091200000)
    """
    return Window(int(first.timestamp() * 1000), int(end.timestamp() * 1000))


def day(at: int) -> datetime:
    """The moment of an event time in ms."""
    return datetime.fromtimestamp(at / 1000, UTC)


# From the first campaign of the source to the last answer to a ticket.
ALL = of(datetime(2016, 11, 14, tzinfo=UTC), datetime(2018, 2, 1, tzinfo=UTC))

# A month with one incident of each kind.
SHORT = of(datetime(2017, 4, 1, tzinfo=UTC), datetime(2017, 5, 1, tzinfo=UTC))

# The last order is of New Year's Eve in New York; tickets about it come later.
_LAST_ORDER = datetime(2018, 1, 1, 5, tzinfo=UTC)
_MAILED = timedelta(weeks=4)


def quiet_until(window: Window) -> datetime | None:
    """Until when a demo warms up: the four weeks before the last order are mailed, if that leaves as many.

    >>> print(quiet_until(ALL), quiet_until(SHORT))
    2017-12-04 05:00:00+00:00 None
    """
    until = min(day(window.end), _LAST_ORDER) - _MAILED
    return until if until - day(window.start) >= _MAILED else None
