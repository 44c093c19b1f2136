"""Files of the archive: `KIND/day=YYYY-MM-DD/NUMBER.parquet`, and what each says of itself.

NUMBER is that of the flush that wrote it. Which stretches of which logs are in it stands in the file's own
metadata, under the key `tocsin`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import TocsinError

log = structlog.get_logger(__name__)

KEY = b"tocsin"
SUFFIX = ".parquet"
_DAY = re.compile(r"day=(\d{4}-\d\d-\d\d)")
# Rows of a row group: what a reader holds of a file at once. Events are up to 256 KiB, so bytes count, too.
GROUP_ROWS = 20_000
GROUP_BYTES = 16 << 20
_BATCH = 4_096


class Unreadable(TocsinError):  # noqa: N818 - named for what happens next: it is told, and skipped
    """A file that is torn, or that somebody else put there."""


class Stretch(BaseModel):
    """What a file holds of one partition: `rows` records from offset `first` to `last`, both included."""

    model_config = ConfigDict(frozen=True)
    first: int
    last: int
    rows: int


class Stamp(BaseModel):
    """What a file says of itself.

    Attributes:
        kind: what its rows are.
        number: of the flush that wrote it.
        logs: which records, by partition.
        oldest: the least `log_newest` of its rows, ms; with `newest` the stretch of the order it belongs to.
        newest: the greatest.
    """

    model_config = ConfigDict(frozen=True)
    version: int = 1
    kind: str
    number: int
    logs: dict[int, Stretch]
    oldest: int
    newest: int


def stamp_of(kind: str, number: int, tables: Iterable[pa.Table]) -> Stamp:
    """The stamp of a file that holds these rows."""
    logs: dict[int, Stretch] = {}
    bounds: list[int] = []
    for table in tables:
        grouped = table.group_by("log_partition").aggregate(
            [("log_offset", "min"), ("log_offset", "max"), ("log_offset", "count")]
        )
        for row in grouped.to_pylist():
            found = Stretch(
                first=row["log_offset_min"], last=row["log_offset_max"], rows=row["log_offset_count"]
            )
            logs[row["log_partition"]] = _joined(logs.get(row["log_partition"]), found)
        moments = table["log_newest"].cast(pa.int64())
        bounds += [pc.min(moments).as_py() // 1000, pc.max(moments).as_py() // 1000]
    return Stamp(kind=kind, number=number, logs=logs, oldest=min(bounds), newest=max(bounds))


def joined(kind: str, number: int, stamps: Iterable[Stamp]) -> Stamp:
    """The stamp of a file into which others were merged."""
    stamps, logs = list(stamps), dict[int, Stretch]()
    for stamp in stamps:
        for partition, stretch in stamp.logs.items():
            logs[partition] = _joined(logs.get(partition), stretch)
    return Stamp(
        kind=kind, number=number, logs=logs,
        oldest=min(stamp.oldest for stamp in stamps), newest=max(stamp.newest for stamp in stamps),
    )  # fmt: skip


def _joined(one: Stretch | None, other: Stretch) -> Stretch:
    if one is None:
        return other
    return Stretch(
        first=min(one.first, other.first), last=max(one.last, other.last), rows=one.rows + other.rows
    )


def write(path: Path, tables: Iterable[pa.Table], schema: pa.Schema, stamp: Stamp) -> None:
    """Write a file and wait until it is on the disk; nobody reads it before it is renamed."""
    marked = schema.with_metadata({KEY: stamp.model_dump_json().encode()})
    with path.open("wb") as stream:
        with pq.ParquetWriter(stream, marked, compression="zstd") as writer:
            for table in _groups(tables):
                writer.write_table(_fit(table, marked))
        stream.flush()
        os.fsync(stream.fileno())


def _fit(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with these columns; one that it does not have is null."""
    there = set(table.column_names)
    columns = [
        table[each.name].cast(each.type) if each.name in there else pa.nulls(len(table), each.type)
        for each in schema
    ]
    return pa.table(columns, schema=schema)


def _groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of a good size for a row group."""
    held: list[pa.Table] = []
    for table in tables:
        for piece in _pieces(table):
            held.append(piece)
            if sum(map(len, held)) >= GROUP_ROWS or sum(each.nbytes for each in held) >= GROUP_BYTES:
                yield pa.concat_tables(held, promote_options="default")
                held = []
    if held:
        yield pa.concat_tables(held, promote_options="default")


def _pieces(table: pa.Table) -> Iterator[pa.Table]:
    rows = min(GROUP_ROWS, max(1, len(table) * GROUP_BYTES // max(1, table.nbytes)))
    for start in range(0, len(table), rows):
        yield table.slice(start, rows)


def read_stamp(path: Path) -> Stamp:
    """What a file says of itself.

    Raises:
        Unreadable: it is torn, or none of ours; the sentence says which.
    """
    try:
        metadata = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowException) as error:
        raise Unreadable(f"{path} is torn or no Parquet file ({_first_line(error)})") from error
    if KEY not in metadata:
        raise Unreadable(f"{path} was not written by tocsin archive")
    try:
        return Stamp.model_validate_json(metadata[KEY])
    except ValidationError as error:
        raise Unreadable(f"{path} was written by another version of tocsin archive") from error


def read(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """The rows of a file, some thousands at a time.

    Raises:
        Unreadable: the rest of it is torn.
    """
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH, columns=columns):
                yield pa.Table.from_batches([batch]).replace_schema_metadata(None)
    except (OSError, pa.ArrowException) as error:
        raise Unreadable(f"{path} is torn ({_first_line(error)})") from error


def readable(paths: Iterable[Path], kind: str) -> Iterator[tuple[Path, Stamp]]:
    """The files that can be read, with their stamps; of every other one a warning says why not."""
    for path in paths:
        try:
            stamp = read_stamp(path)
        except Unreadable as skipped:
            log.warning("a file of the archive is skipped", why=str(skipped))
            continue
        if stamp.kind == kind:
            yield path, stamp
        else:
            log.warning("a file of the archive is skipped", why=f"{path} holds {stamp.kind}, not {kind}")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def days(folder: Path, kind: str) -> dict[str, list[Path]]:
    """The files of a kind by day, in the order in which they were written."""
    found: dict[str, list[Path]] = {}
    for place in sorted((folder / kind).glob("day=*")):
        named = _DAY.fullmatch(place.name)
        if named and place.is_dir():
            found[named[1]] = sorted(place.glob(f"*{SUFFIX}"))
    return found


def place(kind: str, day: str, number: int, *, whole: bool = False) -> str:
    """Where a file goes, from the archive's folder on; `whole` marks one into which a day was merged.

    >>> place("orders", "2026-11-20", 7), place("orders", "2026-11-20", 8, whole=True)
    ('orders/day=2026-11-20/00000007.parquet', 'orders/day=2026-11-20/00000008-whole.parquet')
    """
    return f"{kind}/day={day}/{number:08d}{'-whole' if whole else ''}{SUFFIX}"
