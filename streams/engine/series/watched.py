"""One series under watch: its detectors, its curve, and what was told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from detectors.series.drift import Drift, Drifted
from detectors.series.memory import UnreadableSeries
from detectors.series.point import Point
from detectors.series.series import Series
from detectors.series.settings import Kind, Settings
from schemas.measures import MEASURES, OVERALL

CURVE = 60
"""Buckets that a chart shows."""

Curve = list[list[Any]]
"""Time, actual, expected, lower and upper of each bucket."""


_KINDS: Mapping[str, Kind] = {"count": "count", "sum": "sum"}


class Value(NamedTuple):
    """What came in a bucket.

    Attributes:
        actual: the value; None where nothing came.
        generated: whether a generated event is behind it.
        few: whether it is of too little to be judged.
        centre, weight: of a quotient; what is far from `centre` counts `weight` times, since a mean over
            few events strays further. 0 and 1 for anything else.
    """

    actual: float | None
    generated: int = 0
    few: int = 0
    centre: float = 0.0
    weight: float = 1.0

    def seen(self) -> float | None:
        """As the detector sees it.

        >>> Value(0.5, centre=0.1, weight=0.25).seen()
        0.2
        """
        return None if self.actual is None else self.centre + (self.actual - self.centre) * self.weight

    def unseen(self, value: float | None) -> float | None:
        """What the detector says, as a value.

        >>> Value(0.5, centre=0.1, weight=0.25).unseen(0.2)
        0.5
        """
        return None if value is None else self.centre + (value - self.centre) / self.weight


class Name(NamedTuple):
    """A series of one bucket size.

    >>> Name("orders", "region", "West").text, name_of("orders//"), name_of("events/source/a/b").value
    ('orders/region/West', Name(measure='orders', dimension='', value=''), 'a/b')
    """

    measure: str
    dimension: str
    value: str

    @property
    def text(self) -> str:
        """In keys of rows."""
        return "/".join(self)

    @property
    def entity(self) -> str:
        """As alerts and windows call it.

        >>> Name("orders", "", "").entity, Name("orders", "region", "West").entity
        ('orders', 'orders/region=West')
        """
        return f"{self.measure}/{self.dimension}={self.value}" if self.dimension else self.measure

    @property
    def overall(self) -> bool:
        """Whether it is cut by nothing."""
        return self.dimension == OVERALL


@lru_cache(maxsize=8_192)
def name_of(text: str) -> Name:
    """The inverse of `Name.text`; a value may have slashes in it."""
    return Name(*text.split("/", 2))


class Told(NamedTuple):
    """What a person was told, and has not been told the end of.

    Attributes:
        at: the end of the bucket that rang, ms; begins the episode.
        since: when the trouble began, ms.
        direction: where the series went.
        silent: whether for its silence.
        severity: of the alert.
        title: of the alert.
    """

    at: int
    since: int
    direction: str
    silent: bool
    severity: str
    title: str


@dataclass(slots=True)
class Watched:
    """A series as it stands after a bucket.

    Attributes:
        name: which one.
        at: end of the last bucket that it has seen, ms.
        series: what is expected, and how strange what came is.
        drift: whether it has become another one.
        curve: the last buckets, for a chart.
        came: end of the last bucket with a value, ms.
        generated: whether a generated event is behind the last value.
        told: what a person was told.
    """

    name: Name
    at: int
    series: Series
    drift: Drift
    curve: Curve = field(default_factory=list)
    came: int = 0
    generated: int = 0
    told: Told | None = None

    @classmethod
    def fresh(cls, name: Name, size: int, ring_at: float | None) -> Watched:
        """A series of which nothing is known."""
        kind = _KINDS.get(MEASURES[name.measure].kind, "value")
        settings = Settings(kind, size) if ring_at is None else Settings(kind, size, ring_at)
        return cls(name, 0, Series(settings), Drift(size))

    def see(
        self, end: int, told: int, came: Value, *, holiday: bool, ahead: int = 0
    ) -> tuple[Point, Drifted | None]:
        """Take a closed bucket in.

        Args:
            end: of the bucket, ms.
            told: its time as series tell time, ms.
            came: what came.
            holiday: whether it is a holiday's.
            ahead: how far local clocks are ahead of `told`, ms.
        """
        drifted = None
        if came.few:
            since = self.series.episode.since_ms
            point = Point(told, came.actual, None, None, None, since_ms=since if since >= 0 else None)
        else:
            seen = came.seen()
            point = self.series.update(told, seen, holiday=holiday, ahead_ms=ahead)
            # A holiday is no new level, and a gauge follows what it was: neither tells of a change.
            if not holiday and MEASURES[self.name.measure].kind != "gauge":
                drifted = self.drift.update(told + ahead, seen)
            point.actual = came.actual if point.actual is not None else None
            if came.weight != 1.0:
                point.expected, point.lower, point.upper = map(
                    came.unseen, (point.expected, point.lower, point.upper)
                )
                if point.lower is not None and self.series.views.extreme.low >= 0.0:
                    point.lower = max(0.0, point.lower)  # what was never negative is not expected to be
        self.at = end
        if came.actual is not None:
            self.came, self.generated = end, came.generated
        curve = self.curve
        curve.append(
            [told, short(came.actual), short(point.expected), short(point.lower), short(point.upper)]
        )
        if len(curve) > CURVE:
            del curve[0]
        return point, drifted

    def dump(self) -> dict[str, Any]:
        """As a row."""
        return {
            "at": self.at,
            "came": self.came,
            "generated": self.generated,
            "told": list(self.told) if self.told else None,
            "curve": self.curve,
            "series": self.series.dump(),
            "drift": self.drift.dump(),
        }

    @classmethod
    def load(cls, name: Name, size: int, ring_at: float | None, saved: dict[str, Any]) -> Watched:
        """Read a row back; a detector that this version cannot read begins anew."""
        found = cls.fresh(name, size, ring_at)
        try:
            found.series.load(saved["series"])
            found.drift.load(saved["drift"])
        except UnreadableSeries:
            found = cls.fresh(name, size, ring_at)
        found.at, found.came, found.generated = saved["at"], saved["came"], saved["generated"]
        found.curve = [list(each) for each in saved["curve"]]
        found.told = Told(*saved["told"]) if saved["told"] else None
        return found


def short(value: float | None) -> float | None:
    """As many digits as a chart can show; what no chart can is nothing.

    >>> short(1234567.0), short(0.1234567), short(3e15), short(None)
    (1234570.0, 0.123457, None, None)
    """
    if value is None or not -_LARGEST < value < _LARGEST:
        return None
    return float(f"{value:.6g}")


_LARGEST = 1e15  # schemas.shown
