"""What was seen of a series: a bucket, the slices that it is made of, and what is told beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from schemas.shown import Chart


class Came(NamedTuple):
    """What a bucket has, and how strange that is; see `detectors.series.point`.

    Attributes:
        actual: the value; None where nothing came.
        expected, lower, upper: the forecast and the usual range; None while nothing is known.
        p: the chance of something at least as strange.
        view: which look at the series found it.
        direction: where it went: up, down or empty.
    """

    actual: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    p: float
    view: str
    direction: str

    @property
    def silent(self) -> bool:
        """Whether nothing came."""
        return self.view == "silence"

    @property
    def outside(self) -> bool:
        """Whether the value itself is outside of the usual range."""
        if self.actual is None or self.lower is None or self.upper is None:
            return False
        return not self.lower <= self.actual <= self.upper


class Part(NamedTuple):
    """A slice that has more or less than usual: how much, as a share of the whole's, and its own share.

    `usual` is its usual share of what is counted, of a quotient its share of the events below the line.
    """

    dimension: str
    value: str
    amount: float
    share: float
    usual: float


class Story(NamedTuple):
    """What is told beside the bucket itself.

    Attributes:
        start: the end of the bucket that rang, ms; begins the episode.
        since: when the trouble began, ms.
        parts: which slices it is mostly made of, the largest first.
        also: other series that went silent with it.
        chart: the last buckets.
        synthetic: whether a generated event is behind it.
    """

    start: int
    since: int
    parts: Sequence[Part] = ()
    also: Sequence[str] = ()
    chart: Chart | None = None
    synthetic: bool = False
