from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

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
    )
    env = given.environment()
    seen = subprocess.run([sys.executable, "-c", ECHO], env=env, capture_output=True, text=True, check=True)
    assert json.loads(seen.stdout) == json.loads(given.model_dump_json())
    assert env["TOCSIN_SMTP_PASSWORD"] == "s3cret, with spaces"
