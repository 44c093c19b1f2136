"""A standing question about a series: whether something has held for so many closed buckets running.

Asked of every point as its bucket closes, so the answer is a function of the points, however the stream of
them was cut. A bucket that says nothing (no forecast yet, or nothing to make a ratio of) neither holds nor
breaks: a Sunday without deliveries does not end a week of late ones. Buckets that were leapt over do break.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, NamedTuple, TypeAlias, get_args

from detectors.series.point import Point

Condition = Literal[
    "below forecast",
    "above forecast",
    "below range",
    "above range",
    "outside range",
    "below",
    "above",
    "silent",
]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
FORESEEN = frozenset(CONDITIONS[:5])
"""Those that hold a value against what was expected; the others need no forecast."""
CLEARLY = NormalDist().inv_cdf(5 / 6) / NormalDist().inv_cdf(0.975)
"""Of the way from the forecast to the edge of the range. Half of all values are below a forecast, and that is
no news; one in six is so far below it, and one in six so far above: about a standard error, as the range is
about two. Three running are below by chance twice a year; of falls by a third 11 in 12 were found at once or
within ten days."""

Row: TypeAlias = dict[str, int]
"""`seen`: the newest bucket. While the condition holds: the `first` and `last` one in which it did, how many
it `held` in, and whether it `rang` (1) or not (0)."""


@dataclass(frozen=True, slots=True)
class SeriesQuestion:
    """What is asked at the close of each bucket.

    Attributes:
        name: as its owner calls it; the alert's entity.
        measure, dimension, value: the series; an empty dimension is the overall one.
        bucket_ms: the buckets that are asked about.
        condition: what has to hold.
        threshold: the number of `below` and `above`; of `below forecast` and `above forecast` the share of
            the forecast, from 0 on, by which it must be missed, or None: by more than is usual, see
            `CLEARLY`; otherwise not looked at.
        runs: for so many buckets running, from 1 on.
        empty: what a bucket without events counts as: 0, or None where that says nothing, as of a ratio.
    """

    name: str
    measure: str
    dimension: str
    value: str
    bucket_ms: int
    condition: Condition
    threshold: float | None = None
    runs: int = 1
    empty: float | None = 0.0


class Turn(NamedTuple):
    """What is told.

    Attributes:
        what: "ring" when the condition has held long enough, "recover" when it no longer does.
        first, last: first and last bucket in which it held, as the series tells time; `first` begins the
            episode.
        held: in how many it did.
    """

    what: Literal["ring", "recover"]
    first: int
    last: int
    held: int


def ask(question: SeriesQuestion, row: Row | None, point: Point, *, knows: bool) -> tuple[Row, Turn | None]:
    """Take the next closed bucket's point in.

    Args:
        question: what is asked.
        row: what this gave for the point before; None at first.
        point: of the series asked about, each bucket once and in order.
        knows: whether the series has seen enough to have a forecast worth the name; see `Series.knows`.

    >>> asked = SeriesQuestion("Few orders", "orders", "", "", 1, "below", 20.0, runs=2)
    >>> row = None
    >>> for at, value in enumerate([25, 12, 9, 8, 30]):
    ...     row, turn = ask(asked, row, Point(at, value, None, None, None), knows=False)
    ...     print(value, turn)
    25 None
    12 None
    9 Turn(what='ring', first=1, last=2, held=2)
    8 None
    30 Turn(what='recover', first=1, last=3, held=3)
    """
    before = row or {}
    held = holds(question, point) if knows or question.condition not in FORESEEN else None
    leapt = bool(before) and point.at_ms - before["seen"] > question.bucket_ms
    rang = bool(before.get("rang"))
    if held is False or (held is None and leapt):
        turn = Turn("recover", before["first"], before["last"], before["held"]) if rang else None
        return {"seen": point.at_ms}, turn
    if held is None:
        return {**before, "seen": point.at_ms}, None
    if leapt and not rang:
        before = {}
    first, count = before.get("first", point.at_ms), before.get("held", 0) + 1
    rings = not rang and count >= question.runs
    now = {
        "seen": point.at_ms,
        "first": first,
        "last": point.at_ms,
        "held": count,
        "rang": int(rang or rings),
    }
    return now, Turn("ring", first, point.at_ms, count) if rings else None


def holds(question: SeriesQuestion, point: Point) -> bool | None:
    """Whether the condition holds in a bucket; None where the bucket cannot say.

    >>> asked = SeriesQuestion("a", "orders", "", "", 1, "below forecast", 0.1)
    >>> [holds(asked, Point(0, value, 50.0, 40.0, 60.0)) for value in (44.0, 46.0, None)]
    [True, False, True]
    >>> clearly = SeriesQuestion("a", "orders", "", "", 1, "below forecast")
    >>> [holds(clearly, Point(0, value, 50.0, 40.0, 60.0)) for value in (45.0, 46.0)]
    [True, False]
    """
    if question.condition == "silent":
        return point.actual is None
    value = question.empty if point.actual is None else point.actual
    if value is None:
        return None
    low, high = _limits(question, point)
    if low is None and high is None:
        return None
    return (low is not None and value < low) or (high is not None and value > high)


def _limits(question: SeriesQuestion, point: Point) -> tuple[float | None, float | None]:
    """Below the one or above the other, the condition holds."""
    low, high = {
        "forecast": _around(question.threshold, point),
        "range": (point.lower, point.upper),
        "": (question.threshold, question.threshold),
    }[question.condition.partition(" ")[2]]
    side = question.condition.partition(" ")[0]
    return (None if side == "above" else low), (None if side == "below" else high)


def _around(by: float | None, point: Point) -> tuple[float | None, float | None]:
    """What is off the forecast by a share of it, or clearly."""
    expected = point.expected
    if expected is None:
        return None, None
    if by is not None:
        return expected - by * abs(expected), expected + by * abs(expected)
    if point.lower is None or point.upper is None:
        return None, None
    return expected + CLEARLY * (point.lower - expected), expected + CLEARLY * (point.upper - expected)
