"""A notifier without a broker that kills itself at a chosen step.

As a program it is a fork server: it has imported everything, and runs each command of its standard input in
a child of its own. A command is JSON: {"url": store, "port": mail server, "kill_at": step or null}; the
answer is {"exit": code, "steps": steps taken}.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass
from threading import Event
from typing import Any

from sqlalchemy import event

from alerts.channels import Channel
from alerts.channels.smtp import Server, SmtpChannel
from alerts.policy.examples import an_alert, an_analyst
from alerts.render import Sender as MailSender
from schemas.alert import Alert, AlertEvent, episode_id
from streams.clock import now_ms
from streams.notifier.backoff import Backoff
from streams.notifier.intake import Intake
from streams.notifier.leadership import leadership_of
from streams.notifier.outbox import Outbox
from streams.notifier.plan import Record
from streams.notifier.sender import Sender
from streams.notifier.store import Store

BATCH = 4
ANALYSTS = [an_analyst(), an_analyst(name="Cleo", mail="cleo@example.com", receives=[{"recovered": False}])]
STORY = [
    ("o-1", "ringing"),
    ("o-2", "ringing"),
    ("o-1", "recovered"),
    ("o-3", "ringing"),
    ("o-3", "recovered"),
    ("o-4", "ringing"),
]
TOCSIN = MailSender.of("Tocsin <tocsin@example.com>", "tocsin.example.com")


@dataclass
class Bomb:
    """Counts steps, and kills the process at one of them."""

    at: int | None
    count: int = 0

    def tick(self, *_: Any) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Ticking:
    """A channel with a step before each mail, and one after the server took it."""

    channel: Channel
    bomb: Bomb

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        self.bomb.tick()
        self.channel.send(sender, recipient, content)
        self.bomb.tick()

    def close(self) -> None:
        self.channel.close()

    def abort(self) -> None:
        self.channel.abort()


def story() -> tuple[list[Record], list[Alert]]:
    """A log with two episodes that recover, two that do not, poison and a repetition; and its alerts."""
    told = [told_of(order, state) for order, state in STORY]
    values = [AlertEvent.of(alert, "test").model_dump_json().encode() for alert in told]
    values[4:4] = [b"no json"]
    values.append(values[0])
    return [Record("alerts", 0, offset, b"key", value) for offset, value in enumerate(values)], told


def told_of(order: str, state: str) -> Alert:
    return an_alert(entity=order, state=state, episode=episode_id("order_late", "order", order, "1"))


def work(url: str, port: int, kill_at: int | None) -> int:
    """Take the records in from where the store says, send everything, and count the steps."""
    bomb = Bomb(kill_at)
    store = Store(url)
    # Before each statement, and between the last statement of a transaction and its commit.
    event.listen(store.engine, "before_cursor_execute", bomb.tick)
    event.listen(store.engine, "commit", bomb.tick)
    leadership = leadership_of(store)
    if not leadership.acquire():
        raise AssertionError("the lock of a killed notifier was not given back")
    store.create()
    intake = Intake(store, ANALYSTS, TOCSIN)
    sender = Sender(
        Outbox(store, Backoff()),
        Ticking(SmtpChannel(Server("127.0.0.1", port, hello="test")), bomb),
        "tocsin@example.com",
        leadership=leadership,
        now=now_ms,
        wake=Event(),
        stop=Event(),
    )
    records, _ = story()
    for first in range(intake.offsets("alerts").get(0, 0), len(records), BATCH):
        batch = records[first : first + BATCH]
        intake.take(batch, {("alerts", 0): first + len(batch)}, now_ms())
        while sender.run_once():
            pass
    while sender.run_once():
        pass
    return bomb.count


def serve() -> None:
    for line in sys.stdin:
        told, tell = os.pipe()
        if not (child := os.fork()):
            os.dup2(2, 1)  # log lines are no answers
            os.write(tell, b"%d" % work(**json.loads(line)))
            os._exit(0)
        os.close(tell)
        _, status = os.waitpid(child, 0)
        steps = os.read(told, 20) or b"0"
        os.close(told)
        answer = {"exit": os.waitstatus_to_exitcode(status), "steps": int(steps)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
