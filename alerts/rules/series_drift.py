"""A series has become another one: its level or its spread, at once or gradually."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from alerts.figures import Bucket, Subject
from alerts.rules.series import labels
from alerts.timeline import moment_words, utc
from schemas.alert import Alert, Fact, Severity, episode_id
from schemas.shown import Chart

NAME = "series_drift"
ENTITY = "series"


class Settings(BaseModel):
    """What a shop may turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = Field(default=True, description="whether the rule rings at all")


class Change(NamedTuple):
    """What changed; see `detectors.series.drift`.

    Attributes:
        kind: `level`, `gradual` or `variance`.
        before, after: means; of the variance, usual distances to what is expected.
        since: when it began, at the earliest, ms.
    """

    kind: str
    before: float
    after: float
    since: int


def alert(subject: Subject, bucket: Bucket, change: Change, *, chart: Chart | None, synthetic: bool) -> Alert:
    """Tell of a change. It is a fact, and has no end."""
    up = change.after > change.before
    name = subject.words[:1].upper() + subject.words[1:]
    each = f" {'an' if bucket.one == 'hour' else 'a'} {bucket.one}" if _adds_up(subject) else ""
    moves = "rising" if up else "falling"
    before, after = subject.number(change.before), subject.number(change.after)
    title, told = {
        "level": (
            f"{name}: {after}{each} on average, {before} before",
            f"The level has changed: {after}{each} on average, {before} before.",
        ),
        "gradual": (
            f"{name}: {moves} gradually, from {before} to {after}{each}",
            f"It has been {moves} little by little: {after}{each} on average, not {before}.",
        ),
        "variance": (
            f"{name}: {'less' if up else 'more'} even than before",
            f"Values are usually {after} away from what is expected; it was {before} before.",
        ),
    }[change.kind]
    side = "up" if up else "down"
    return Alert(
        rule=NAME,
        state="ringing",
        entity_kind=ENTITY,
        entity=subject.entity,
        episode=episode_id(NAME, ENTITY, subject.entity, f"{bucket.size}/{bucket.end}"),
        since=utc(min(change.since, bucket.end)),
        at=utc(bucket.end),
        severity=_severity(subject, change, side),
        title=title,
        summary=f"{told} It began {moment_words(change.since)} at the earliest. The forecast follows"
        + (", and volumes that go along with it are not told one by one." if _adds_up(subject) else "."),
        facts=(
            Fact(label="Now", value=after),
            Fact(label="Before", value=before),
            Fact(label="Began", value=f"{moment_words(change.since)} at the earliest"),
            Fact(label="Seen by the", value=bucket.one),
        ),
        labels=labels(subject, bucket, side),
        synthetic=synthetic,
        chart=chart,
    )


def _adds_up(subject: Subject) -> bool:
    return subject.measure.kind in ("count", "sum")


def _severity(subject: Subject, change: Change, side: str) -> Severity:
    good = subject.measure.good
    return "warning" if change.kind != "variance" and good not in ("neither", side) else "info"
