"""What is known of one entity, in a form that rules judge: a list of events and when each became known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from alerts.localtime import words


class Known(NamedTuple):
    """One event of an order or a ticket.

    Attributes:
        time: event time, ms.
        eff: effective time, ms: when the stream could know it, never before `time`. An event that
            arrives out of order beyond the bound has `eff` > `time`.
        id: the event's id; breaks ties of `time`.
        kind: placed, delivered, opened, replied, ...
        facts: the few fields that rules and their words need.
    """

    time: int
    eff: int
    id: str
    kind: str
    facts: dict[str, Any]


class Episode(NamedTuple):
    """One stretch of trouble that a rule sees in a timeline.

    Attributes:
        start: what began it, as text; it is unique among the entity's episodes of this rule.
        since: when the trouble began, ms.
        at: the moment at which it rings, ms.
        rings: whether it rings, judged by what was known at that moment alone.
        recovered: when it became known that the trouble is over, ms; None while it lasts.
    """

    start: str
    since: int
    at: int
    rings: bool
    recovered: int | None


def known_at(events: Iterable[Known], moment: int) -> list[Known]:
    """The events known at a moment, in the order in which they happened (time, then id)."""
    return sorted((event for event in events if event.eff <= moment), key=happened)


def happened(event: Known) -> tuple[int, str]:
    """Sort key: the order in which things happened."""
    return (event.time, event.id)


def fact(events: Sequence[Known], name: str) -> Any:
    """The newest value of a fact in events ordered by time, or None."""
    for event in reversed(events):
        value = event.facts.get(name)
        if value is not None:
            return value
    return None


def utc(ms: int) -> datetime:
    """An aware datetime of milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def moment_words(ms: int) -> str:
    """A moment in words.

    >>> moment_words(1483466400000)
    'Tue 3 Jan 2017, 18:00 UTC'
    """
    return words(utc(ms), UTC)


def span_words(ms: int) -> str:
    """How long, in the two largest units that matter.

    >>> span_words(93_600_000), span_words(5_400_000), span_words(40_000)
    ('1 day 2 h', '1 h 30 min', '1 min')
    """
    minutes = max(1, round(ms / 60_000))
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    if days:
        day_words = f"{days} day" + ("s" if days > 1 else "")
        return f"{day_words} {hours} h" if hours and days < 7 else day_words  # noqa: PLR2004 - a week
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"
