"""`tocsin models list|show|pin|rollback`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.brokers import settings_for
from support.models import document, publish_versions

from streams.cli import main
from streams.kafka import admin
from streams.settings import Settings
from streams.topics import MODELS

OLDEST, MIDDLE, NEWEST = "2026-01-01-aaaaaaaa", "2026-01-02-bbbbbbbb", "2026-01-03-cccccccc"


@pytest.fixture
def empty(embedded_broker: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A topic without versions, and no tocsin.yaml."""
    monkeypatch.chdir(tmp_path)
    settings = settings_for(embedded_broker, prefix)
    admin.create_topics(settings, [MODELS])
    return settings


@pytest.fixture
def three(empty: Settings) -> Settings:
    """Three good versions."""
    publish_versions(empty, {name: document(name, n) for n, name in enumerate((OLDEST, MIDDLE, NEWEST), 1)})
    return empty


def run(settings: Settings, *words: str) -> int:
    return main(["models", *words, "--broker", settings.broker, "--prefix", settings.topic_prefix])


def listed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    assert run(settings, "list", "--json") == 0
    return json.loads(capsys.readouterr().out)


def used(settings: Settings, capsys: pytest.CaptureFixture[str]) -> tuple[str | None, str | None]:
    """In use, pinned."""
    found = listed(settings, capsys)
    return found["in_use"], found["pinned"]


def test_the_list_is_for_machines_and_people(three: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(three, capsys)
    assert (found["in_use"], found["pinned"]) == (NEWEST, None)
    assert [each["version"] for each in found["versions"]] == [NEWEST, MIDDLE, OLDEST]
    assert found["versions"][0]["metrics"]["auc_day"] == 0.81
    assert found["versions"][0]["learnt"] == {"30": 3, "60": 0, "90": 0}
    assert run(three, "list") == 0
    shown = capsys.readouterr().out
    line = next(line for line in shown.splitlines() if NEWEST in line)
    assert "scores" in line
    assert "0.1235" in line
    assert "30: 3" in line


def test_before_anything_was_learnt(empty: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(empty, "list") == 0
    assert "the prior alone scores" in capsys.readouterr().out
    assert run(empty, "show") == 1
    assert run(empty, "rollback") == 1
    assert "nothing to go back to" in capsys.readouterr().out


def test_one_version_in_words_and_whole(three: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(three, "show") == 0
    shown = capsys.readouterr().out
    for words in (f"{NEWEST} (scores)", "brier 0.1235", "churn-examples 30", "what weighs most"):
        assert words in shown
    assert run(three, "show", "2026-01-02", "--json") == 0
    assert json.loads(capsys.readouterr().out) == json.loads(document(MIDDLE, 2))


def test_a_pin_holds_against_newer_versions_until_it_is_taken_off(
    three: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(three, "pin", "2026-01-02") == 0
    assert "`tocsin models pin newest` ends that" in capsys.readouterr().out
    assert used(three, capsys) == (MIDDLE, MIDDLE)
    publish_versions(three, {"2026-01-04-dddddddd": document("2026-01-04-dddddddd", 4), MIDDLE: None})
    assert used(three, capsys) == (MIDDLE, MIDDLE)  # the topic has dropped it, the pin has not
    assert run(three, "show", MIDDLE) == 0
    assert run(three, "pin", "newest", "--json") == 0
    assert used(three, capsys) == ("2026-01-04-dddddddd", None)


def test_rollback_goes_one_back_each_time_and_passes_what_cannot_be_read(
    three: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_versions(three, {MIDDLE: b"{", NEWEST: document(NEWEST, 3)})
    assert used(three, capsys) == (NEWEST, None)
    assert run(three, "rollback") == 0
    assert used(three, capsys) == (OLDEST, OLDEST)
    assert run(three, "rollback") == 1
    assert f"none is before {OLDEST}" in capsys.readouterr().out
    assert used(three, capsys) == (OLDEST, OLDEST)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("2025", "there is no version '2025'"),
        ("2026-01", "3 versions begin with '2026-01'"),
        ("", "there is no version ''"),
        ("2026-02", "2026-02-01-x is not pinned, for no worker could use it"),
        ("2026-03", "asks for 30, 60, 90 and 30"),
    ],
)
def test_a_pin_that_would_change_nothing_is_refused_with_words(
    three: Settings, capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    other = document("2026-03-01-y", 1, horizons=(14,), main=14)
    publish_versions(three, {"2026-02-01-x": b"{}", "2026-03-01-y": other})
    assert run(three, "pin", name) == 2
    assert words in capsys.readouterr().err
    assert used(three, capsys) == (NEWEST, None)
    assert run(three, "list") == 0
    assert "2026-02-01-x is not used" in capsys.readouterr().out


def test_names_from_outside_paint_no_terminal(empty: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    publish_versions(empty, {"\x1b[31mred": b"{}"})
    assert run(empty, "list") == 0
    assert run(empty, "pin", "\x1b[31m") == 2
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err


def test_without_the_topic_it_says_what_to_do(
    embedded_broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(settings_for(embedded_broker, prefix), "list") == 2
    assert "tocsin topics create" in capsys.readouterr().err
