"""A condition on a series has held for as many buckets as was asked, or holds no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import NamedTuple

from alerts.amounts import amount
from alerts.localtime import date_words
from alerts.rules import watch
from alerts.timeline import moment_words, span_words, utc
from schemas.alert import Alert, Fact, Severity, State
from schemas.shown import Chart

_DAY = 86_400_000


class Asked(NamedTuple):
    """What is asked.

    Attributes:
        subject: the series, e.g. `orders of region West`.
        condition: e.g. `below forecast`.
        unit, currency: of the values; see `alerts.amounts`.
        bucket: length of a bucket, ms.
    """

    subject: str
    condition: str
    unit: str
    currency: str
    bucket: int

    def amount(self, value: float | None) -> str:
        """A value of the series in words."""
        return amount(value, self.unit, self.currency)


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
    spell = _spell(held.buckets, asked.bucket)
    now = _now(newest, asked)
    if state == "ringing":
        running = f", {spell} running" if held.buckets > 1 else ""
        title = f"{asked.subject} {asked.condition}{running}"
        summary = f"It has been so since {_when(held.first, asked.bucket)}. {now}"
    else:
        title = f"{asked.subject} no longer {asked.condition}"
        first, last = (_when(each, asked.bucket) for each in (held.first, held.last))
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
    yield Fact(label="Asked", value=f"{asked.subject} {asked.condition}")
    yield Fact(label="Held for", value=f"{spell}, since {_when(held.first, asked.bucket)}")
    yield Fact(label="Newest", value=asked.amount(newest.actual))
    if newest.expected is not None:
        yield Fact(label="Forecast", value=asked.amount(newest.expected))
    if newest.lower is not None and newest.upper is not None:
        yield Fact(label="Usual range", value=f"{asked.amount(newest.lower)} to {asked.amount(newest.upper)}")


def _now(newest: Newest, asked: Asked) -> str:
    found = f"The newest {_bucket(asked.bucket)} has {asked.amount(newest.actual)}"
    if newest.expected is None:
        return f"{found}."
    return f"{found}; the forecast was {asked.amount(newest.expected)}."


def _bucket(ms: int) -> str:
    """One bucket.

    >>> _bucket(86_400_000), _bucket(3_600_000), _bucket(900_000)
    ('day', 'hour', 'bucket of 15 min')
    """
    return {_DAY: "day", 3_600_000: "hour"}.get(ms, f"bucket of {span_words(ms)}")


def _spell(buckets: int, ms: int) -> str:
    """So many buckets.

    >>> _spell(3, 86_400_000), _spell(1, 3_600_000), _spell(2, 900_000)
    ('3 days', '1 hour', '2 buckets of 15 min')
    """
    one, rest = _bucket(ms).partition(" ")[::2]
    return f"{buckets} {one}{'s' if buckets != 1 else ''} {rest}".rstrip()


def _when(at: int, bucket: int) -> str:
    """A bucket of a series, by its date or its moment."""
    return date_words(utc(at), UTC) if bucket >= _DAY else moment_words(at)
