from __future__ import annotations

from pathlib import Path

import pytest

from alerts.config import load
from schemas.errors import Permanent
from streams.demo.home import opened


def test_a_demo_begins_in_an_empty_folder_with_a_settings_file_that_is_right(tmp_path: Path) -> None:
    with opened(tmp_path / "var/demo") as home:
        config = load(home.config.read_text(), str(home.config))
        assert {
            rule for analyst in config.analysts for each in analyst.receives for rule in each.rules or ()
        } == {
            "order_late",
            "ticket_unanswered",
            "out_of_stock",
            "churn",
            "churn_drift",
            "series",
            "series_drift",
            "data_quality",
            "pairs",
            "watch",
        }


def test_the_next_demo_deletes_what_a_demo_left_and_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    with opened(root) as home:
        home.mails.mkdir()
        (home.mails / "a.eml").write_text("old")
        home.summary.write_text("{}")
        (root / "my-notes.txt").write_text("keep")
    with opened(root) as home:
        assert not home.mails.exists()
        assert not home.summary.exists()
        assert (root / "my-notes.txt").read_text() == "keep"


def test_a_folder_that_no_demo_made_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/mine.log").write_text("mine")
    with pytest.raises(Permanent, match="no demo made"), opened(tmp_path):
        pass
    assert (tmp_path / "logs/mine.log").read_text() == "mine"


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    with opened(root), pytest.raises(Permanent, match="another demo runs"), opened(root):
        pass


def test_a_settings_file_of_ones_own_is_taken_even_out_of_the_folder_itself(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    with opened(root):
        pass
    own = root / "tocsin.yaml"
    own.write_text("timezone: UTC\n")
    with opened(root, own) as home:
        assert home.config.read_text() == "timezone: UTC\n"


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(Permanent, match=r"nowhere\.yaml cannot be read"),
        opened(tmp_path, tmp_path / "nowhere.yaml"),
    ):
        pass


def test_the_brokers_data_are_gone_when_a_demo_ends_and_its_log_is_not(tmp_path: Path) -> None:
    with opened(tmp_path / "demo") as home:
        (home.broker / "segments").mkdir()
        (home.broker / "segments/0.log").write_text("records")
        (home.broker / "state.db").write_text("state")
        (home.broker / "broker.log").write_text("started")
    assert [path.name for path in home.broker.iterdir()] == ["broker.log"]
