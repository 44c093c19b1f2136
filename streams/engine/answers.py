"""From what the detectors answer to the alert that tells it."""

from __future__ import annotations

from datetime import timedelta

from alerts.answers import pairs, series
from alerts.figures import Subject
from detectors.pairs.question import Answer, PairQuestion
from detectors.series.point import Point
from detectors.series.question import SeriesQuestion, Turn
from schemas.alert import Alert, Severity
from schemas.duration import format_duration
from schemas.measures import MEASURES, OVERALL
from schemas.shown import Chart


def pairs_answer(
    question: PairQuestion, found: Answer, window: pairs.Window, *, synthetic: bool
) -> Alert | None:
    """The alert of a question about pairs whose window closed; None where the answer is no.

    Args:
        question: that was asked.
        found: what `detectors.pairs.question.stands` said.
        window: that closed.
        synthetic: whether a generated order is among its baskets.
    """
    if not found.yes:
        return None
    met = [
        pairs.Met(
            each.product_a,
            each.product_b,
            each.count,
            each.support_a,
            each.support_b,
            each.lift,
            each.p,
            each.q,
        )
        for each in found.pairs
    ]
    sought = pairs.Sought(
        question.product,
        question.partner,
        question.department,
        question.min_lift,
        question.fdr,
        question.method,
        question.sized,
    )
    return pairs.answer(question.name, sought, window, met, synthetic=synthetic)


def series_answer(
    question: SeriesQuestion,
    turn: Turn,
    newest: Point,
    *,
    since: int,
    at: int,
    currency: str = "",
    chart: Chart | None,
    synthetic: bool,
) -> Alert:
    """The alert of a question about a series whose condition has held long enough, or holds no more.

    Args:
        question: that was asked.
        turn: what `detectors.series.question.ask` said.
        newest: the point that it was asked of.
        since: when the bucket `turn.first` began, ms.
        at: when the newest bucket ended, ms.
        currency: of the series, where it is money.
        chart: the series' last buckets.
        synthetic: whether a generated event is behind the newest bucket.
    """
    subject = Subject(MEASURES[question.measure], question.dimension, question.value, currency)
    asked = series.Asked(subject, condition_words(question, subject), question.bucket_ms)
    about = {} if question.dimension == OVERALL else {question.dimension: question.value}
    bucket = format_duration(timedelta(milliseconds=question.bucket_ms))
    return series.answer(
        "ringing" if turn.what == "ring" else "recovered",
        question.name,
        asked,
        series.Held(turn.first, turn.last, turn.held),
        series.Newest(newest.actual, newest.expected, newest.lower, newest.upper),
        since=since,
        at=at,
        severity=_severity(question, newest),
        labels={"measure": question.measure, "bucket": bucket, **about},
        chart=chart,
        synthetic=synthetic,
    )


def condition_words(question: SeriesQuestion, subject: Subject) -> str:
    """The condition as its owner wrote it, about.

    >>> revenue = Subject(MEASURES["revenue"], currency="EUR")
    >>> condition_words(SeriesQuestion("q", "revenue", "", "", 1, "below forecast", 0.1), revenue)
    'below forecast by 10%'
    >>> condition_words(SeriesQuestion("q", "revenue", "", "", 1, "above", 500.0), revenue)
    'above 500 EUR'
    >>> condition_words(SeriesQuestion("q", "revenue", "", "", 1, "below forecast"), revenue)
    'clearly below forecast'
    """
    threshold, condition = question.threshold, question.condition
    if threshold is None:
        return f"clearly {condition}" if condition.endswith("forecast") else condition
    if condition in ("above", "below"):
        return f"{condition} {subject.number(threshold)}"
    return f"{condition} by {100 * threshold:.4g}%"


def _severity(question: SeriesQuestion, newest: Point) -> Severity:
    """What somebody asks to be told of matters, but where it is good news."""
    good = MEASURES[question.measure].good
    if question.condition == "silent":
        return "warning"
    side = question.condition.partition(" ")[0]
    if side == "outside" and newest.actual is not None and newest.upper is not None:
        side = "above" if newest.actual > newest.upper else "below"
    return "info" if (side, good) in (("above", "up"), ("below", "down")) else "warning"
