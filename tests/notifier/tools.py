"""Alerts as records, a store with one analyst, and a clock that stands still until it is told to go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from alerts.config.models import Analyst
from alerts.policy.examples import an_alert, an_analyst
from alerts.render import Sender
from schemas.alert import Alert, AlertEvent, episode_id
from streams.notifier.backoff import Backoff
from streams.notifier.intake import Intake
from streams.notifier.outbox import Outbox
from streams.notifier.plan import Record
from streams.notifier.store import Store

TOCSIN = Sender.of("Tocsin <tocsin@example.com>", "tocsin.example.com")
TOPIC = "alerts"
NOON = 1_483_444_800_000


@dataclass
class Clock:
    """Milliseconds; goes on when told."""

    ms: int = NOON

    def __call__(self) -> int:
        return self.ms


@dataclass
class Log:
    """Records of one partition, one offset after the other."""

    records: list[Record] = field(default_factory=list)

    def add(self, value: bytes | None) -> Record:
        self.records.append(Record(TOPIC, 0, len(self.records), b"key", value))
        return self.records[-1]

    def alert(self, order: str, state: str = "ringing", **more: Any) -> Alert:
        alert = late(order, state, **more)
        self.add(AlertEvent.of(alert, "test").model_dump_json().encode())
        return alert


def late(order: str, state: str = "ringing", **more: Any) -> Alert:
    severity = "warning" if state == "ringing" else "info"
    episode = episode_id("order_late", "order", order, "1")
    return an_alert(**{"entity": order, "episode": episode, "state": state, "severity": severity, **more})


def intake(store: Store, *analysts: Analyst) -> Intake:
    return Intake(store, analysts or (an_analyst(),), TOCSIN)


def take(store: Store, log: Log, *analysts: Analyst, now: int = NOON) -> Any:
    return intake(store, *analysts).take(log.records, {(TOPIC, 0): len(log.records)}, now)


def outbox(store: Store, **backoff: int) -> Outbox:
    return Outbox(store, Backoff(**backoff))
