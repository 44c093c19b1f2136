"""What a publisher sends is not as before: a field suddenly empty, a new value, unreadable inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from alerts.amounts import amount
from alerts.figures import Bucket
from alerts.timeline import moment_words, span_words, utc
from schemas.alert import Alert, Fact, Severity, State, episode_id

NAME = "data_quality"
ENTITY = "publisher"
TOPIC = "topic"
_MOST_NAMED = 5
_NEARLY_ALL = 0.995


class Settings(BaseModel):
    """What a shop may turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = Field(default=True, description="whether the rule rings at all")


class Empty(NamedTuple):
    """A field that has suddenly become empty.

    Attributes:
        source: who publishes.
        kind: of the events, such as `order.placed`.
        field: which one.
        share: of the bucket's events in which it is empty.
        usual: the share before.
        events: of the bucket.
        synthetic: whether generated ones are among them.
    """

    source: str
    kind: str
    field: str
    share: float
    usual: float
    events: int
    synthetic: bool = False


def alert(found: Empty, bucket: Bucket) -> Alert:
    """Tell that a field has become empty."""
    empty, usual = _share(found.share), _share(found.usual)
    return _alert(
        "ringing",
        _field(found),
        bucket.end,
        since=bucket.begin,
        bucket=bucket,
        severity="warning",
        title=f"{found.field} of {found.kind} from {found.source} is suddenly empty",
        summary=f"Of {found.events:,} events of {found.kind} {bucket.words}, {empty} had no {found.field}; "
        f"usually {usual} have none.",
        suggestion=f"Ask who runs {found.source} what was released then. Until it is mended, what is told by "
        f"{found.field} counts too little.",
        facts=[
            Fact(label="Publisher", value=found.source),
            Fact(label="Events", value=found.kind),
            Fact(label="Field", value=found.field),
            Fact(label="Empty", value=f"{empty} of {found.events:,}"),
            Fact(label="Usually empty", value=usual),
        ],
        labels={"source": found.source, "field": found.field, "change": "empty"},
        synthetic=found.synthetic,
    )


def filled(found: Empty, bucket: Bucket, start: int, *, since: int, stays: bool) -> Alert:
    """Tell that a field is filled again, or that its being empty counts as usual by now (`stays`)."""
    lasted = span_words(bucket.end - since)
    if stays:
        title = f"{found.field} of {found.kind} from {found.source} stays empty"
        summary = f"It has been so for {lasted}, and counts as usual from now on."
    else:
        title = f"{found.field} of {found.kind} from {found.source} is filled again"
        summary = (
            f"Of {found.events:,} events of {found.kind} {bucket.words}, {_share(found.share)} had no "
            f"{found.field}, after {lasted}."
        )
    return _alert(
        "recovered",
        _field(found),
        start,
        since=since,
        bucket=bucket,
        severity="info",
        title=title,
        summary=summary,
        facts=[Fact(label="Lasted", value=lasted)],
        labels={"source": found.source, "field": found.field, "change": "empty"},
        synthetic=found.synthetic,
    )


def new_values(
    source: str,
    field: str,
    values: Sequence[tuple[str, int]],
    bucket: Bucket,
    *,
    known: int,
    synthetic: bool = False,
) -> Alert:
    """Tell of values that a publisher never sent before. It is a fact, and has no end.

    Args:
        source: who publishes.
        field: of its events.
        values: with how many events have them.
        bucket: in which they came.
        known: how many values were known.
        synthetic: whether generated events are among its events.
    """
    names = ", ".join(repr(value) for value, _ in values[:_MOST_NAMED])
    more = len(values) - _MOST_NAMED
    names += f" and {more} more" if more > 0 else ""
    events = sum(n for _, n in values)
    return _alert(
        "ringing",
        f"{source}/{field}/new",
        bucket.end,
        since=bucket.begin,
        bucket=bucket,
        severity="info",
        title=f"New {field} from {source}: {names}",
        summary=f"{source} sent {names} as {field} {bucket.words}, in {_many(events, 'event')}; "
        f"it had {_many(known, 'other value')} before.",
        suggestion="If it is a slip, tell who runs it; if it is wanted, there is nothing to do.",
        facts=[
            Fact(label="Publisher", value=source),
            Fact(label="Field", value=field),
            *(Fact(label=f"New: {value}", value=_many(n, "event")) for value, n in values[:_MOST_NAMED]),
        ],
        labels={"source": source, "field": field, "change": "new value"},
        synthetic=synthetic,
    )


def unreadable(topic: str, count: int, usual: float, bucket: Bucket) -> Alert:
    """Tell that more inputs of a topic cannot be read than usual."""
    return _alert(
        "ringing",
        topic,
        bucket.end,
        since=bucket.begin,
        bucket=bucket,
        severity="warning",
        title=f"{count:,} inputs of {topic} could not be read",
        summary=f"{count:,} inputs of {topic} became dead letters {bucket.words}; "
        f"usually it is {amount(usual)} in a {bucket.one}.",
        suggestion=f"'tocsin tail dead-letters' shows them with the reason; tell who publishes to {topic}.",
        facts=[
            Fact(label="Topic", value=topic),
            Fact(label="Dead letters", value=f"{count:,} {bucket.words}"),
            Fact(label="Usually", value=f"{amount(usual)} in a {bucket.one}"),
        ],
        labels={"change": "dead letters"},
        kind=TOPIC,
    )


def readable(topic: str, count: int, bucket: Bucket, start: int, *, since: int, stays: bool) -> Alert:
    """Tell that the inputs of a topic can be read again, or that so many counts as usual by now (`stays`)."""
    lasted = span_words(bucket.end - since)
    return _alert(
        "recovered",
        topic,
        start,
        since=since,
        bucket=bucket,
        severity="info",
        title=f"Inputs of {topic} {'stay unreadable' if stays else 'can be read again'}",
        summary=f"{count:,} became dead letters {bucket.words}. It has been so for {lasted}, and counts as "
        "usual from now on."
        if stays
        else f"{count:,} became dead letters {bucket.words}, as usual; it is over after {lasted}.",
        facts=[Fact(label="Lasted", value=lasted)],
        labels={"change": "dead letters"},
        kind=TOPIC,
    )


def _alert(
    state: State,
    entity: str,
    start: int,
    *,
    since: int,
    bucket: Bucket,
    severity: Severity,
    title: str,
    summary: str,
    facts: Sequence[Fact],
    labels: dict[str, str],
    suggestion: str = "",
    kind: str = ENTITY,
    synthetic: bool = False,
) -> Alert:
    return Alert(
        rule=NAME,
        state=state,
        entity_kind=kind,
        entity=entity,
        episode=episode_id(NAME, kind, entity, str(start)),
        since=utc(since),
        at=utc(bucket.end),
        severity=severity,
        title=title,
        summary=summary,
        suggestion=suggestion,
        facts=(*facts, Fact(label="Since", value=moment_words(since))),
        labels=labels,
        synthetic=synthetic,
    )


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def _field(found: Empty) -> str:
    return f"{found.source}/{found.kind}/{found.field}"


def _share(share: float) -> str:
    """A share of events.

    >>> _share(1.0), _share(0.996), _share(0.031), _share(0.0)
    ('all', 'nearly all', '3.1%', 'none')
    """
    if share >= 1.0:
        return "all"
    if share > _NEARLY_ALL:
        return "nearly all"
    return "none" if share <= 0 else f"{100 * share:.2g}%"
