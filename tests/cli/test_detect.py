"""`tocsin detect`: rows in, rows out, and nothing seen before its time."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from streams.cli import main

HEADER = "time,value,expected,lower,upper,score,alert,direction"
HOURS = [f"2024-01-{1 + hour // 24:02d}T{hour % 24:02d}:00:00" for hour in range(24 * 16)]


def written(path: Path, rows: list[tuple[object, object]], names: str = "when,what") -> Path:
    path.write_text("\n".join([names, *(f"{time},{value}" for time, value in rows)]) + "\n")
    return path


def detect(file: Path, *more: str) -> tuple[int, list[dict[str, str]]]:
    out = file.with_suffix(".out")
    code = main(["detect", str(file), "--time", "when", "--value", "what", "--out", str(out), *more])
    if not out.exists():
        return code, []
    with out.open(newline="") as lines:
        return code, list(csv.DictReader(lines))


cell = st.one_of(st.floats(-1e3, 1e3).map(str), st.sampled_from(["", "n/a", "nan", "inf", "1e300", "7"]))
time_cell = st.one_of(st.integers(0, 400).map(lambda hour: str(hour * 3600)), st.sampled_from(["", "soon"]))


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(time_cell, cell), max_size=40), st.data())
def test_a_file_cut_anywhere_gives_the_same_rows(
    tmp_path: Path, odd: list[tuple[str, str]], data: st.DataObject
) -> None:
    rng = random.Random(len(odd))
    rows: list[tuple[object, object]] = [(hour * 3600, 10 + rng.gauss(0, 1)) for hour in range(190)]
    rows += [*odd, (900_000, 10), (903_600, 99)]
    cut = data.draw(st.integers(0, len(rows)))
    code, whole = detect(written(tmp_path / "whole.csv", rows))
    assert code == 0
    assert len(whole) == len(rows)
    assert [row["value"] for row in whole] == [str(value) for _, value in rows]
    _, part = detect(written(tmp_path / "part.csv", rows[:cut]))
    assert part == whole[:cut]


def test_a_jump_is_found_and_every_column_is_what_it_says(tmp_path: Path) -> None:
    rng = random.Random(1)
    values = [50 + 10 * (hour % 24 > 11) + rng.gauss(0, 1) for hour in range(len(HOURS))]
    values[-3:] = [120, 121, 119]
    file = written(tmp_path / "orders.csv", list(zip(HOURS, values, strict=True)))
    code, rows = detect(file)
    assert code == 0
    assert file.with_suffix(".out").read_text().splitlines()[0] == HEADER
    assert [row["time"] for row in rows] == HOURS
    assert [index for index, row in enumerate(rows) if row["alert"] == "true"] == [len(rows) - 3]
    assert {row["alert"] for row in rows} == {"true", "false"}
    assert rows[-3]["direction"] == "up"
    assert all(0 <= float(row["score"]) <= 1 for row in rows)
    assert float(rows[-3]["score"]) >= 0.5 > max(float(row["score"]) for row in rows[:-3])
    assert float(rows[-3]["lower"]) < float(rows[-3]["expected"]) < float(rows[-3]["upper"]) < 120


def test_bad_cells_are_counted_told_and_not_fatal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(0, 1), (3600, "abc"), ("soon", 2), (3600, 3), (7200, ""), (10800, "nan"), (1800, 4), ("", "")]
    file = written(tmp_path / "odd.csv", rows)
    file.write_bytes(file.read_bytes() + b"14400\n\xff\xfe,5\n")
    code, found = detect(file, "--json")
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert len(found) == told["rows"] == 10
    assert told["not_used"] == {
        "empty_values": 2,
        "bad_values": 2,
        "bad_times": 3,
        "repeated_or_earlier_times": 2,
    }
    assert "line 3: 'abc' is no usable number" in told["examples"]


@pytest.mark.parametrize(
    ("times", "taken"),
    [
        (HOURS[:3], "ISO 8601 without a zone, taken as UTC"),
        ([f"{hour}Z" for hour in HOURS[:3]], "ISO 8601"),
        (["1704067200", "1704070800", "1704074400.5"], "seconds since 1970"),
        (["1704067200000", "1704070800000"], "milliseconds since 1970"),
    ],
)
def test_what_the_times_were_taken_for_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], times: list[str], taken: str
) -> None:
    detect(written(tmp_path / "times.csv", [(time, 1) for time in times]))
    assert f"Times were read as {taken}." in capsys.readouterr().out


def test_without_out_the_rows_alone_go_to_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "a.csv", [(0, 1), (3600, 2)])
    assert main(["detect", str(file), "--time", "when", "--value", "what", "--json"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == HEADER
    assert len(told.out.splitlines()) == 3
    assert json.loads(told.err)["rows"] == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--value", "price"], "there is no column 'price'; the columns are 'when', 'what'"),
        (["--value", "what", "--out", "/nowhere/at/all.csv"], "cannot be written"),
    ],
)
def test_wrong_usage_is_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    file = written(tmp_path / "a.csv", [(0, 1)])
    assert main(["detect", str(file), "--time", "when", *more]) == 2
    assert words in capsys.readouterr().err
    assert main(["detect", str(tmp_path / "none.csv"), "--time", "when", "--value", "what"]) == 2
