"""The state of one partition of one stage, and what a step would change of it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from streams.engine.keys import Keys
from streams.engine.partition_row import KEY, PartitionRow
from streams.engine.records import Send

TIMELESS = (b"b/", b"e/", b"h/", b"o/", b"n/")
"""Kinds of rows that wait for no moment: open buckets, examples, pasts, orders, counts of days."""


@dataclass
class Outcome:
    """What a step wants to become true, all at once.

    Attributes:
        row: the partition row after it.
        sends: records for other topics.
        rows: changed rows by key; None deletes.
        decoded: what of the rows was read, for the next look at it; see `State.decoded`.
        dues: when a changed row wants to be looked at again, ms; None never.
        more: moments have passed that this step left for the next.
        first: what is left comes before any new input: days are closed at most a day late, else the events
            of weeks would wait in the rows for the closes of their days when a backlog is read.
        commit: whether anything must become durable; a step without input may change nothing.
    """

    row: PartitionRow
    sends: list[Send] = field(default_factory=list)
    rows: dict[bytes, bytes | None] = field(default_factory=dict)
    decoded: dict[bytes, Any] = field(default_factory=dict)
    dues: dict[bytes, int | None] = field(default_factory=dict)
    more: bool = False
    first: bool = False
    commit: bool = False

    def close(self, *, wall: bool) -> None:
        """End the step, and write the partition row if anything becomes durable.

        Args:
            wall: whether time is the wall clock's. In a replay of the past, who waits until all is said of a
                time must hear that it is, even where nothing was.
        """
        if not wall and not self.more and self.row.settled != self.row.watermark:
            self.row.settled, self.commit = self.row.watermark, True
        if self.commit:
            self.rows[KEY] = self.row.dumps()


class Timers:
    """Rows by the moment at which they want to be looked at; the least first."""

    def __init__(self) -> None:
        self._due: dict[bytes, int] = {}
        self._heap: list[tuple[int, bytes]] = []

    def set(self, key: bytes, due: int | None) -> None:
        """Set, move or (None) drop a row's moment."""
        if due is None:
            self._due.pop(key, None)
        elif self._due.get(key) != due:
            self._due[key] = due
            heapq.heappush(self._heap, (due, key))

    def passed(self, watermark: int, most: int) -> list[bytes]:
        """At most `most` keys whose moment is before the watermark. They stay until they are set anew."""
        found: dict[bytes, int] = {}
        while self._heap and self._heap[0][0] < watermark and len(found) < most:
            due, key = heapq.heappop(self._heap)
            if self._due.get(key) == due:
                found[key] = due
        for key, due in found.items():  # a step that is not committed must find them again
            heapq.heappush(self._heap, (due, key))
        return list(found)


class State:
    """Rows, their keys in order, timers and partition row; changed by `apply` only.

    `decoded` spares a stage that walks through all rows to read those again that did not change. It may hold
    anything of a row, is forgotten when the row changes, and nothing depends on it.

    Args:
        partition: which partition of the stage this is.
        rows: where rows live; any mutable mapping of bytes, so that a disk store can take the dict's place.
    """

    def __init__(self, partition: int, rows: MutableMapping[bytes, bytes] | None = None) -> None:
        self.partition = partition
        self.rows: MutableMapping[bytes, bytes] = {} if rows is None else rows
        self.row = PartitionRow()
        self.timers = Timers()
        self.keys = Keys()
        self.decoded: dict[bytes, Any] = {}

    def load(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Replay a part of the changelog, oldest first."""
        for key, value in pairs:
            if value is None:
                self.rows.pop(key, None)
            elif key == KEY:
                self.row = PartitionRow.loads(value)
            else:
                self.rows[key] = value

    def loaded(self) -> None:
        """The changelog has been replayed to its end: find the rows that wait for a moment."""
        for key, value in self.rows.items():
            self.keys.add(key)
            due = None if key.startswith(TIMELESS) else orjson.loads(value).get("due")
            if due is not None:
                self.timers.set(key, due)
        self.keys.settle()

    def apply(self, outcome: Outcome) -> None:
        """Make a step's outcome true here, after it has become durable."""
        self.row = outcome.row
        for key, value in outcome.rows.items():
            self.decoded.pop(key, None)
            if value is None:
                self.rows.pop(key, None)
                self.keys.discard(key)
            else:
                self.keys.add(key)
                # A copy: what orjson hands out holds on to all of its buffer, 4 KiB for a row of 600 bytes.
                self.rows[key] = bytes(memoryview(value))
        self.decoded.update(outcome.decoded)
        for key, due in outcome.dues.items():
            self.timers.set(key, due)
