"""An archive read back: its events in the order in which their logs had them, as lines of a file would be.

What a flush or a merge has left half done (its process was killed) is seen as it will be after the next
start: the ledger says which files are to come and which are to go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import structlog
from pydantic import ValidationError

from schemas.decode import TOPICS
from schemas.errors import Permanent
from streams.archive import files
from streams.archive.kinds import EVENT
from streams.archive.ledger import LEDGER, STAGED, Ledger
from streams.archive.merging import Source, merged

log = structlog.get_logger(__name__)

_COLUMNS = [EVENT, "log_newest", "log_partition", "log_offset"]


class Event(NamedTuple):
    """One event of the archive: its bytes, and its place."""

    kind: str
    partition: int
    offset: int
    value: bytes


def is_archive(folder: Path) -> bool:
    """Whether a folder has what an archive has."""
    return (folder / LEDGER).exists() or any(next((folder / topic).glob("day=*"), None) for topic in TOPICS)


def events(folder: Path, topics: Collection[str] = TOPICS) -> Iterator[Event]:
    """The events of an archive in the order of their logs, merged by event time.

    A file that is torn, or was not written by `tocsin archive`, is told in a warning and skipped.

    Args:
        folder: the archive's.
        topics: of which events are wanted.

    Raises:
        Permanent: the folder is no archive.
    """
    if not is_archive(folder):
        raise Permanent(f"{folder} is a folder, and no archive: it has no {LEDGER} and no day of events.")
    ranks = sorted(topics)
    sources = [
        Source(stamp.oldest * 1000, rank, _reading(path, rank))
        for rank, topic in enumerate(ranks)
        for path, stamp in files.readable(_paths(folder, topic), topic)
    ]
    for table in merged(sources):
        columns = (table[name].to_pylist() for name in ("kind", "log_partition", "log_offset", EVENT))
        for rank, partition, offset, text in zip(*columns, strict=True):
            yield Event(ranks[rank], partition, offset, text.encode())


def _paths(folder: Path, kind: str) -> list[Path]:
    found = [path for paths in files.days(folder, kind).values() for path in paths]
    try:
        ledger = Ledger.model_validate_json((folder / LEDGER).read_bytes())
    except (OSError, ValidationError):
        return found  # the files themselves are whole; only a merge that was cut would show
    gone = {folder / place for place in ledger.drop}
    coming = [
        folder / STAGED / name
        for name, place in ledger.put.items()
        if place.startswith(f"{kind}/") and (folder / STAGED / name).exists()
    ]
    return [path for path in found if path not in gone] + coming


def _reading(path: Path, rank: int) -> Callable[[], Iterator[pa.Table]]:
    def batches() -> Iterator[pa.Table]:
        try:
            for table in files.read(path, _COLUMNS):
                yield table.append_column("kind", pa.array([rank] * len(table), pa.int32()))
        except files.Unreadable as torn:
            log.warning("the rest of a file of the archive is skipped", why=str(torn))

    return batches
