"""Many sorted files as one sorted stream of tables, without ever holding more than a batch of each.

Rows are in the order in which the archive heard of them: by `log_newest`, then kind, partition and offset.
Within a partition that is the order of its log, and between partitions that of event time, as far as the logs
themselves keep to it. A file is opened when the stream reaches the first row that it may hold.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Key = tuple[int, int, int, int]
_ORDER = [("log_newest", "ascending"), ("log_partition", "ascending"), ("log_offset", "ascending")]
_RANK = "_rank"


def in_order(table: pa.Table) -> pa.Table:
    """The rows of one kind in the archive's order."""
    return table.sort_by(_ORDER)


@dataclass
class Source:
    """One file's rows.

    Attributes:
        oldest: no row of it has a smaller `log_newest`, us since 1970.
        rank: of its kind; decides between rows of the same moment.
        open: its rows in order, in batches.
    """

    oldest: int
    rank: int
    open: Callable[[], Iterator[pa.Table]]


@dataclass
class _Open:
    """A file that is being read: the batch at hand, and the keys of its rows."""

    rank: int
    batches: Iterator[pa.Table]
    batch: pa.Table | None = None
    columns: list[npt.NDArray[np.int64]] = field(default_factory=list)

    def refill(self) -> bool:
        """Take the next batch that has a row; false at the end."""
        self.batch = next((batch for batch in self.batches if len(batch)), None)
        if self.batch is None:
            return False
        self.columns = [
            self.batch[name].cast(pa.int64()).to_numpy()
            for name in ("log_newest", "log_partition", "log_offset")
        ]
        return True

    def key(self, row: int) -> Key:
        newest, partition, offset = (int(column[row]) for column in self.columns)
        return newest, self.rank, partition, offset

    def take(self, bound: Key) -> pa.Table:
        """Cut off the rows up to the bound, which is included."""
        assert self.batch is not None
        rows = bisect.bisect_right(range(len(self.batch)), bound, key=self.key)
        taken, self.batch = self.batch.slice(0, rows), self.batch.slice(rows)
        self.columns = [column[rows:] for column in self.columns]
        return taken.append_column(_RANK, pa.array(np.full(rows, self.rank, np.int32)))


def merged(sources: Iterable[Source]) -> Iterator[pa.Table]:
    """The rows of all sources, in order; the tables share what columns they have.

    What is held at once: one batch of each file that reaches over the moment at hand.
    """
    waiting = sorted(sources, key=lambda source: (source.oldest, source.rank))
    opened: list[_Open] = []
    while waiting or opened:
        bound = min((each.key(-1) for each in opened), default=None)
        # What has not been opened may hold rows before the bound.
        if waiting and (bound is None or (waiting[0].oldest, waiting[0].rank) <= bound[:2]):
            source = waiting.pop(0)
            fresh = _Open(source.rank, source.open())
            opened += [fresh] if fresh.refill() else []
            continue
        assert bound is not None
        yield _together([each.take(bound) for each in opened])
        opened = [each for each in opened if each.batch or each.refill()]


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    found = pa.concat_tables([table for table in tables if len(table)], promote_options="default")
    order = [_ORDER[0], (_RANK, "ascending"), *_ORDER[1:]]
    return found.take(pc.sort_indices(found, sort_keys=order)).drop_columns([_RANK])
