"""A series is not as it usually is, for better or worse; and what returns says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts.figures import Bucket, Subject, rare
from alerts.observed import Came, Part, Story
from alerts.timeline import moment_words, span_words, utc
from schemas.alert import Alert, Fact, Severity, episode_id
from schemas.duration import format_duration

NAME = "series"
ENTITY = "series"

Ended = Literal["recovered", "settled", "given up"]
_MOST_PARTS = 3
_MOSTLY = 0.5  # of what is too much or too little
_BEYOND = 1.3  # times a slice's usual share


class Settings(BaseModel):
    """What a shop may turn; what is measured, and how finely, is the key `series` of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = Field(default=True, description="whether series ring")


def alert(subject: Subject, bucket: Bucket, came: Came, story: Story) -> Alert:
    """Tell that something is not as usual."""
    usual, what = _usual(subject, came), _what(bucket, came)
    value = f"{_capital(subject.words)}: {subject.number(came.actual)}"
    sentences = [f"{value} {bucket.words}" + (f", where {usual} is usual" if usual else "")]
    sentences[0] += f" ({rare(came.p, bucket.one)})."
    sentences.append(f"{_capital(what)}." if what else "")
    sentences.append(f"Since {moment_words(story.since)}." if story.since < bucket.begin else "")
    sentences.append(_mostly(subject, story.parts))
    sentences.append(f"Silent with it: {', '.join(story.also)}." if story.also else "")
    within = came.view == "extreme" and not came.outside  # such an hour may be so high, but never was
    lasting = came.silent and story.since < bucket.begin
    title = ", ".join(
        each
        for each in (
            f"{value} for {span_words(bucket.end - story.since)}" if lasting else value,
            what if usual else "",
            f"usual is {usual}" if usual and not within else "",
        )
        if each
    )
    return Alert(
        rule=NAME,
        state="ringing",
        entity_kind=ENTITY,
        entity=subject.entity,
        episode=_episode(subject, bucket, story.start),
        since=utc(story.since),
        at=utc(bucket.end),
        severity=severity(subject, came),
        title=title,
        summary=" ".join(each for each in sentences if each),
        suggestion=_suggestion(subject, came, story.parts),
        facts=tuple(_facts(subject, bucket, came, story)),
        labels=labels(subject, bucket, _side(came)),
        synthetic=story.synthetic,
        chart=story.chart,
    )


def over(
    subject: Subject, bucket: Bucket, came: Came, story: Story, *, ended: Ended, was: str, side: str
) -> Alert:
    """Tell that it is over.

    Args:
        subject: the series.
        bucket: the one that ended it.
        came: what it has.
        story: as it was told; its parts are not looked at.
        ended: how.
        was: the title that rang.
        side: the direction that was told.
    """
    name = _capital(subject.words)
    lasted = span_words(bucket.end - story.since)
    now = f"{subject.number(came.actual)} {bucket.words}"
    usual = f", where {_usual(subject, came)} is usual" if _usual(subject, came) else ""
    title, summary = {
        "recovered": (f"{name}: back to usual", f"{now}{usual}; back to usual after {lasted}."),
        "settled": (
            f"{name}: settled at another level",
            f"{now}{usual}. After {lasted} it is calm, but elsewhere: this counts as usual from now on.",
        ),
        "given up": (
            f"{name}: watched no more",
            f"Nothing has come since {moment_words(story.since)}, so it is not watched any more.",
        ),
    }[ended]
    facts = [
        Fact(label="Now", value=now),
        Fact(label="Rang as", value=was),
        Fact(label="Lasted", value=lasted),
    ]
    return Alert(
        rule=NAME,
        state="recovered",
        entity_kind=ENTITY,
        entity=subject.entity,
        episode=_episode(subject, bucket, story.start),
        since=utc(story.since),
        at=utc(bucket.end),
        severity="info",
        title=title,
        summary=_capital(summary),
        facts=tuple(facts),
        labels=labels(subject, bucket, side),
        synthetic=story.synthetic,
        chart=story.chart,
    )


def severity(subject: Subject, came: Came) -> Severity:
    """Bad news warns, good news informs.

    >>> from schemas.measures import MEASURES
    >>> up = Came(9, 4, 3, 5, 0.001, "spike", "up")
    >>> severity(Subject(MEASURES["orders"]), up), severity(Subject(MEASURES["returns"]), up)
    ('info', 'warning')
    """
    good, side = subject.measure.good, _side(came)
    if good == "neither":
        return "warning" if came.silent else "info"
    return "warning" if side and side != good else "info"


