"""`tocsin validate` as a person types it."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from support.events import ALL_TYPES, encode, example
from typer.testing import CliRunner, Result

from streams.cli import main
from streams.cli.validate import app

PLACED = "tocsin.order.placed.v1"
GOOD = b"\n".join(encode(example(name)) for name in ALL_TYPES)


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)], input=stdin)


def written(folder: Path, name: str, *lines: bytes) -> Path:
    file = folder / name
    text = b"\n".join(lines)
    file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return file


def test_good_files_are_counted(tmp_path: Path) -> None:
    plain = written(tmp_path, "plain.jsonl", GOOD, b"", b"  ")
    packed = written(tmp_path, "packed.jsonl.gz", GOOD)
    result = run(plain, packed)
    assert result.output == "42 lines in 2 files: all fine.\n"
    assert result.exit_code == 0


def test_a_problem_names_file_line_field_what_came_and_what_is_wanted(tmp_path: Path) -> None:
    broken = encode(example(PLACED, total="-5", currency="eur"))
    file = written(tmp_path, "orders.jsonl", encode(example(PLACED)), b"", broken, b"{")
    result = run(file)
    assert result.output.splitlines() == [
        (
            f'{file}:3: data.currency: "eur" came, wanted a currency as ISO 4217 writes it, '
            'three capitals such as "EUR" (invalid)'
        ),
        (
            f'{file}:3: data.total: "-5" came, wanted a decimal not below 0, as a string such as "12.34" '
            "(or a number), at most 15 digits before and 4 after the point (invalid)"
        ),
        (
            f'{file}:4: "{{" at byte 1 of 1 came, wanted JSON '
            "(the parser says: EOF while parsing an object at line 1 column 1) (not_json)"
        ),
        "3 lines in 1 file: 3 problems in 2 of them.",
    ]
    assert result.exit_code == 1


def test_json_is_a_line_for_each_problem_and_a_count(tmp_path: Path) -> None:
    file = written(tmp_path, "orders.jsonl", encode(example(PLACED, order_id=5)))
    result = run("--json", file)
    problem, count = map(json.loads, result.stdout.splitlines())
    assert problem == {
        "file": str(file),
        "line": 1,
        "field": "data.order_id",
        "came": "5",
        "wanted": "an id: 1 to 128 characters, none of control, no white space around",
        "reason": "invalid",
    }
    assert count == {"count": {"files": 1, "lines": 1, "wrong": 1, "problems": 1}}
    assert result.exit_code == 1


def test_standard_input() -> None:
    assert run("-", stdin=GOOD).output == "21 lines in 1 file: all fine.\n"
    result = run("-", stdin=b"nope")
    assert result.output.startswith("-:1: ")
    assert result.exit_code == 1


def test_a_topic_can_be_named(tmp_path: Path) -> None:
    file = written(tmp_path, "x.jsonl", encode(example(PLACED)))
    assert run("--topic", "orders", file).exit_code == 0
    result = run("--topic", "tickets", file)
    assert "wanted a type of topic tickets; this one belongs to topic orders (wrong_topic)" in result.output
    assert result.exit_code == 1
    assert run("--topic", "order", file).exit_code == 2


def test_a_missing_file_is_told_before_anything_is_checked(tmp_path: Path) -> None:
    bad = written(tmp_path, "bad.jsonl", b"{")
    result = run(bad, tmp_path / "gone.jsonl")
    assert result.exit_code == 2
    assert "gone.jsonl" in result.output.replace("\n", "").replace("│", "")
    assert "not_json" not in result.output
    assert run(tmp_path).exit_code == 2
    assert run().exit_code == 2


@pytest.mark.parametrize("damage", ["cut", "not gzip", "flipped"])
def test_a_damaged_gzip_file_is_not_taken_for_a_good_one(
    tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = bytearray(gzip.compress(GOOD))
    if damage == "flipped":
        packed[len(packed) // 2] ^= 0xFF
    file = tmp_path / "x.jsonl.gz"
    file.write_bytes(bytes({"cut": packed[: len(packed) // 2], "not gzip": GOOD, "flipped": packed}[damage]))
    assert main(["validate", str(file)]) == 2
    said = capsys.readouterr()
    assert "all fine" not in said.out
    assert said.err.startswith(f"tocsin: {file} cannot be read: ")


def test_a_line_without_end_is_refused_and_the_next_one_is_read(tmp_path: Path) -> None:
    endless = b'{"x": "' + b"x" * 9_000_000 + b'"}'
    file = written(tmp_path, "x.jsonl", endless, encode(example(PLACED)), b"{")
    result = run(file)
    lines = result.output.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"{file}:1: ")
    assert lines[1].startswith(f"{file}:3: ")
    assert lines[2] == "3 lines in 1 file: 2 problems in 2 of them."


def test_a_bar_on_the_terminal_leaves_the_pipe_alone(tmp_path: Path) -> None:
    file = written(tmp_path, "x.jsonl", b"{", b"{")
    ours, theirs = pty.openpty()
    call = "import sys; from streams.cli import main; sys.exit(main())"
    found = subprocess.run(
        [sys.executable, "-c", call, "validate", str(file)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        check=False,
    )
    os.close(theirs)
    assert len(found.stdout.splitlines()) == 3
    assert b"x.jsonl" in os.read(ours, 1 << 16)
    os.close(ours)
    assert found.returncode == 1


def test_what_a_file_says_cannot_paint_the_terminal(tmp_path: Path) -> None:
    file = written(tmp_path, "x.jsonl", encode({**example(PLACED), "id": "\x1b[2J"}), b"\x1b[31m")
    output = run(file).output
    assert "\x1b" not in output
    assert "\\x1b[2J" in output
