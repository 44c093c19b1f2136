"""Which rows are there already: a publisher may send an event again, and the archive holds it once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from streams.archive import files

log = structlog.get_logger(__name__)

_NAMES = ["source", "id"]


def without_repetitions(table: pa.Table, kind: str, written: Sequence[Path]) -> pa.Table:
    """The rows whose (source, id) is neither in a row before them nor in a file of the same day.

    The files are streamed and the new rows looked up in them, so memory follows the new rows alone.
    """
    names = _identities(table.select(_NAMES))
    first = pa.table({"name": names, "row": pa.array(range(len(table)))}).group_by("name").aggregate(
        [("row", "min")]
    )  # fmt: skip
    known = _known(pc.unique(names), kind, written)
    if known is not None:
        first = first.filter(pc.invert(pc.is_in(first["name"], value_set=known)))
    return table.take(first["row_min"].sort())


def _known(wanted: pa.Array, kind: str, written: Sequence[Path]) -> pa.Array | None:
    """Those of the wanted names that the files have."""
    found: list[pa.Array] = []
    for path, _ in files.readable(written, kind):
        try:
            for table in files.read(path, _NAMES):
                names = _identities(table)
                found.append(names.filter(pc.is_in(names, value_set=wanted)))
        except files.Unreadable as skipped:
            log.warning("a file of the archive is skipped", why=str(skipped))
    return pa.concat_arrays(found) if found else None


def _identities(table: pa.Table) -> pa.Array:
    # No source holds a control character, so the pair can be told from the text.
    joined = pc.binary_join_element_wise(table["source"], table["id"], "\x00")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined
