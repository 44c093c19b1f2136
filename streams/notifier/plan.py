"""What a batch of records becomes in the store. Pure: what is known and the time are arguments."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from alerts.config.models import Analyst
from alerts.digest.calendar import EARLIEST
from alerts.digest.sort import About
from alerts.localtime import day
from alerts.policy import Decision, Held, Ringing, decide
from alerts.render import IMMEDIATE, Sender, immediate, ringing_id
from alerts.render.clean import clean
from schemas.alert import Alert, digest
from schemas.errors import Poison
from streams.notifier.decode import decode

Row = dict[str, Any]


class Record(NamedTuple):
    """One record of the topic `alerts`."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass
class Known:
    """What the store holds that matters for a batch; it grows as the batch is planned.

    Attributes:
        alerts: ids of alerts that were taken in before.
        ringing: decisions on ringing alerts, by alert id and recipient.
        sent: ringing alerts mailed, by recipient and day.
        told: the slot of the newest digest, ms, by recipient and key of its calendar.
    """

    alerts: set[str] = field(default_factory=set)
    ringing: dict[tuple[str, str], Ringing] = field(default_factory=dict)
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    told: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass
class Plan:
    """Rows to insert, by table."""

    inbox: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    held: list[Row] = field(default_factory=list)
    outbox: list[Row] = field(default_factory=list)
    dead: list[Row] = field(default_factory=list)


def decoded(records: Iterable[Record]) -> list[tuple[Record, Alert | Poison]]:
    """Read every record; one that cannot be read is its own error."""
    return [(record, _decoded(record)) for record in records]


def make_plan(
    batch: Sequence[tuple[Record, Alert | Poison]],
    known: Known,
    analysts: Sequence[Analyst],
    sender: Sender,
    now: int,
    *,
    latest: int,
    quiet_until: datetime | None = None,
) -> Plan:
    """Decide and write every mail of a batch.

    Args:
        batch: from `decoded`, in the order of the log.
        known: what the store holds; changed as the batch goes on.
        analysts: everybody who may get a mail.
        sender: whose name mails bear.
        now: wall clock, ms; becomes the mails' Date.
        latest: an alert of a later moment, ms, counts as of this one when its digest is found.
        quiet_until: nothing of before this moment is mailed; None without a warm-up.
    """
    planner = _Planner(known, analysts, sender, now, latest, quiet_until)
    for record, alert in batch:
        if isinstance(alert, Poison):
            planner.bury(record, alert)
        elif alert.alert_id not in known.alerts:
            planner.take(record, alert)
    return planner.plan


def day_of(alert: Alert, analyst: Analyst) -> str:
    """The alert's date in the analyst's zone, as the daily limit counts it."""
    return day(alert.at, analyst.zone).isoformat()


def moment_ms(alert: Alert) -> int:
    """The alert's moment, ms."""
    return int(alert.at.timestamp() * 1000)


def about(alert: Alert) -> str:
    """What the alert is about, as one text of fixed length."""
    return digest(*About.of(alert))


def _decoded(record: Record) -> Alert | Poison:
    try:
        return decode(record.value)
    except Poison as poison:
        return poison


@dataclass
class _Planner:
    known: Known
    analysts: Sequence[Analyst]
    sender: Sender
    now: int
    latest: int
    quiet_until: datetime | None
    plan: Plan = field(default_factory=Plan)

    def bury(self, record: Record, poison: Poison) -> None:
        """Keep a record that cannot become mails."""
        self.plan.dead.append(
            {
                **_origin(record),
                "reason": poison.reason,
                "detail": clean(poison.detail, 500),
                "key": record.key,
                "value": record.value,
                "stored_ms": self.now,
            }
        )

    def take(self, record: Record, alert: Alert) -> None:
        """Decide for everybody, and write the mails."""
        self.known.alerts.add(alert.alert_id)
        decided = [(analyst, self._decide(alert, analyst)) for analyst in self.analysts]
        try:
            mails = [self._mail(alert, *each) for each in decided if each[1].mailed]
        except Exception as error:  # noqa: BLE001 - a defect in a template must not stop the alerts behind it
            self.bury(record, Poison("unwritable", f"{type(error).__name__}: {error}"))
            return
        self.plan.outbox += mails
        self.plan.inbox.append(self._alert(record, alert))
        for analyst, decision in decided:
            self.plan.decisions.append(_decision(alert, analyst, decision))
            self.plan.held += [self._held(alert, analyst, each) for each in decision.held]
            if alert.state == "ringing":
                rang = Ringing(decision.mailed, decision.reason, held=bool(decision.held))
                self.known.ringing[alert.alert_id, analyst.mail] = rang
                self.known.sent[analyst.mail, day_of(alert, analyst)] += decision.mailed

    def _decide(self, alert: Alert, analyst: Analyst) -> Decision:
        rang = self.known.ringing.get((ringing_id(alert), analyst.mail))
        return decide(
            alert,
            analyst,
            sent_today=self.known.sent[analyst.mail, day_of(alert, analyst)],
            ringing=rang if alert.state == "recovered" else None,
            quiet_until=self.quiet_until,
        )

    def _held(self, alert: Alert, analyst: Analyst, held: Held) -> Row:
        """The alert waits for the first slot after its moment that no digest has passed yet."""
        key = held.calendar.key
        moment = min(moment_ms(alert), self.latest)
        slot = held.calendar.after(max(moment, self.known.told.get((analyst.mail, key), EARLIEST)))
        return {
            "alert_id": alert.alert_id,
            "recipient": analyst.mail,
            "calendar": key,
            "reason": held.reason,
            "about": about(alert),
            "slot_ms": slot,
        }

    def _mail(self, alert: Alert, analyst: Analyst, decision: Decision) -> Row:
        stored = datetime.fromtimestamp(self.now // 1000, UTC)
        mail = immediate(alert, analyst, reason=decision.reason, sender=self.sender, stored=stored)
        return {
            "alert_id": alert.alert_id,
            "recipient": analyst.mail,
            "kind": IMMEDIATE,
            "thread": ringing_id(alert),
            "state": alert.state,
            "status": "due",
            "message_id": mail.message_id,
            "subject": mail.subject,
            "content": mail.content,
            "created_ms": self.now,
            "next_ms": self.now,
            "attempts": 0,
        }

    def _alert(self, record: Record, alert: Alert) -> Row:
        return {
            **_origin(record),
            "alert_id": alert.alert_id,
            "thread": ringing_id(alert),
            "rule": clean(alert.rule, 100),
            "state": alert.state,
            "severity": alert.severity,
            "title": clean(alert.title, 200),
            "at_ms": moment_ms(alert),
            "synthetic": alert.synthetic,
            "stored_ms": self.now,
            "alert": json.dumps(alert.model_dump(mode="json")),
        }


def _decision(alert: Alert, analyst: Analyst, decision: Decision) -> Row:
    return {
        "alert_id": alert.alert_id,
        "recipient": analyst.mail,
        "analyst": analyst.name,
        "mailed": decision.mailed,
        "reason": decision.reason,
        "steps": json.dumps([asdict(step) for step in decision.steps]),
        "rings": alert.state == "ringing",
        "day": day_of(alert, analyst),
    }


def _origin(record: Record) -> Row:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}
