"""The folder of commands is the registry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from schemas.errors import Fatal
from streams.cli import _assembly, main

GOOD = "import typer\napp = typer.Typer()\n@app.command('ring')\ndef ring() -> None: ...\n"
PROBE = "import shop; from streams.cli import _assembly as a; a.assemble(a.discover(shop))"


def start(folder: Path, **files: str) -> subprocess.CompletedProcess[str]:
    package = folder / "shop"
    package.mkdir()
    (package / "__init__.py").touch()
    for name, text in files.items():
        (package / f"{name}.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-c", PROBE], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_good_folder_starts_and_private_files_are_no_commands(tmp_path: Path) -> None:
    done = start(tmp_path, ring=GOOD, _shared="no command here")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import no_such_library", "shop.broken cannot be imported: ModuleNotFoundError: No module named"),
        ("def", "shop.broken cannot be imported: SyntaxError"),
        ("x = 1", "shop.broken has no `app: typer.Typer`"),
        (GOOD, "'ring' is defined twice, in shop.broken and in shop.ring"),
    ],
)
def test_a_broken_file_or_a_doubled_name_stops_the_start(tmp_path: Path, text: str, words: str) -> None:
    done = start(tmp_path, ring=GOOD, broken=text)
    assert done.returncode != 0
    assert words in done.stderr


def test_a_group_and_a_command_of_one_name_collide() -> None:
    group, lone = type(sys)("one"), type(sys)("two")
    group.app, lone.app = typer.Typer(), typer.Typer()
    group.GROUP = "topics"
    lone.app.command("topics")(lambda: None)
    with pytest.raises(Fatal, match="'topics' is defined twice"):
        _assembly.assemble([group, lone])


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "Usage: tocsin" in capsys.readouterr().out


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rign"]) == 2
    assert "rign" in capsys.readouterr().err
