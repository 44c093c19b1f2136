"""Strands: arrays of event times, each row of which can be built into a record, woven into one stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from streams.sources.chance import Ints
from streams.sources.record import Record

Build = Callable[[int], Record]


@dataclass(frozen=True)
class Window:
    """A half-open span of event time, in ms since 1970 UTC.

    >>> Window(10, 20).holds(20), Window(10, 20).widened(before=5, after=1)
    (False, Window(start=5, end=21))
    """

    start: int
    end: int

    def holds(self, at: int) -> bool:
        """Whether a moment lies inside."""
        return self.start <= at < self.end

    def widened(self, *, before: int, after: int) -> Window:
        """The same window with room on both sides."""
        return Window(self.start - before, self.end + after)


ALL_TIME = Window(-(1 << 62), 1 << 62)


@dataclass(frozen=True)
class Strand:
    """Events of one kind.

    Attributes:
        kind: the counter's name in summaries, e.g. "order.placed".
        topic: where they go.
        times: event times in ms, any order.
        build: makes the record of a row; called once per row that is sent.
    """

    kind: str
    topic: str
    times: Ints
    build: Build


def count(strands: Sequence[Strand], window: Window = ALL_TIME) -> dict[str, int]:
    """How many records each topic gets from the window."""
    totals: dict[str, int] = {}
    for strand in strands:
        inside = int(((strand.times >= window.start) & (strand.times < window.end)).sum())
        totals[strand.topic] = totals.get(strand.topic, 0) + inside
    return totals


def weave(strands: Sequence[Strand], window: Window = ALL_TIME) -> Iterator[Record]:
    """The records of the window in event-time order.

    Records of the same moment keep the order of the strands, then of their rows, so a cut of the stream is
    the stream of the cut.
    """
    if not strands:
        return
    times = np.concatenate([strand.times for strand in strands])
    owners = np.concatenate([np.full(len(strand.times), n, np.int64) for n, strand in enumerate(strands)])
    rows = np.concatenate([np.arange(len(strand.times), dtype=np.int64) for strand in strands])
    inside = np.flatnonzero((times >= window.start) & (times < window.end))
    # Stable: what came first in the concatenation stays first among equals.
    order = inside[np.argsort(times[inside], kind="stable")]
    builds = [strand.build for strand in strands]
    for owner, row in zip(owners[order].tolist(), rows[order].tolist(), strict=True):
        yield builds[owner](row)


def stamps(times: Ints) -> list[str]:
    """RFC 3339 in UTC, to the second.

    >>> stamps(np.array([1_483_271_606_000], dtype=np.int64))
    ['2017-01-01T11:53:26Z']
    """
    return [text + "Z" for text in np.datetime_as_string(times.astype("datetime64[ms]"), unit="s").tolist()]


def cloud_event(
    kind: str, identity: str, source: str, time: str, data: dict[str, object], *, synthetic: bool
) -> bytes:
    """A CloudEvent 1.0 in structured JSON; `synthetic` is written only where it is true."""
    envelope: dict[str, object] = {
        "specversion": "1.0",
        "id": identity,
        "source": source,
        "type": kind,
        "time": time,
        "data": data,
    }
    if synthetic:
        envelope["synthetic"] = True
    return orjson.dumps(envelope)
