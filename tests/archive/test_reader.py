"""An archive with torn and foreign files, with old ones, and in the middle of a flush."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from structlog.testing import capture_logs
from support.archive_world import LATEST, archived, log, order, readable, world
from support.events import encode

from schemas.errors import Permanent, Transient
from streams.archive.files import KEY
from streams.archive.kinds import kinds
from streams.archive.ledger import LEDGER, STAGED, Archive, Ledger
from streams.archive.reader import events
from streams.archive.writer import Writer
from streams.sources.files import lines, record


def days(folder: Path) -> dict[str, Path]:
    """An archive of five days, one file each."""
    archived(folder, {"orders": log(0, [encode(order(n, 12 * n)) for n in range(10)])})
    return {place.parent.name: place for place in sorted((folder / "orders").rglob("*.parquet"))}


def names(folder: Path) -> list[str]:
    return [json.loads(event.value)["id"] for event in events(folder)]


def test_lines_of_an_archive_are_records_with_their_place(tmp_path: Path) -> None:
    days(tmp_path)
    found = list(lines(tmp_path))
    assert [record(line).value for line in found] == [encode(order(n, 12 * n)) for n in range(10)]
    assert found[3].place == f"{tmp_path}/orders/0:3"


@pytest.mark.parametrize("size", [0, 10, -200], ids=["empty", "begun", "cut"])
def test_a_torn_file_is_told_and_skipped(tmp_path: Path, size: int) -> None:
    torn = days(tmp_path)["day=2026-03-02"]
    whole = torn.read_bytes()
    torn.write_bytes(whole[:size])
    with capture_logs() as said:
        assert names(tmp_path) == [f"placed-{n}" for n in (0, 1, 4, 5, 6, 7, 8, 9)]
    assert [f"{torn} is torn" in each["why"] for each in said] == [True]


def test_pages_that_are_torn_are_told_and_skipped(tmp_path: Path) -> None:
    torn = days(tmp_path)["day=2026-03-02"]
    column = pq.read_metadata(torn).row_group(0).column(pq.read_schema(torn).names.index("event"))
    raw = bytearray(torn.read_bytes())
    raw[4 : column.dictionary_page_offset + column.total_compressed_size] = bytes(
        column.dictionary_page_offset + column.total_compressed_size - 4
    )
    torn.write_bytes(raw)
    with capture_logs() as said:
        assert names(tmp_path) == [f"placed-{n}" for n in (0, 1, 4, 5, 6, 7, 8, 9)]
    assert any(str(torn) in each["why"] for each in said)


def test_foreign_files_are_told_and_skipped_by_readers_and_by_merges(tmp_path: Path) -> None:
    place = days(tmp_path)["day=2026-03-01"]
    pd.DataFrame({"a": [1]}).to_parquet(place.with_name("own.parquet"))
    place.with_name("README.parquet").write_text("not one")
    shutil.copy(place, tmp_path / "tickets.parquet")
    (tmp_path / "tickets" / "day=2026-03-01").mkdir(parents=True)
    (tmp_path / "tickets.parquet").rename(tmp_path / "tickets" / "day=2026-03-01" / "astray.parquet")
    with capture_logs() as said:
        assert names(tmp_path) == [f"placed-{n}" for n in range(10)]
    told = " ".join(each["why"] for each in said)
    assert "own.parquet was not written by tocsin archive" in told
    assert "README.parquet is torn or no Parquet file" in told
    assert "holds orders, not tickets" in told
    more = log(
        0, [encode(order(n, 12 * n)) for n in range(10)] + [encode(order(n, 1)) for n in range(20, 30)]
    )
    archived(tmp_path, {"orders": more}, rows=2)
    assert sorted(names(tmp_path)) == sorted(f"placed-{n}" for n in (*range(10), *range(20, 30)))
    assert place.with_name("own.parquet").exists()
    assert any(place.parent.glob("*-whole.parquet"))


def test_a_file_of_before_a_field_was_added_stays_readable(tmp_path: Path) -> None:
    old = days(tmp_path)["day=2026-03-01"]
    table = pq.read_table(old, partitioning=None)
    pq.write_table(table.drop_columns(["region", "log_time"]), old)
    assert KEY in pq.read_metadata(old).metadata
    assert names(tmp_path) == [f"placed-{n}" for n in range(10)]
    where = f"read_parquet('{tmp_path}/orders/*/*.parquet', union_by_name=true)"
    assert duckdb.sql(f"SELECT count(*), count(region) FROM {where}").fetchall() == [(10, 8)]
    # A merge gives it the column, empty.
    late = log(0, [encode(order(n, 12 * n)) for n in range(10)] + [encode(order(99, 1))])
    archived(tmp_path, {"orders": late})
    (whole,) = old.parent.glob("*.parquet")
    assert pq.read_table(whole, partitioning=None).column("region").null_count == 2


def test_a_flush_that_has_happened_is_seen_whole_before_its_files_have_moved(tmp_path: Path) -> None:
    class Stopped(Archive):
        """Dies between the ledger and the first move."""

        def _apply(self) -> None:
            if self.ledger.number == 1:
                raise KeyboardInterrupt

    archive = Stopped(tmp_path)
    with archive.opened():
        writer = Writer(archive, kinds(), 1_000)
        writer.take("orders", log(0, [encode(order(n, 12 * n)) for n in range(10)]), LATEST)
        with pytest.raises(KeyboardInterrupt):
            writer.flush()
    assert not (tmp_path / "orders").exists()
    assert names(tmp_path) == [f"placed-{n}" for n in range(10)]
    archived(tmp_path, {})
    assert list((tmp_path / STAGED).iterdir()) == []
    assert names(tmp_path) == [f"placed-{n}" for n in range(10)]


def test_without_a_ledger_and_with_files_that_wait_nobody_guesses(tmp_path: Path) -> None:
    days(tmp_path)
    (tmp_path / LEDGER).unlink()
    (tmp_path / STAGED / "orders+day=2026-03-09+00000002.parquet").write_bytes(b"x")
    with pytest.raises(Permanent, match="is missing while files wait"):
        archived(tmp_path, {})


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": 2}'])
def test_a_ledger_that_cannot_be_read_is_told(tmp_path: Path, content: bytes) -> None:
    days(tmp_path)
    (tmp_path / LEDGER).write_bytes(content)
    with pytest.raises(Permanent, match=r"_ledger\.json cannot be read"):
        archived(tmp_path, {})
    assert len(names(tmp_path)) == 10


def test_a_folder_that_is_no_archive_is_told(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="is a folder, and no archive"):
        list(lines(tmp_path))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Permanent, match="cannot be written"):
        archived(tmp_path / "file", {})
    archived(tmp_path, world())
    (tmp_path / "orders").rename(tmp_path / "aside")
    (tmp_path / "orders").write_text("in the way")
    with pytest.raises(Transient, match="cannot be written"):
        archived(tmp_path, world(events=90))
    assert Ledger.model_validate_json((tmp_path / LEDGER).read_bytes()).number > 0


def test_events_come_in_the_order_of_each_log(tmp_path: Path) -> None:
    logs = world(events=150)
    archived(tmp_path, logs, rows=11)
    found = list(events(tmp_path))
    wanted = [names for (kind, _, _), names in readable(logs).items() if kind == "orders"]
    assert len(found) == sum(map(len, wanted))
    for partition in (0, 1):
        offsets = [event.offset for event in found if event.partition == partition]
        assert offsets == sorted(offsets)
