"""A condition on a series has held for as many buckets as was asked, or holds no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import NamedTuple

from alerts.figures import DAY, Subject, one
from alerts.localtime import date_words
from alerts.rules import watch
from alerts.timeline import moment_words, utc
from schemas.alert import Alert, Fact, Severity, State
from schemas.shown import Chart


class Asked(NamedTuple):
    """What is asked.

    Attributes:
        subject: the series.
        condition: e.g. `below forecast`.
        size: of its buckets, ms.
    """

    subject: Subject
    condition: str
    size: int

    @property
    def about(self) -> str:
        """The series in one phrase.

        >>> from schemas.measures import MEASURES
        >>> Asked(Subject(MEASURES["orders"], "region", "West"), "below forecast", DAY).about
        'orders of region West'
        """
        subject = self.subject
        place = f" of {subject.dimension} {subject.value}" if subject.dimension else ""
        return f"{subject.measure.words}{place}"

    @property
    def words(self) -> str:
        """The whole of it."""
        return f"{self.about} {self.condition}"


class Held(NamedTuple):
    """How long the condition has held, or had.

    Attributes:
        first, last: first and last bucket in which it held, as the series tells time: for days the date, as
            midnight UTC.
        buckets: in how many it did.
    """

    first: int
    last: int
    buckets: int


class Newest(NamedTuple):
    """The bucket that closed: what came, what was expected, the usual range; None: nothing is known."""

    actual: float | None
    expected: float | None
    lower: float | None
    upper: float | None


def answer(
    state: State,
    name: str,
    asked: Asked,
    held: Held,
    newest: Newest,
    *,
    since: int,
    at: int,
    severity: Severity,
    labels: dict[str, str],
    chart: Chart | None,
    synthetic: bool,
) -> Alert:
    """Tell that a condition has held long enough, or that it holds no more.

    Args:
        state: ringing or recovered.
        name: of the question.
        asked: what it asks.
        held: how long.
        newest: the bucket that closed.
        since: when the first bucket began, ms.
        at: when the newest one ended, ms.
        severity: of the ringing.
        labels: measure and slice.
        chart: the series' last buckets.
        synthetic: whether a generated event is behind it.
    """
    spell = _spell(held.buckets, asked.size)
    now = _now(newest, asked)
    if state == "ringing":
        running = f", {spell} running" if held.buckets > 1 else ""
        title = f"{asked.words}{running}"
        summary = f"It has been so since {_when(held.first, asked.size)}. {now}"
    else:
        title = f"{asked.about} no longer {asked.condition}"
        first, last = (_when(each, asked.size) for each in (held.first, held.last))
        times = f", from {first} to {last}" if held.buckets > 1 else f", {first}"
        summary = f"It was so for {spell}{times}. {now}"
    return watch.alert(
        state,
        name,
        held.first,
        since=since,
        at=at,
        severity=severity,
        title=title,
        summary=summary,
        facts=list(_facts(asked, held, newest, spell)),
        labels=labels,
        chart=chart,
        synthetic=synthetic,
    )


def _facts(asked: Asked, held: Held, newest: Newest, spell: str) -> Iterator[Fact]:
    yield Fact(label="Asked", value=asked.words)
    yield Fact(label="Held for", value=f"{spell}, since {_when(held.first, asked.size)}")
    yield Fact(label="Newest", value=asked.subject.number(newest.actual))
    if newest.expected is not None:
        yield Fact(label="Forecast", value=asked.subject.number(newest.expected))
    if asked.condition.startswith("clearly"):
        yield Fact(label="Clearly", value="further off than five values in six")
    if newest.lower is not None and newest.upper is not None:
        yield Fact(label="Usual range", value=asked.subject.span(newest.lower, newest.upper))


def _now(newest: Newest, asked: Asked) -> str:
    found = f"The newest {one(asked.size)} has {asked.subject.number(newest.actual)}"
    if newest.expected is None:
        return f"{found}."
    return f"{found}; the forecast was {asked.subject.number(newest.expected)}."


def _spell(buckets: int, size: int) -> str:
    """So many buckets.

    >>> _spell(3, 86_400_000), _spell(1, 3_600_000), _spell(2, 900_000)
    ('3 days', '1 hour', '2 buckets of 15 min')
    """
    word, rest = one(size).partition(" ")[::2]
    return f"{buckets} {word}{'s' if buckets != 1 else ''} {rest}".rstrip()


def _when(at: int, size: int) -> str:
    """A bucket of a series, by its date or its moment."""
    return date_words(utc(at), UTC) if size >= DAY else moment_words(at)
