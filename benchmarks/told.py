"""What a run has said where everything is on, counted on its topics: the same work leaves the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streams.engine.intake import ANNOUNCEMENT
from streams.engine.pairs.record import read as read_baskets
from streams.kafka import clients, reading
from streams.settings import Settings
from streams.topics import BASKETS, CUSTOMER_SCORES, SERIES_PARTIALS, WINDOWS

Number = Callable[[Any], int]


def _one(_record: Any) -> int:
    return 1


_WHAT: dict[str, tuple[str, Number]] = {
    "scores": (CUSTOMER_SCORES.name, _one),
    "partials": (SERIES_PARTIALS.name, _one),
    "windows": (WINDOWS.name, _one),
    "baskets": (BASKETS.name, lambda record: len(read_baskets(record)[1])),
}


def count(settings: Settings) -> dict[str, int]:
    """Scores told, partial sums of series, windows closed, and baskets.

    Args:
        settings: broker and prefix.
    """
    found = {}
    with clients.reader(settings) as consumer:
        for what, (topic, number) in _WHAT.items():
            places = reading.partitions(consumer, settings.topic(topic))
            records = reading.read(consumer, reading.spans(consumer, places))
            found[what] = sum(number(each) for each in records if each.key != ANNOUNCEMENT)
    return found
