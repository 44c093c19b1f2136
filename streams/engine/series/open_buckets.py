"""The base buckets of a partition that time has not passed yet, and what one step changes of them.

Rows `b/` + first moment + `/` + group, where a group is what events of one topic have added: a step writes
what it has touched, and no more. A bucket is closed once the watermark has passed its end; it becomes a
record for the stage of the series, and its rows are deleted.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.engine.partition_row import PartitionRow
from streams.engine.series.bucket import Bucket
from streams.engine.state import Outcome, State

BUCKET = b"b/"

_SLACK = 2  # times as many values as are told apart may wait in a row to be put together
_CHUNK = 64  # keys that are looked at at a time


class OpenBuckets:
    """The working copy of one step.

    Args:
        base: length of a bucket, ms.
        values: of one column that are told apart.
        state: the partition's state before the step.
        row: the step's copy of the partition row.
    """

    def __init__(self, base: int, values: int, state: State, row: PartitionRow) -> None:
        self.base, self.values = base, values
        self.state, self.row = state, row
        self._touched: dict[tuple[int, str], Bucket] = {}

    def at(self, moment: int, group: str) -> Bucket | None:
        """The bucket of a moment (ms), to add to; None where it is closed."""
        start = moment - moment % self.base
        found = self._touched.get((start, group))
        if found is not None:
            return found
        measured = self.row.measured
        if start < 0 or (measured is not None and start + self.base <= measured):
            return None
        known = self._known(_key(start, group))
        found = self._touched[start, group] = known.copy() if known is not None else Bucket()
        return found

    def _known(self, key: bytes) -> Bucket | None:
        raw = self.state.rows.get(key)
        if raw is None:
            return None
        return self.state.decoded.get(key) or Bucket.loads(raw)

    def close(self, watermark: int | None, outcome: Outcome) -> list[tuple[int, Bucket]] | None:
        """Close what time has passed: first moments and sums in order; None where no bucket has ended."""
        if watermark is None:
            return None
        upto = (watermark - 1) // self.base * self.base
        if upto <= 0 or (self.row.measured is not None and upto <= self.row.measured):
            return None
        self.row.measured = upto
        found: dict[int, Bucket] = {}
        for key in self._rows_before(upto):
            start, group = _parsed(key)
            outcome.rows[key] = None
            known = self._known(key)
            if known is not None and (start, group) not in self._touched:
                found.setdefault(start, Bucket()).add(known)
        for start, group in [each for each in self._touched if each[0] < upto]:
            found.setdefault(start, Bucket()).add(self._touched.pop((start, group)))
        for bucket in found.values():
            bucket.trim(self.values)
        return [(start, found[start]) for start in sorted(found) if found[start]]

    def _rows_before(self, upto: int) -> Iterator[bytes]:
        after = BUCKET
        while keys := self.state.keys.after(after, _CHUNK):
            for key in keys:
                if _parsed(key)[0] >= upto:
                    return
                yield key
            after = keys[-1]

    def write(self, outcome: Outcome) -> None:
        """Write what was touched and is still open."""
        for (start, group), bucket in self._touched.items():
            bucket.trim(self.values, slack=_SLACK)
            key, raw = _key(start, group), bucket.dumps()
            if raw is not None:
                outcome.rows[key], outcome.decoded[key] = raw, bucket
            elif key in self.state.rows:
                outcome.rows[key] = None


def _key(start: int, group: str) -> bytes:
    return BUCKET + b"%015d/" % start + group.encode()


def _parsed(key: bytes) -> tuple[int, str]:
    start, _, group = key[len(BUCKET) :].partition(b"/")
    return int(start), group.decode()
