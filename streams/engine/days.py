"""Days of many sources at a stage with one partition: held until every source has announced them.

A source sends what belongs to a day, then announces the day. What came waits in rows `d/`, which are due at
their day; a day is *closed* once all sources have announced it or a later one. There is no idleness here: a
day that one source has not told of is not whole, and a source without events announces its days, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from schemas.errors import Poison
from streams.engine.intake import ANNOUNCEMENT, Intake, foreign, hear
from streams.engine.partition_row import PartitionRow
from streams.engine.records import Batch, Record
from streams.engine.state import Outcome

HELD = b"d/"
LATEST = 253_370_764_800_000
"""Beginning of the year 9999, ms: no day is later, since no calendar is."""

_FROM = "tocsin-from"

Read = Callable[[Record], tuple[int, Any] | None]


def closed(row: PartitionRow, partitions: int) -> int | None:
    """The latest day, ms, that all of `partitions` sources have announced; None while one has said nothing.

    >>> closed(PartitionRow(announced={"0": 7, "1": 5}), 2), closed(PartitionRow(announced={"0": 7}), 2)
    (5, None)
    """
    marks = [row.announced.get(str(source)) for source in range(partitions)]
    known = [mark for mark in marks if mark is not None]
    return min(known) if len(known) == partitions else None


def take_in(outcome: Outcome, intake: Intake, batches: Sequence[Batch], read: Read) -> None:
    """Hold what came, note what was announced, and bury what nobody of ours has written.

    Args:
        outcome: of the step; gets the rows.
        intake: of the step.
        batches: consecutive records.
        read: the day (ms) that a record belongs to, and what is held of it; None where it is not wanted.
            Raises `Poison`.
    """
    row, partitions = outcome.row, intake.options.partitions
    for topic, records in batches:
        for record in records:
            try:
                source = _source(record, partitions)
                if record.key == ANNOUNCEMENT:
                    hear(row, record)
                    continue
                found = read(record)
                if found is None:
                    continue
                day, content = found
                if day <= row.announced.get(source, -1):
                    raise foreign(f"it is of {day}, which its source had announced as over")
            except Poison as poison:
                intake.bury(topic, record, poison)
                continue
            key = held_key(day, record.offset)
            outcome.rows[key] = orjson.dumps({"due": day, "held": content})
            outcome.dues[key] = day
        if records:
            row.offsets[topic] = records[-1].offset + 1
            outcome.commit = True
    mark = closed(row, partitions)
    if mark is not None and (row.watermark is None or mark > row.watermark):
        row.watermark = mark


def held_key(day: int, offset: int) -> bytes:
    """The row of a held record; rows of a day are ordered as its records are."""
    return HELD + b"%015d/%015d" % (day, offset)


def day_of(key: bytes) -> int:
    """The day that a held row belongs to, ms.

    >>> day_of(held_key(86_400_000, 7))
    86400000
    """
    return int(key[len(HELD) :].partition(b"/")[0])


def offset_of(key: bytes) -> int:
    """The offset of a held record.

    >>> offset_of(held_key(86_400_000, 7))
    7
    """
    return int(key.rpartition(b"/")[2])


def _source(record: Record, partitions: int) -> str:
    try:
        source = int(dict(record.headers)[_FROM])
    except (KeyError, ValueError) as error:
        raise foreign(error) from error
    if not 0 <= source < partitions:
        raise foreign(f"source partition {source}")
    return str(source)
