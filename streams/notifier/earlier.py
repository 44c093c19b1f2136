"""What a digest holds, and what the reader's earlier digests of the same calendar told, from the store."""

from __future__ import annotations

import json

from sqlalchemy import Connection, and_, exists, func, select

from alerts.digest.calendar import Calendar
from alerts.digest.issue import Issue, Reader
from alerts.digest.sort import About, Before
from schemas.alert import Alert, Severity
from streams.notifier import tables

_held, _inbox, _digests = tables.held.c, tables.inbox.c, tables.digests.c


def issue(connection: Connection, digest_id: str, calendar: Calendar, slot: int, since: int) -> Issue:
    """A digest whose alerts are marked as told.

    Args:
        connection: within the transaction that marked them.
        digest_id: of the digest.
        calendar: when such digests go out.
        slot: which it belongs to, ms.
        since: the slot after which its time begins, ms.
    """
    decided = tables.decisions.c
    query = (
        select(_inbox.alert, _held.recipient, _held.reason, decided.analyst)
        .select_from(tables.held)
        .join(tables.inbox, _inbox.alert_id == _held.alert_id)
        .join(
            tables.decisions,
            and_(decided.alert_id == _held.alert_id, decided.recipient == _held.recipient),
        )
        .where(_held.digest_id == digest_id)
        .order_by(_inbox.at_ms, _inbox.alert_id)
    )
    rows = connection.execute(query).all()
    newest = rows[-1]
    return Issue(
        reader=Reader(newest.analyst, newest.recipient),
        calendar=calendar,
        slot=slot,
        since=since,
        alerts=[Alert.model_validate_json(row.alert) for row in rows],
        before=_before(connection, digest_id, newest.recipient, calendar.key, slot),
        reasons=list(dict.fromkeys(row.reason for row in rows)),
    )


def _before(connection: Connection, digest_id: str, recipient: str, key: str, slot: int) -> Before:
    mine = and_(_digests.recipient == recipient, _digests.calendar == key, _digests.slot_ms < slot)
    last = connection.scalar(select(_digests.id).where(mine).order_by(_digests.slot_ms.desc()).limit(1))
    if last is None:
        return Before()
    counted = (
        select(_inbox.rule, func.count())
        .join(tables.held, _held.alert_id == _inbox.alert_id)
        .where(_held.digest_id == last, _held.recipient == recipient, _inbox.state == "ringing")
        .group_by(_inbox.rule)
    )
    rang: dict[str, int] = dict(connection.execute(counted).all())
    return Before(_lasting(connection, digest_id, recipient, key), rang)


def _lasting(connection: Connection, digest_id: str, recipient: str, key: str) -> dict[About, Severity]:
    """Of what this digest tells, what an earlier one told too, and what nobody has said is over."""
    now, over = tables.held.alias("now"), tables.inbox.alias("over")
    again = exists().where(
        now.c.digest_id == digest_id, now.c.recipient == recipient, now.c.about == _held.about
    )
    ended = exists().where(over.c.thread == _inbox.thread, over.c.state == "recovered")
    query = (
        select(_inbox.alert)
        .join(tables.held, _held.alert_id == _inbox.alert_id)
        .where(_held.recipient == recipient, _held.calendar == key, _held.digest_id.is_not(None))
        .where(_held.digest_id != digest_id, _inbox.state == "ringing", again, ~ended)
        .order_by(_inbox.at_ms, _inbox.alert_id)
    )
    found: dict[About, Severity] = {}
    for raw in connection.scalars(query):
        alert = json.loads(raw)
        found[About(alert["rule"], alert["entity_kind"], alert["entity"])] = alert["severity"]
    return found
