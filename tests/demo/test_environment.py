from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from streams.demo import windows
from streams.settings import Settings

ECHO = "from streams.settings import Settings; print(Settings().model_dump_json())"


def test_a_child_reads_the_same_settings_from_the_environment_it_is_given() -> None:
    given = Settings(
        broker="kafka-1:9092,kafka-2:9093",
        idle_after=timedelta(milliseconds=1500),
        config=Path("var/demo/tocsin.yaml"),
        smtp_password="s3cret, with spaces",  # type: ignore[arg-type]
        log_json=True,
        clock="events",
        quiet_until=datetime(2017, 12, 4, 5, tzinfo=UTC),
    )
    env = given.environment()
    seen = subprocess.run([sys.executable, "-c", ECHO], env=env, capture_output=True, text=True, check=True)
    assert json.loads(seen.stdout) == json.loads(given.model_dump_json())
    assert env["TOCSIN_SMTP_PASSWORD"] == "s3cret, with spaces"


def test_what_is_not_set_is_not_taken_from_the_parents_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_QUIET_UNTIL", "2017-12-04")
    assert Settings().quiet_until == datetime(2017, 12, 4, tzinfo=UTC)
    assert Settings(quiet_until="").quiet_until is None  # type: ignore[arg-type]
    assert "TOCSIN_QUIET_UNTIL" not in Settings(quiet_until=None).environment()


@pytest.mark.parametrize("wrong", ["2017-12-04T05:00", "soon", "20171204"])
def test_a_moment_without_an_offset_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="write a date, or such as"):
        Settings(quiet_until=wrong)  # type: ignore[arg-type]


def test_the_last_four_weeks_of_a_long_demo_are_mailed_and_all_of_a_short_one() -> None:
    assert windows.quiet_until(windows.ALL) == datetime(2017, 12, 4, 5, tzinfo=UTC)
    autumn = windows.of(datetime(2017, 7, 1, tzinfo=UTC), datetime(2017, 10, 29, tzinfo=UTC))
    assert windows.quiet_until(autumn) == datetime(2017, 10, 1, tzinfo=UTC)
    assert windows.quiet_until(windows.SHORT) is None
