"""Few large files instead of many small ones: a finished day becomes one file per kind, at once.

The merged file takes its place and the small ones go in one entry of the ledger, as a flush does. Torn and
foreign files stay where they are. Who reads with other programs in that instant may see rows twice, or until
the next start if the process is killed in it; our own readers read the ledger and do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import structlog

from streams.archive import files
from streams.archive.kinds import Kind
from streams.archive.ledger import Archive
from streams.archive.merging import Source, merged

log = structlog.get_logger(__name__)

MANY = 16
"""So many files of one day are merged, finished or not."""
_OPEN_DAYS = timedelta(days=1)


def compact(archive: Archive, kind: Kind) -> int:
    """Merge the days of a kind that are ready; how many were.

    Ready is a day before yesterday that was not merged yet, where today is the day of the kind's newest
    event, and any day with many files.

    Raises:
        ArchiveUnavailable: the folder cannot be written.
    """
    newest = [log.newest for log in archive.ledger.logs.get(kind.name, {}).values() if log.newest is not None]
    if not newest:
        return 0
    today = datetime.fromtimestamp(max(newest) / 1000, UTC).date()
    done = 0
    for day, paths in files.days(archive.folder, kind.name).items():
        over = date.fromisoformat(day) < today - _OPEN_DAYS
        whole = any(path.stem.endswith("-whole") for path in paths)
        if len(paths) >= MANY or (over and not whole and len(paths) > 1):
            done += _merge(archive, kind, day, paths)
    return done


def _merge(archive: Archive, kind: Kind, day: str, paths: list[Path]) -> bool:
    stamps = dict(files.readable(paths, kind.name))
    if len(stamps) <= 1:
        return False
    try:
        schema = pa.unify_schemas([kind.schema, *(pq.read_schema(path).remove_metadata() for path in stamps)])
        ledger = archive.ledger.model_copy(deep=True)
        ledger.number += 1
        place = files.place(kind.name, day, ledger.number, whole=True)
        name = place.replace("/", "+")
        sources = [Source(stamp.oldest * 1000, 0, _reading(path)) for path, stamp in stamps.items()]
        stamp = files.joined(kind.name, ledger.number, stamps.values())
        files.write(archive.staged / name, merged(sources), schema, stamp)
    except (pa.ArrowException, files.Unreadable) as error:
        log.warning("a day is not merged", kind=kind.name, day=day, why=str(error).partition("\n")[0])
        return False
    ledger.put = {name: place}
    ledger.drop = [str(path.relative_to(archive.folder)) for path in stamps]
    archive.commit(ledger)
    log.info("merged a day", kind=kind.name, day=day, files=len(stamps))
    return True


def _reading(path: Path) -> Callable[[], Iterator[pa.Table]]:
    def batches() -> Iterator[pa.Table]:
        yield from files.read(path)

    return batches
