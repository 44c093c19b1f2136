"""Killed before any operation on a file, the archive loses no event and holds none twice."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from support import archive_crash
from support.archive_world import readable, world

from streams.archive import ledger, reader

Run = Callable[..., int | None]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs a writer in a process of its own: the steps that it took, or None if it was killed."""
    command = [sys.executable, str(Path(archive_crash.__file__))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None

        def ask(folder: Path, kill_at: int | None, rows: int = 6, *, careless: bool = False) -> int | None:
            told = {"folder": str(folder), "kill_at": kill_at, "rows": rows, "careless": careless}
            print(json.dumps(told), file=server.stdin, flush=True)
            answer = json.loads(server.stdout.readline())
            assert answer["exit"] in {0, -9}
            return answer["steps"] if answer["exit"] == 0 else None

        yield ask
        server.stdin.close()


def rows(folder: Path) -> Counter[tuple[str, str, str, str]]:
    """Every row by kind, day, source and id, as DuckDB sees them."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    for kind, name in (
        ("orders", "source, id"),
        ("alerts", "source, id"),
        ("customer-scores", "'-', customer"),
    ):
        query = f"SELECT CAST(day AS VARCHAR), {name} FROM '{folder}/{kind}/*/*.parquet'"
        found.update((kind, *row) for row in duckdb.sql(query).fetchall())
    return found


def expected() -> Counter[tuple[str, str, str, str]]:
    return Counter((*place, name) for place, names in readable(world()).items() for name in names)


def test_a_kill_at_a_step_loses_and_doubles_nothing(run: Run, tmp_path: Path) -> None:
    steps = run(tmp_path / "whole", None)
    assert steps is not None
    assert rows(tmp_path / "whole") == expected()
    assert any((tmp_path / "whole").rglob("*-whole.parquet")), "nothing was merged: that is not tried out"
    for kill_at in sorted(random.Random(20_261_122).sample(range(1, steps + 1), 8)):
        folder = tmp_path / str(kill_at)
        assert run(folder, kill_at) is None, f"step {kill_at} of {steps} was not reached"
        # Who reads before the next start sees some of it, and nothing twice.
        if reader.is_archive(folder):
            seen = Counter(json.loads(event.value)["id"] for event in reader.events(folder))
            assert max(seen.values(), default=1) == 1, f"killed at step {kill_at}"
        run(folder, None, rows=10)
        assert rows(folder) == expected(), f"killed at step {kill_at} of {steps}"
        assert list((folder / ledger.STAGED).iterdir()) == []


def test_kills_again_and_again_lose_and_double_nothing(run: Run, tmp_path: Path) -> None:
    chance = random.Random(4)
    kills = 0
    while run(tmp_path, chance.randint(1, 60), rows=chance.randint(3, 9)) is None:
        kills += 1
        assert kills < 200
    assert kills
    assert rows(tmp_path) == expected()


def test_without_the_ledger_first_a_kill_would_double_rows(run: Run, tmp_path: Path) -> None:
    """Scores have no ids by which their repetitions could be found: only the ledger tells."""
    found = []
    for kill_at in (30, 31, 32):
        folder = tmp_path / str(kill_at)
        assert run(folder, kill_at, careless=True) is None
        run(folder, None, rows=2, careless=True)
        found.append(rows(folder) == expected())
    assert not all(found)
