"""Killed between any two steps, the notifier loses no mail, and sends no second one that differs."""

from __future__ import annotations

import json
import random
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from support import notifier_crash
from support.notifier_crash import ANALYSTS, story

from alerts.render import IMMEDIATE, message_id
from schemas.alert import Alert
from streams.notifier.queries import counts
from streams.notifier.store import Store

Run = Callable[[str, int, int | None], int | None]


class Arrivals:
    """Every mail that a server took, in order."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        found = re.search(rb"^Message-ID: (\S+)", envelope.content, re.MULTILINE)
        assert found is not None
        self.mails.append((found[1].decode(), envelope.content))
        return "250 OK"


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs a notifier in a process of its own: the steps that it took, or None if it was killed."""
    command = [sys.executable, str(Path(notifier_crash.__file__))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None

        def ask(url: str, port: int, kill_at: int | None) -> int | None:
            print(json.dumps({"url": url, "port": port, "kill_at": kill_at}), file=server.stdin, flush=True)
            answer = json.loads(server.stdout.readline())
            assert answer["exit"] in {0, -9}
            return answer["steps"] if answer["exit"] == 0 else None

        yield ask
        server.stdin.close()


@pytest.fixture
def server() -> Iterator[tuple[Arrivals, int]]:
    arrivals = Arrivals()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(arrivals, hostname="127.0.0.1", port=port)
    controller.start()
    yield arrivals, port
    controller.stop()


def expected(told: list[Alert]) -> set[str]:
    return {
        message_id(alert.alert_id, analyst.mail, IMMEDIATE, "tocsin.example.com")
        for alert in told
        for analyst in ANALYSTS
        if alert.state == "ringing" or analyst.receives[0].recovered
    }


def check(url: str, arrivals: Arrivals, told: list[Alert]) -> None:
    first: dict[str, int] = {}
    for place, (name, _) in enumerate(arrivals.mails):
        first.setdefault(name, place)
    assert set(first) == expected(told)
    assert len(set(arrivals.mails)) == len(first), "a mail came again and was not the same"
    for alert in told:
        if alert.state == "recovered":
            ringing = alert.model_copy(update={"state": "ringing"}).alert_id
            begin, end = (
                message_id(each, "ana@example.com", IMMEDIATE, "tocsin.example.com")
                for each in (ringing, alert.alert_id)
            )
            assert first[begin] < first[end]
    store = Store(url)
    with store.read() as connection:
        assert counts(connection) == {
            "due": 0,
            "sent": len(first),
            "parked": 0,
            "alerts": len(told),
            "held_for_digest": 0,
            "warm_up": 0,
            "held_back": 2,
            "unreadable": 1,
        }
    store.close()


def test_a_kill_at_a_step_loses_and_doubles_nothing(
    run: Run, server: tuple[Arrivals, int], tmp_path: Path
) -> None:
    arrivals, port = server
    _, told = story()
    steps = run(f"sqlite:///{tmp_path}/whole.db", port, None)
    assert steps is not None
    check(f"sqlite:///{tmp_path}/whole.db", arrivals, told)
    assert len(arrivals.mails) == len(expected(told))
    seed = 20_170_103
    for kill_at in random.Random(seed).sample(range(1, steps + 1), 14):
        arrivals.mails.clear()
        url = f"sqlite:///{tmp_path}/{kill_at}.db"
        assert run(url, port, kill_at) is None, f"step {kill_at} of {steps} was not reached"
        run(url, port, None)
        check(url, arrivals, told)
        assert len(arrivals.mails) - len(expected(told)) in {0, 1}, f"killed at step {kill_at}"


@pytest.mark.parametrize("seed", range(6))
def test_kills_again_and_again_lose_and_double_nothing(
    run: Run, server: tuple[Arrivals, int], tmp_path: Path, seed: int
) -> None:
    arrivals, port = server
    url = f"sqlite:///{tmp_path}/store.db"
    chance = random.Random(seed)
    kills = 0
    while run(url, port, chance.randint(1, 40)) is None:
        kills += 1
        assert kills < 100
    assert kills
    check(url, arrivals, story()[1])
