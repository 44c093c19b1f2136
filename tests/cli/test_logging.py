"""What a process logs: one line an event, on stderr, with nothing raw in it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROBE = """
import logging, sys, structlog
from streams.cli._logging import set_up
set_up(sys.argv[1], as_json=sys.argv[2] == "json")
log = structlog.get_logger("tocsin.test")
log.info("came \\x1b[2J in", key="two\\nlines", count=3)
log.debug("only for debugging")
logging.getLogger("kafka.net").error("a lost connection that is tried again")
logging.getLogger("elsewhere").warning("odd %s", "\\u202e thing")
try:
    raise ValueError("broken \\x07 thing")
except ValueError:
    log.exception("failed")
"""


def said(level: str, form: str) -> list[str]:
    command = [sys.executable, "-c", PROBE, level, form]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr.splitlines()


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_raw_reaches_a_log(form: str) -> None:
    lines = said("info", form)
    assert all(line.isprintable() for line in lines)
    text = "\n".join(lines)
    assert "came \\x1b[2J in" in text.replace("\\\\", "\\")
    assert "only for debugging" not in text
    assert "a lost connection" not in text


def test_json_is_one_object_a_line_with_time_level_and_name() -> None:
    events = [json.loads(line) for line in said("info", "json")]
    assert [event["event"] for event in events] == ["came \\x1b[2J in", "odd \\u202e thing", "failed"]
    assert events[0]["key"] == "two\\nlines"
    assert events[0]["count"] == 3
    assert {"timestamp", "level", "logger"} <= events[0].keys()
    assert "Traceback" in events[2]["exception"]


def test_debug_lets_the_libraries_speak() -> None:
    text = "\n".join(said("debug", "text"))
    assert "a lost connection" in text
    assert "only for debugging" in text
