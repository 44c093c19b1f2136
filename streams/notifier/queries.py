"""What an operator or an analyst asks the store: what waits, what was parked, and why somebody got a mail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exists, func, select

from alerts.digest.calendar import Calendar
from streams.notifier import tables


@dataclass(frozen=True)
class Mail:
    """One row of the outbox."""

    id: int
    status: str
    recipient: str
    subject: str
    state: str
    alert_id: str
    attempts: int
    created_ms: int
    next_ms: int
    sent_ms: int | None
    last_error: str | None


@dataclass(frozen=True)
class InDigest:
    """A digest that tells the alert, or will.

    Attributes:
        slot: when it goes out, on its reader's clock.
        slot_ms: the same, ms.
        digest_id: its id; None until it is written.
        status: of its mail; None if there is none.
        last_error: what the mail server said, or why it could not be written.
    """

    slot: str
    slot_ms: int
    digest_id: str | None
    status: str | None
    last_error: str | None


@dataclass(frozen=True)
class Decided:
    """What was decided for one analyst, and what became of the mail.

    Attributes:
        steps: each stage with whether it let the alert pass, and its reason.
        status: of the mail; None if there is none.
    """

    analyst: str
    recipient: str
    mailed: bool
    reason: str
    steps: list[dict[str, Any]]
    status: str | None
    last_error: str | None
    digests: list[InDigest]


@dataclass(frozen=True)
class Why:
    """An alert and what was decided about it."""

    alert: dict[str, Any]
    decisions: list[Decided]


@dataclass(frozen=True)
class Digest:
    """A digest that was written.

    Attributes:
        slot: which it is, on its reader's clock.
        status: of its mail; None if there is none.
        last_error: what the mail server said, or why it could not be written.
        alerts: id, rule, state and title of each that it tells.
    """

    digest_id: str
    recipient: str
    slot: str
    status: str | None
    last_error: str | None
    alerts: list[dict[str, str]]


def counts(connection: Connection) -> dict[str, int]:
    """Rows by what they are: mails by status, alerts, what waits for digests, refusals, poison.

    A refusal is either of the warm-up or of something else.
    """
    box, decided, held = tables.outbox.c, tables.decisions.c, tables.held.c
    digested = exists().where(held.alert_id == decided.alert_id, held.recipient == decided.recipient)
    # What stages said is JSON: nothing that somebody wrote into a rule or a label can look like this.
    warming = decided.steps.contains('"stage": "warmed_up", "passed": false', autoescape=True)
    found = {"due": 0, "sent": 0, "parked": 0}
    by_status = select(box.status, func.count()).group_by(box.status)
    found |= dict(connection.execute(by_status).all())
    for name, query in (
        ("alerts", select(func.count()).select_from(tables.inbox)),
        ("held_for_digest", select(func.count()).where(held.digest_id.is_(None))),
        ("warm_up", select(func.count()).where(warming)),
        ("held_back", select(func.count()).where(~decided.mailed, ~digested, ~warming)),
        ("unreadable", select(func.count()).select_from(tables.dead)),
    ):
        found[name] = connection.scalar(query) or 0
    return found


def mails(connection: Connection, status: tables.Status | None, limit: int) -> list[Mail]:
    """The newest mails, of one status or of all."""
    columns = [tables.outbox.c[name] for name in Mail.__dataclass_fields__]
    query = select(*columns).order_by(tables.outbox.c.id.desc()).limit(limit)
    if status is not None:
        query = query.where(tables.outbox.c.status == status)
    return [Mail(*row) for row in connection.execute(query)]


def unreadable(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """Records that cannot be read, the newest first, without their bytes."""
    columns = [
        tables.dead.c[name] for name in ("topic", "partition", "offset", "reason", "detail", "stored_ms")
    ]
    query = select(*columns).order_by(tables.dead.c.stored_ms.desc()).limit(limit)
    return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


def find(connection: Connection, start: str) -> list[str]:
    """Ids of alerts and digests that begin with `start`; also of what the mail of this Message-ID tells."""
    box = tables.outbox.c
    found = set(connection.scalars(select(box.alert_id).where(box.message_id == f"<{start.strip('<>')}>")))
    for ids in (tables.inbox.c.alert_id, tables.digests.c.id):
        found |= set(
            connection.scalars(select(ids).where(ids.startswith(start.lower(), autoescape=True)).limit(20))
        )
    return sorted(found)


def why(connection: Connection, alert_id: str) -> Why | None:
    """What was decided about an alert, for everybody; None if it is not known."""
    raw = connection.scalar(select(tables.inbox.c.alert).where(tables.inbox.c.alert_id == alert_id))
    if raw is None:
        return None
    decided, box = tables.decisions.c, tables.outbox.c
    joined = tables.decisions.outerjoin(
        tables.outbox, (box.alert_id == decided.alert_id) & (box.recipient == decided.recipient)
    )
    query = (
        select(
            decided.analyst,
            decided.recipient,
            decided.mailed,
            decided.reason,
            decided.steps,
            box.status,
            box.last_error,
        )
        .select_from(joined)
        .where(decided.alert_id == alert_id)
        .order_by(decided.recipient)
    )
    rows = [
        Decided(
            *(name, reader, mailed, reason, json.loads(steps), status, error),
            digests=_in_digests(connection, alert_id, reader),
        )
        for name, reader, mailed, reason, steps, status, error in connection.execute(query)
    ]
    return Why({"alert_id": alert_id, **json.loads(raw)}, rows)


def digest(connection: Connection, digest_id: str) -> Digest | None:
    """What a digest tells; None if it is not known."""
    digests, box, held, inbox = tables.digests.c, tables.outbox.c, tables.held.c, tables.inbox.c
    columns = digests.recipient, digests.calendar, digests.slot_ms, box.status, digests.failed, box.last_error
    joined = tables.digests.outerjoin(tables.outbox, box.alert_id == digests.id)
    row = connection.execute(select(*columns).select_from(joined).where(digests.id == digest_id)).first()
    if row is None:
        return None
    told = (
        select(inbox.alert_id, inbox.rule, inbox.state, inbox.title)
        .join(tables.held, held.alert_id == inbox.alert_id)
        .where(held.digest_id == digest_id)
        .order_by(inbox.at_ms, inbox.alert_id)
    )
    return Digest(
        digest_id,
        row.recipient,
        Calendar.read(row.calendar).words(row.slot_ms),
        row.status,
        row.failed or row.last_error,
        [dict(each._mapping) for each in connection.execute(told)],  # noqa: SLF001 - SQLAlchemy's public name
    )


def _in_digests(connection: Connection, alert_id: str, recipient: str) -> list[InDigest]:
    held, digests, box = tables.held.c, tables.digests.c, tables.outbox.c
    joined = tables.held.outerjoin(tables.digests, digests.id == held.digest_id).outerjoin(
        tables.outbox, box.alert_id == digests.id
    )
    slot = func.coalesce(digests.slot_ms, held.slot_ms)
    query = (
        select(held.calendar, slot, held.digest_id, box.status, digests.failed, box.last_error)
        .select_from(joined)
        .where(held.alert_id == alert_id, held.recipient == recipient)
        .order_by(slot, held.calendar)
    )
    return [
        InDigest(Calendar.read(key).words(at), at, digest_id, status, failed or error)
        for key, at, digest_id, status, failed, error in connection.execute(query)
    ]