def labels(subject: Subject, bucket: Bucket, side: str) -> dict[str, str]:
    """For filters."""
    found = {"measure": subject.measure.name, "bucket": format_duration(timedelta(milliseconds=bucket.size))}
    if side:
        found["direction"] = side
    if subject.dimension:
        found[subject.dimension] = subject.value
    return found


def _episode(subject: Subject, bucket: Bucket, start: int) -> str:
    return episode_id(NAME, ENTITY, subject.entity, f"{bucket.size}/{start}")


def _side(came: Came) -> str:
    return "down" if came.silent else came.direction


def _what(bucket: Bucket, came: Came) -> str:
    """What is strange, where it is not the value alone."""
    side = came.direction
    if came.view == "extreme" and side:
        return f"the {'highest' if side == 'up' else 'lowest'} {bucket.one} so far"
    if came.view == "variance":
        return {"up": "larger ups and downs", "down": "smaller ups and downs"}.get(
            side, "other ups and downs"
        )
    if came.view == "pattern":
        return "ups and downs in an order seldom seen"
    if came.view == "level" and side and not came.outside:
        return f"{'higher' if side == 'up' else 'lower'} than usual for some time"
    return ""


def _usual(subject: Subject, came: Came) -> str:
    return subject.span(came.lower, came.upper) if came.lower is not None and came.upper is not None else ""


def _mostly(subject: Subject, parts: Sequence[Part]) -> str:
    for part in parts:
        if part.share >= _MOSTLY and part.share >= _BEYOND * part.usual:
            return f"Most of it: {part.dimension} {part.value} ({subject.more(part.amount)})."
    return ""


def _facts(subject: Subject, bucket: Bucket, came: Came, story: Story) -> Iterator[Fact]:
    yield Fact(label="Came", value=f"{subject.number(came.actual)} {bucket.words}")
    if came.expected is not None:
        yield Fact(label="Expected", value=subject.number(came.expected))
    if usual := _usual(subject, came):
        yield Fact(label="Usual range", value=usual)
    yield Fact(label="How rare", value=rare(came.p, bucket.one))
    yield Fact(label="Since", value=moment_words(story.since))
    for dimension in dict.fromkeys(part.dimension for part in story.parts):
        largest = [part for part in story.parts if part.dimension == dimension][:_MOST_PARTS]
        told = "; ".join(
            f"{part.value} {subject.more(part.amount)} ({_weight(subject, part)})" for part in largest
        )
        yield Fact(label=f"By {dimension}", value=told)
    if story.also:
        yield Fact(label="Silent with it", value=", ".join(story.also))


def _weight(subject: Subject, part: Part) -> str:
    of = "with" if subject.measure.kind == "ratio" else "usually"
    return f"{of} {part.usual:.0%} of the whole"


_STEPS = {
    ("checkout_failures", "up"): "Try a payment yourself, and look at the payment provider's status and the "
    "last release.",
    ("checkouts_failed", "up"): "Try a payment yourself, and look at the payment provider's status and the "
    "last release.",
    ("conversion", "down"): "Go through a checkout yourself; look at prices, stock and the last release.",
    (
        "orders",
        "down",
    ): "Place an order yourself; look whether a campaign has ended or an input has broken off.",
    ("revenue", "down"): "See first whether there are fewer orders or smaller ones.",
    ("sessions", "down"): "Open the shop yourself; look at campaigns and at the tracking.",
    ("delivery_delay", "up"): "Ask the carrier what has happened, and tell the customers who wait.",
    ("cancellations", "up"): "Read why the last ones were cancelled: stock, payment or delivery.",
    ("returns", "up"): "Read why the last ones came back, and look whether it is one product.",
    ("out_of_stock", "up"): "Look which products are missing, and when they come.",
    ("tickets", "up"): "Read the last ten tickets: most of them likely tell of one cause.",
    ("unanswered_tickets", "up"): "Answer the oldest first; look whether somebody is missing in support.",
    ("orders", "up"): "Look whether stock and delivery can follow, and what brought it.",
}


def _suggestion(subject: Subject, came: Came, parts: Sequence[Part]) -> str:
    if came.silent and subject.measure.good != "down":
        return "See with 'tocsin status' whether the publisher still sends."
    step = _STEPS.get((subject.measure.name, came.direction), "")
    if step and _mostly(subject, parts):
        first = next(each for each in parts if each.share >= _MOSTLY and each.share >= _BEYOND * each.usual)
        return f"Begin with {first.dimension} {first.value}. {step}"
    return step


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
