"""Settings, read once from the environment (`TOCSIN_*`) and from command options, then frozen.

This is the only file that reads the environment. Every field's description is its documentation.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Settings(BaseSettings):
    """Everything an operator can turn, with its default."""

    model_config = SettingsConfigDict(env_prefix="TOCSIN_", frozen=True, extra="forbid")

    broker: str = Field(default="127.0.0.1:9092", description="bootstrap servers, host:port[,host:port]")
    topic_prefix: str = Field(default="", description="put before every topic name, e.g. 'staging.'")
    partitions: int = Field(default=4, ge=1, le=512, description="partitions of every keyed topic")
    replication: int = Field(default=1, ge=1, description="replicas of every topic")

    group: str = Field(default="tocsin", description="consumer group and prefix of transactional ids")
    worker_id: str = Field(default="worker-1", description="static group membership; unique per worker")
    clock: Literal["wall", "events"] = Field(
        default="wall",
        description="'wall' lets time go on when every stream is quiet; 'events' is for replays of the past",
    )
    disorder: timedelta = Field(
        default=timedelta(minutes=10), description="how far events may be out of order"
    )
    idle_after: timedelta = Field(
        default=timedelta(seconds=30),
        description="a drained input that is quiet this long no longer holds time; with several workers, "
        "more than the session timeout and a takeover, or a dead worker's inputs count as quiet",
    )
    future_skew: timedelta = Field(
        default=timedelta(minutes=10), description="an event further ahead of the clock is a dead letter"
    )
    dedupe_horizon: timedelta = Field(
        default=timedelta(days=7), description="how long an event id is remembered, in event time"
    )
    batch: int = Field(default=5000, ge=1, description="events per atomic step, at most")
    session_timeout: timedelta = Field(
        default=timedelta(seconds=10), description="a worker silent this long loses its partitions"
    )

    store_url: str = Field(
        default="sqlite:///var/tocsin.db", description="outbox and inbox; any SQLAlchemy URL"
    )
    config: Path = Field(default=Path("tocsin.yaml"), description="analysts, filters, rules")
    quiet_until: AwareDatetime | None = Field(
        default=None,
        description="what rings before this moment is stored and counted, and nobody is mailed of it: for a "
        "start with a history, from which everything shall learn; a date is midnight UTC",
    )

    archive_dir: Path = Field(default=Path("var/archive"), description="where `tocsin archive` writes")
    archive_every: timedelta = Field(
        default=timedelta(minutes=15), description="what is archived is in files after this time"
    )
    archive_rows: int = Field(
        default=50_000, ge=1, description="so many rows are written at once, before that time; held in memory"
    )

    smtp_host: str = Field(default="127.0.0.1", description="mail server")
    smtp_port: int = Field(default=2525, description="mail server's port")
    smtp_user: str = Field(default="", description="login, if the server wants one")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="password of smtp_user")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(default="none", description="transport security")
    smtp_timeout: timedelta = Field(default=timedelta(seconds=20), description="give up on a silent server")
    mail_retry_first: timedelta = Field(
        default=timedelta(seconds=5), description="pause after a mail's first failure; doubles with each"
    )
    mail_retry_longest: timedelta = Field(
        default=timedelta(minutes=30), description="the longest pause between two tries of a mail"
    )
    mail_give_up: timedelta = Field(
        default=timedelta(days=3), description="a mail that fails this long is parked"
    )
    mail_from: str = Field(default="Tocsin <tocsin@localhost>", description="sender of every mail")
    mail_domain: str = Field(default="tocsin.localhost", description="right side of every Message-ID")

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="log threshold"
    )
    log_json: bool = Field(default=False, description="one JSON object a line, for log shippers")

    @field_validator("broker")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        for server in value.split(","):
            if not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\s:/\[\],]+):\d{1,5}", server):
                raise ValueError(f"{server!r} is no host:port; write e.g. kafka-1:9092,kafka-2:9092")
        return value

    @field_validator("quiet_until", mode="before")
    @classmethod
    def _moment(cls, value: object) -> object:
        if not isinstance(value, str) or not value:
            return value or None
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is not None and found.tzinfo is None and _DATE.fullmatch(value):
            return found.replace(tzinfo=UTC)
        if found is None or found.tzinfo is None:
            raise ValueError(
                f"{value!r:.40} is no moment; write a date, or such as 2026-03-01T00:00:00+01:00"
            )
        return found

    def topic(self, name: str) -> str:
        """The name on the broker of the topic we call `name`."""
        return self.topic_prefix + name

    def environment(self) -> dict[str, str]:
        """This process's environment with these settings in it, for a child that shall have the same."""
        own = self.model_dump(mode="json") | {"smtp_password": self.smtp_password.get_secret_value()}
        named = {
            f"TOCSIN_{name.upper()}": None if value is None else str(value) for name, value in own.items()
        }
        both = {**os.environ, **named}  # noqa: TID251 - this is the file that reads the environment
        return {name: value for name, value in both.items() if value is not None}
