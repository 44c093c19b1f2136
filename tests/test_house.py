"""The house keeps its own rules: names, documentation, locks, the commands that people type."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from streams.cli import _assembly
from streams.settings import Settings
from streams.topics import TOPICS

ROOT = Path(__file__).parents[1]
ROOMS = ("alerts", "detectors", "schemas", "streams")
CLI = (ROOT / "docs" / "cli.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_distribution_owns_a_room(room: str) -> None:
    assert set(packages_distributions().get(room, ["tocsin"])) == {"tocsin"}
    found = __import__(room)
    assert found.__file__ is not None
    assert Path(found.__file__).parent.name == room


def test_no_folder_of_tests_hides_a_room() -> None:
    # tests/alerts/__init__.py would make `import alerts` find the tests.
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_generated_documentation_is_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("name", sorted(_assembly.command().commands))
def test_every_command_is_documented_with_an_example(name: str) -> None:
    command = _assembly.command().commands[name]
    assert f"`tocsin {name}`" in CLI
    for each in getattr(command, "commands", {None: command}).values():
        assert "Examples:\n- `" in (each.help or ""), f"`tocsin {name}` has no example in its help"
        for option in each.params:
            assert getattr(option, "help", None), f"{option.name} of `tocsin {name}` has no help"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_described_and_documented(name: str) -> None:
    assert Settings.model_fields[name].description
    assert f"`TOCSIN_{name.upper()}`" in OPERATIONS


def test_every_default_is_documented_as_it_can_be_written() -> None:
    rows = re.findall(r"^\| `TOCSIN_([A-Z_]+)` \| (.*?) \|", OPERATIONS, re.MULTILINE)
    written = {name.lower(): "" if value == "(empty)" else value.strip("`") for name, value in rows}
    assert set(written) == set(Settings.model_fields)
    assert Settings(**written) == Settings()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_is_documented(topic: object) -> None:
    assert f"`{topic.name}`" in OPERATIONS


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("requirements.lock", ["demo", "dev"]),
        ("requirements-image.lock", []),
        ("requirements-bench.lock", ["demo", "dev", "bench"]),
    ],
)
def test_every_dependency_is_locked_with_hashes(lock: str, extras: list[str]) -> None:
    wanted = list(PROJECT["project"]["dependencies"])
    for extra in extras:
        wanted += PROJECT["project"]["optional-dependencies"][extra]
    text = (ROOT / lock).read_text()
    locked = set(re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE))
    names = {re.match(r"[A-Za-z0-9._-]+", each)[0].lower().replace("_", "-") for each in wanted}
    assert names - locked == set(), "run `make lock`"
    pinned = re.split(r"\n(?=\S)", text.strip())
    assert [entry.splitlines()[0] for entry in pinned if "--hash=sha256:" not in entry] == []


def test_help_lists_every_command_that_a_person_types() -> None:
    listed = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert sorted(listed) == sorted(phony[1].split())
    assert {"help", "demo", "test", "lint", "bench", "docs", "run"} <= set(listed)


def test_ci_types_what_a_person_types() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    for command in ("make lint", "make test", "make demo DEMO_ARGS=--short"):
        assert command in script
