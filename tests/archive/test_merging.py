"""Sorted files become one sorted stream, and few of them are open at once."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from streams.archive.kinds import LOG
from streams.archive.merging import Source, in_order, merged

ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1), st.integers(0, 50)), max_size=12)
FILES = st.lists(st.tuples(st.integers(0, 2), ROWS), max_size=5)


def table(rows: list[tuple[int, int, int]]) -> pa.Table:
    newest, partition, offset = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    return pa.table(
        {
            "log_newest": pa.array(newest, pa.int64()).cast(LOG["log_newest"]),
            "log_partition": pa.array(partition, pa.int32()),
            "log_offset": pa.array(offset, pa.int64()),
        }
    )


def source(rank: int, rows: list[tuple[int, int, int]], batch: int, opened: list[int]) -> Source:
    def batches() -> Iterator[pa.Table]:
        opened.append(1)
        whole = in_order(table(rows)).append_column("rank", pa.array([rank] * len(rows), pa.int32()))
        for start in range(0, len(rows), batch):
            yield whole.slice(start, batch)
        opened.append(-1)

    return Source(min((row[0] for row in rows), default=0), rank, batches)


@given(FILES, st.integers(1, 4))
def test_the_stream_is_what_sorting_everything_would_give(
    files: list[tuple[int, list[tuple[int, int, int]]]], batch: int
) -> None:
    sources = [source(rank, rows, batch, []) for rank, rows in files]
    found = [
        (row["log_newest"], row["rank"], row["log_partition"], row["log_offset"])
        for piece in merged(sources)
        for row in piece.set_column(0, "log_newest", piece["log_newest"].cast(pa.int64())).to_pylist()
    ]
    assert found == sorted((row[0], rank, *row[1:]) for rank, rows in files for row in rows)


def test_files_that_follow_each_other_are_read_one_after_the_other() -> None:
    opened: list[int] = []
    sources = [source(0, [(10 * n + i, 0, n) for i in range(10)], 3, opened) for n in range(50)]
    rows = most = 0
    for piece in merged(reversed(sources)):
        rows += len(piece)
        most = max(most, sum(opened))
    assert rows == 500
    assert most <= 2
