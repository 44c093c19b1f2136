"""The rows of one kind that wait to be written: few as Python objects, the rest as Arrow tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from schemas.binary import Headers
from schemas.errors import Poison
from streams.archive.kinds import Kind
from streams.archive.ledger import Log, Tally
from streams.archive.merging import in_order

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
# A row as Python objects takes ten times the room that it takes in a table.
_LOOSE = 1_000


class Record(NamedTuple):
    """One record of a partition; `time` is Kafka's own timestamp of it, ms."""

    partition: int
    offset: int
    time: int
    value: bytes | None
    headers: Headers


class Pile:
    """What was read of one kind since the last flush.

    Args:
        kind: what the rows are.
        logs: the kind's positions; a copy, which moves on as records are taken.
        tally: the kind's counts; a copy as well.
    """

    def __init__(self, kind: Kind, logs: dict[int, Log], tally: Tally) -> None:
        self.kind = kind
        self.logs = logs
        self.tally = tally
        self.rows = 0
        self.bytes = 0
        self._loose: list[dict[str, Any]] = []
        self._tables: list[pa.Table] = []

    def take(self, record: Record, latest: int) -> None:
        """Add a record; what cannot be read is counted, for it is a dead letter already.

        Args:
            record: the next one of its partition.
            latest: an event after this moment, ms, is from the future and does not move time.
        """
        log = self.logs.setdefault(record.partition, Log())
        log.next = record.offset + 1
        try:
            read = self.kind.read(record.value, record.headers)
        except Poison as poison:
            self._refuse(poison.reason)
            return
        at = (read.time - _EPOCH) // _MS
        if at <= latest:
            log.newest = at if log.newest is None else max(log.newest, at)
        newest = log.newest or 0  # nothing but events from the future so far: before everything
        self._loose.append(
            self.kind.fit(read.values)
            | {
                "log_partition": record.partition,
                "log_offset": record.offset,
                "log_time": _EPOCH + record.time * _MS,
                "log_newest": _EPOCH + newest * _MS,
            }
        )
        self.rows += 1
        self.bytes += len(record.value or b"")
        if len(self._loose) == _LOOSE:
            self._pack()

    def days(self) -> Iterator[tuple[str, pa.Table]]:
        """The rows by UTC day of their event time, each day in the archive's order."""
        self._pack()
        if not self._tables:
            return
        table = pa.concat_tables(self._tables)
        days = pc.strftime(table["time"], format="%Y-%m-%d")
        for day in sorted(pc.unique(days).to_pylist()):
            yield day, in_order(table.filter(pc.equal(days, day)))

    def _refuse(self, reason: str) -> None:
        self.tally.unreadable[reason] = self.tally.unreadable.get(reason, 0) + 1

    def _pack(self) -> None:
        loose, self._loose = self._loose, []
        if not loose:
            return
        try:
            self._tables.append(pa.Table.from_pylist(loose, self.kind.schema))
        except (pa.ArrowException, OverflowError, ValueError, TypeError):
            self._pack_singly(loose)

    def _pack_singly(self, loose: list[dict[str, Any]]) -> None:
        """One of the rows does not fit its columns, e.g. a number of a thousand digits in an alert."""
        for row in loose:
            try:
                self._tables.append(pa.Table.from_pylist([row], self.kind.schema))
            except (pa.ArrowException, OverflowError, ValueError, TypeError):
                self.rows -= 1
                self._refuse("invalid")
