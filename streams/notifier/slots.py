"""How far time has come for digests: a slot has passed once everything that rang before it has been taken in.

With `TOCSIN_CLOCK=wall` that is the wall clock, once the topic has been read to the end that it had when we
came. With `events`, in a replay of the past, it is the time up to which every stage has said what it has to
say, once all that had been said then is read: so a year that passes in minutes has its year of digests, each
with what it would have had, however far one stage is behind another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import structlog

from streams.clock import monotonic
from streams.kafka import clients, reading
from streams.kafka.rows import Rows, read_rows
from streams.notifier.digests import Digests
from streams.topics import ALERTS

if TYPE_CHECKING:
    from streams.settings import Settings

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0
LOOK_SHARE = 9  # a look that took a second is followed by nine without one: looking must not slow the work

Ends = Mapping[int, int]
"""Where each partition of `alerts` ends, or how far it has been read."""


class Slots:
    """Asked after each step of the reader; writes what is due.

    Args:
        settings: broker, prefix, and which clock counts.
        digests: what is held, and who writes it.
        now: wall clock, ms.
    """

    def __init__(self, settings: Settings, digests: Digests, now: Callable[[], int]) -> None:
        self._settings = settings
        self._digests = digests
        self._now = now
        self._next = 0.0
        self._passed: int | None = None
        self._ends: Ends = {}

    def begin(self, ends: Ends) -> None:
        """The reader stands somewhere anew; until it has come to these ends, nothing is sure."""
        self._ends = ends
        self._next = 0.0

    def due(self, positions: Ends) -> bool:
        """Whether it is time to see which slots have passed.

        Args:
            positions: how far each partition has been read.
        """
        read = all(positions.get(partition, 0) >= end for partition, end in self._ends.items())
        return read and monotonic() >= self._next

    def write(self) -> int:
        """Write the digests whose slots have passed; how many there were.

        Raises:
            StoreUnavailable: nothing is lost.
            Transient: the broker is away, and event time with it.
        """
        began = monotonic()
        written = 0
        if self._digests.waiting():
            passed = self._now() if self._settings.clock == "wall" else self._passed
            written = 0 if passed is None else self._digests.write(passed, self._now())
            if self._settings.clock == "events":
                self._look()
        self._next = monotonic() + max(EVERY_SECONDS, LOOK_SHARE * (monotonic() - began))
        if written:
            log.info("digests written", digests=written)
        return written

    def _look(self) -> None:
        """Ask the worker's rows for the time; it has passed once what had been said by then is read."""
        with clients.reader(self._settings) as consumer:
            said = all_said(read_rows(consumer, self._settings))
            places = reading.partitions(consumer, self._settings.topic(ALERTS.name))
            spans = reading.spans(consumer, places)
        # Together, and only when both are known: a time without its ends would pass before it is read.
        self._passed, self._ends = said, {place.partition: end for place, (_, end) in spans.items()}


def all_said(rows: Rows) -> int | None:
    """The time, ms, of which all partitions of all stages that work have said all; None before there is one.

    >>> ahead, behind = {"watermark": 900, "settled": 900}, {"watermark": 900, "settled": 700}
    >>> all_said({"customer": {0: ahead, 1: behind}, "risk": {}})
    700
    """
    marks = [
        row["settled"] for stage in rows.values() for row in stage.values() if row["watermark"] is not None
    ]
    return None if None in marks else min(marks, default=None)
