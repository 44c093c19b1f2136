"""The store's tables. A change of their meaning is a new `VERSION`."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = "2"
UPGRADABLE = frozenset({"1"})
"""Older schemas that lack some of today's tables, and are right but for that."""

# A calendar's key: time of day, days, and the longest name of a zone.
_KEY = 120

Status = Literal["due", "sent", "parked"]
"""due: to be sent, now or at its next try. sent: the mail server took it. parked: given up; says why."""

metadata = MetaData()

# SQLite counts up only what it calls INTEGER.
_Counter = BigInteger().with_variant(Integer, "sqlite")
_ID = String(32)

meta = Table(
    "meta", metadata, Column("key", String(64), primary_key=True), Column("value", Text, nullable=False)
)

offsets = Table(
    "offsets",
    metadata,
    Column("topic", String(255), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("alert_id", _ID, primary_key=True),
    # The alert id with which the episode rang: the same for its beginning and its end.
    Column("thread", _ID, nullable=False, index=True),
    Column("rule", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("topic", String(255), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("stored_ms", BigInteger, nullable=False),
    # JSON escapes every character that a database might refuse in text.
    Column("alert", Text, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("alert_id", _ID, primary_key=True),
    Column("recipient", String(320), primary_key=True),
    Column("analyst", Text, nullable=False),
    Column("mailed", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("steps", Text, nullable=False),
    Column("rings", Boolean, nullable=False),
    # The alert's date in the analyst's zone, which the daily limit counts.
    Column("day", String(10), nullable=False),
    Index("decisions_by_day", "recipient", "day"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("alert_id", _ID, nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("thread", _ID, nullable=False),
    Column("state", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("message_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    # The whole mail, so that a retry is the same whatever has changed since; gone once it is sent.
    Column("content", LargeBinary),
    Column("created_ms", BigInteger, nullable=False),
    Column("next_ms", BigInteger, nullable=False),
    Column("first_try_ms", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("sent_ms", BigInteger),
    Column("last_error", Text),
    UniqueConstraint("alert_id", "recipient", "kind"),
    Index("outbox_due", "status", "next_ms"),
    Index("outbox_thread", "thread", "recipient", "kind"),
)

dead = Table(
    "dead",
    metadata,
    Column("topic", String(255), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("reason", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("stored_ms", BigInteger, nullable=False),
)

held = Table(
    "held",
    metadata,
    Column("alert_id", _ID, primary_key=True),
    Column("recipient", String(320), primary_key=True),
    Column("calendar", String(_KEY), primary_key=True),
    # The subscription that asked, in words.
    Column("reason", Text, nullable=False),
    # What the alert is about: rule, kind and entity as one; another episode of it is the same trouble again.
    Column("about", _ID, nullable=False),
    Column("slot_ms", BigInteger, nullable=False),
    # The digest that told it; absent until it is written.
    Column("digest_id", _ID),
    Index("held_by_slot", "digest_id", "slot_ms"),
    Index("held_about", "recipient", "calendar", "about"),
)

digests = Table(
    "digests",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("recipient", String(320), nullable=False),
    Column("calendar", String(_KEY), nullable=False),
    Column("slot_ms", BigInteger, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("alerts", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    # Why it could not be put into words, should that happen; its alerts are not held any more.
    Column("failed", Text),
    UniqueConstraint("recipient", "calendar", "slot_ms"),
)
