"""Which part of the shop's time a demo sends."""

from __future__ import annotations

from datetime import UTC, datetime

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
