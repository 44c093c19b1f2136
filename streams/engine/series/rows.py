"""The rows of the stage of the series, as one step sees them: its own changes over what is there.

d/...                         records that wait for all partitions (`days`)
b/ + end                      sums of one base bucket over all partitions, until its day is over
clock                         how far closing has come (`clock`)
gauges                        running totals
i/ + size                     the series of that bucket size, in order
s/ + size/measure/dim/value   one series: its detector, its curve, what was told (`watched`)
v/ + size/end                 the values of all series in one closed bucket
p/ + number                   points of the closing that is under way, where it takes several steps
n/ + measure/dim              how much each slice usually has (`shares`)
q/ + number                   a standing question
y/ + source                   a publisher: how often its fields are empty, the values of its labels
dead                          dead letters by topic
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import orjson

from streams.engine import days
from streams.engine.series.watched import Name
from streams.engine.state import Outcome, State

BASE = b"b/"
GAUGES = b"gauges"
DEAD = b"dead"
_CHUNK, _RECORDS = 256, 64
_LATER = 1 << 62


class Rows:
    """JSON by key. What is read or was written is not to be changed, but copied.

    Args:
        state: before the step.
        outcome: of the step.
    """

    def __init__(self, state: State, outcome: Outcome) -> None:
        self._state, self._outcome = state, outcome
        self._written: dict[bytes, Any] = {}
        self._bases: list[bytes] = []  # of what was written
        self._waiting: list[bytes] = []  # the earliest records, as far as they have been asked for
        self._taken = 0  # of them
        self._all = False  # whether there are no others

    def read(self, key: bytes) -> Any:
        """A row; None where there is none. It is kept: it will soon be read again."""
        if key in self._written:
            return self._written[key]
        found = self._state.decoded.get(key)
        if found is None:
            found = self.saved(key)
            if found is not None:
                self._outcome.decoded[key] = found
        return found

    def saved(self, key: bytes) -> Any:
        """A row as it was written, whatever is kept of it beside; None where there is none."""
        if key in self._written:
            return self._written[key]
        raw = self._state.rows.get(key)
        return None if raw is None else orjson.loads(raw)

    def write(self, key: bytes, content: Any, decoded: Any = None) -> None:
        """Change a row; `decoded` is what it stands for, if that is more than its content."""
        self._written[key] = content
        if key.startswith(BASE):
            self._bases.append(key)
        self._outcome.rows[key] = orjson.dumps(content)
        self._outcome.decoded[key] = content if decoded is None else decoded

    def live(self, key: bytes) -> Any:
        """What was last kept for a row by `keep`, or None. It may be ahead of the row, or of a lost step."""
        found = self._outcome.decoded.get(key)
        return self._state.decoded.get(key) if found is None else found

    def keep(self, key: bytes, decoded: Any) -> None:
        """Remember what a row stands for together with what came since."""
        self._outcome.decoded[key] = decoded

    def drop(self, key: bytes) -> None:
        """Delete a row; it may not be there."""
        if key in self._written or key in self._state.rows:
            self._written[key] = self._outcome.rows[key] = None
            if key.startswith(BASE):
                self._bases.append(key)
            self._outcome.decoded.pop(key, None)

    def first(self) -> int | None:
        """Where the base bucket of the earliest record that waits ends, ms; None where no record does."""
        key = self._next()
        return None if key is None else days.day_of(key)

    def take(self, until: int) -> list[Any]:
        """What is held of the records whose base bucket ends up to a moment, ms; they wait no longer."""
        found = []
        while (key := self._next()) is not None and days.day_of(key) <= until:
            found.append(self.saved(key)["held"])
            self.drop(key)
            self._outcome.dues[key] = None
            self._taken += 1
        return found

    def _next(self) -> bytes | None:
        if self._taken == len(self._waiting) and not self._all:
            # Only a commit tells the timers what was taken: so ask once for many, and seldom again.
            most = _RECORDS + 2 * self._taken
            self._waiting = self._state.timers.passed(_LATER, most)
            self._all = len(self._waiting) < most
        return self._waiting[self._taken] if self._taken < len(self._waiting) else None

    def bases(self, begin: int, end: int) -> list[bytes]:
        """Keys of the base buckets that end after `begin` and not after `end`, in order."""
        found = []
        after, last = base_key(begin), base_key(end)
        first = after
        while keys := self._state.keys.after(after, _CHUNK):
            after = keys[-1]
            found += keys if after <= last else keys[: bisect_right(keys, last)]
            if after > last:
                break
        known = {key for key in self._bases if first < key <= last}
        if known:
            found = sorted({*found, *known} - {key for key in known if self._written[key] is None})
        return found


def base_key(end: int) -> bytes:
    """The row of a base bucket."""
    return BASE + b"%015d" % end


def index_key(size: int) -> bytes:
    """The row that names the series of a bucket size."""
    return b"i/%d" % size


def series_key(size: int, name: Name) -> bytes:
    """The row of a series."""
    return b"s/%d/" % size + name.text.encode()


def values_key(size: int, end: int) -> bytes:
    """The row with the values of a closed bucket."""
    return b"v/%d/%015d" % (size, end)


def points_key(number: int) -> bytes:
    """A row of points of the closing that is under way."""
    return b"p/%06d" % number


def shares_key(measure: str, dimension: str) -> bytes:
    """The row of how much each slice usually has."""
    return f"n/{measure}/{dimension}".encode()


def question_key(name: str) -> bytes:
    """The row of a standing question."""
    return b"q/" + name.encode()


def publisher_key(source: str) -> bytes:
    """The row of a publisher."""
    return b"y/" + source.encode()
