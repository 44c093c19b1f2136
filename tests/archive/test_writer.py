"""What the writer does with what it reads: where rows go, what is counted, how much is held."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from support.archive_world import LATEST, alert, archived, log, order, pairs, readable, score, window, world
from support.events import encode

from streams.archive.kinds import kinds
from streams.archive.ledger import LEDGER, Archive, Ledger
from streams.archive.reader import events
from streams.archive.writer import Writer


def found(folder: Path, kind: str = "orders", columns: str = "id, CAST(day AS VARCHAR)") -> list[tuple]:
    return duckdb.sql(f"SELECT {columns} FROM '{folder}/{kind}/*/*.parquet' ORDER BY ALL").fetchall()


@pytest.mark.parametrize("rows", [1_000, 7])
def test_every_event_is_in_the_day_of_its_time_once_and_the_rest_is_counted(
    tmp_path: Path, rows: int
) -> None:
    logs = world(events=80)
    tallies = archived(tmp_path, logs, rows).archive.ledger.tallies
    wanted = readable(logs)
    assert found(tmp_path) == sorted(
        (name, day) for (kind, day, _), names in wanted.items() if kind == "orders" for name in names
    )
    tally = tallies["orders"]
    assert tally.rows == len(found(tmp_path))
    assert tally.duplicates > 0
    assert len(tally.unreadable) > 2
    assert tally.rows + tally.duplicates + sum(tally.unreadable.values()) == len(logs["orders"])


def test_a_second_of_a_name_is_dropped_in_the_flush_and_against_the_files(tmp_path: Path) -> None:
    same = encode(order(1, 1))
    archived(tmp_path, {"orders": log(0, [same, same, encode(order(1, 1, source="other"))])})
    archived(tmp_path, {"orders": log(0, [same, same, same, same, encode(order(2, 2))])})
    assert [name for name, _ in found(tmp_path)] == ["placed-1", "placed-1", "placed-2"]
    assert Ledger.model_validate_json((tmp_path / LEDGER).read_bytes()).tallies["orders"].duplicates == 2


def test_scores_have_no_names_and_none_is_taken_for_another(tmp_path: Path) -> None:
    archived(tmp_path, {"customer-scores": log(0, [score(1, 1), score(1, 1), score(2, 1)])})
    assert len(found(tmp_path, "customer-scores", "customer")) == 3


def test_a_closed_window_is_kept_once_in_the_day_of_its_close(tmp_path: Path) -> None:
    told = [
        window(9, 24.5),
        window(9, 24.5),
        pairs(24.5),
        pairs(24.5, region="East"),
        window(9, 24.5, bucket="1d"),
    ]
    part = json.loads(window(9, 24.5))
    part["points"] = part["points"][1:]  # a window too large for one record comes in several
    archived(tmp_path, {"windows": log(0, [*told, json.dumps(part).encode()])})
    archived(tmp_path, {"windows": log(0, [*told, json.dumps(part).encode(), *told])})
    columns = "kind, coalesce(bucket, CAST(days AS VARCHAR)), region, len(points), CAST(day AS VARCHAR)"
    day = "2026-03-02"
    assert found(tmp_path, "windows", columns) == [
        ("pairs", "7", "East", None, day),
        ("pairs", "7", None, None, day),
        ("series", "1d", None, 2, day),
        ("series", "1h", None, 1, day),
        ("series", "1h", None, 2, day),
    ]


@pytest.mark.parametrize("wrong", [{"to": 10**18}, {"window": "?"}, {"points": [1]}, {"from": None}])
def test_a_window_that_is_none_is_counted_and_harms_no_other(tmp_path: Path, wrong: dict[str, Any]) -> None:
    archive = archived(tmp_path, {"windows": log(0, [window(1, 1, **wrong), window(2, 2)])})
    assert len(found(tmp_path, "windows")) == 1
    assert archive.archive.ledger.tallies["windows"].unreadable == {"invalid": 1}


def test_an_event_from_the_future_is_kept_and_does_not_move_time(tmp_path: Path) -> None:
    far = order(1, 1, time="2199-01-01T00:00:00Z")
    archived(tmp_path, {"orders": log(0, [encode(far), encode(order(2, 2)), encode(far | {"id": "b"})])})
    assert [day for _, day in found(tmp_path)] == ["2199-01-01", "2199-01-01", "2026-03-01"]
    newest = [row[0] for row in found(tmp_path, columns="log_newest, log_offset")]
    second = datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert newest == [datetime(1970, 1, 1, tzinfo=UTC), second, second]
    assert [event.offset for event in events(tmp_path)] == [0, 1, 2]


def test_a_number_that_no_column_holds_is_counted_and_harms_no_other(tmp_path: Path) -> None:
    huge = json.loads(alert(1, 1))
    huge["data"]["table"] = {"title": "t", "columns": ["a"], "rows": [["b"]], "left_out": 10**30}
    archive = archived(tmp_path, {"alerts": log(0, [alert(2, 2), json.dumps(huge).encode(), alert(3, 3)])})
    assert [name for (name,) in found(tmp_path, "alerts", "entity")] == ["o-2", "o-3"]
    assert archive.archive.ledger.tallies["alerts"].unreadable == {"invalid": 1}


@pytest.mark.parametrize(("rows", "size"), [(10, 1 << 30), (1_000_000, 9_000)], ids=["rows", "bytes"])
def test_what_is_held_is_bounded_by_rows_and_by_bytes(tmp_path: Path, rows: int, size: int) -> None:
    records = log(0, [encode(order(n, 1)) for n in range(100)])
    most = max(len(record.value or b"") for record in records)
    archive = Archive(tmp_path)
    with archive.opened():
        writer = Writer(archive, kinds(), rows, size)
        for taken, record in enumerate(records, 1):
            writer.take("orders", [record], LATEST)
            held = taken - writer.written.rows
            assert held < rows
            assert held * most < size + most
    assert writer.written.rows >= 80


def test_positions_pass_what_is_no_record(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.opened():
        writer = Writer(archive, kinds(), 100)
        writer.take("alerts", log(0, [alert(1, 1), b"{"]), LATEST)
        writer.move("alerts", 0, 5)
        writer.flush()
        assert writer.positions("alerts") == {0: 5}
    again = Archive(tmp_path)
    with again.opened():
        assert Writer(again, kinds(), 100).positions("alerts") == {0: 5}


def test_a_finished_day_becomes_one_file_in_the_order_of_its_logs(tmp_path: Path) -> None:
    logs = world(events=200)
    archived(tmp_path, logs, rows=9)
    files = {place.parent.name: place for place in (tmp_path / "orders").rglob("*-whole.parquet")}
    assert {f"day=2026-03-0{n}" for n in (1, 2, 3)} <= set(files)
    assert len(list((tmp_path / "orders" / "day=2026-03-01").iterdir())) < 16
    assert found(tmp_path) == sorted(
        (name, day) for (kind, day, _), names in readable(logs).items() if kind == "orders" for name in names
    )
    for file in files.values():
        rows = pq.read_table(file, columns=["log_newest", "log_partition", "log_offset"]).to_pylist()
        keys = [tuple(row.values()) for row in rows]
        assert keys == sorted(keys)
    for partition in (0, 1):
        offsets = [each.offset for each in events(tmp_path, {"orders"}) if each.partition == partition]
        assert offsets == sorted(offsets)


def test_without_its_ledger_an_archive_goes_on_where_its_files_end(tmp_path: Path) -> None:
    logs = world()
    half = {kind: [each for each in records if each.offset < 9] for kind, records in logs.items()}
    archived(tmp_path, half)
    (tmp_path / LEDGER).unlink()
    archived(tmp_path, logs)
    assert len(found(tmp_path, "customer-scores", "customer")) == len(logs["customer-scores"])
    assert found(tmp_path) == sorted(
        (name, day) for (kind, day, _), names in readable(logs).items() if kind == "orders" for name in names
    )
