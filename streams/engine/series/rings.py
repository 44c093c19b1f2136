"""Of all that is strange in one closing: what a person is told of, and when that is over.

A detector rings by itself; looking at many of them, some ring by chance. So a person is told only of what is
believed beside all the others of its family (Benjamini and Hochberg), and is told once for each cause:

* a slice that goes the way its measure's overall series was told to go is one of its contributors;
* so is a longer bucket of what a shorter one has told, and what counts the same events in another way;
* of what a topic makes, the count of its events tells that it went silent, and names the others;
* dead letters are told by the rule for the quality of data.

What was not believed is asked again in each bucket, as long as it stays strange.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from alerts.observed import Came, Part, Story
from alerts.rules import series
from detectors.series.fdr import adjusted
from detectors.series.point import Point
from detectors.series.rarity import LOOKS, chance
from schemas.alert import Alert
from schemas.measures import MEASURES, OVERALL, Measure
from streams.engine.series.clock import Clock, Shut
from streams.engine.series.contributors import contributors
from streams.engine.series.drifting import DEAD
from streams.engine.series.keeper import Keeper
from streams.engine.series.options import DAY
from streams.engine.series.rows import Rows
from streams.engine.series.said import Sayer
from streams.engine.series.sums import Sums
from streams.engine.series.watched import Name, Told, Watched, name_of

FAMILY = 3 * DAY
"""Of shorter buckets; a quiet simulated shop of 70 series then rang 14 times in 21 months."""


_FLOWS: dict[str, Measure] = {}
"""The count of the events of each topic."""
for _measure in MEASURES.values():
    if _measure.kind == "count" and _measure.topic:
        _FLOWS.setdefault(_measure.topic, _measure)


class Entry(NamedTuple):
    """One point of a closing, fit for a row.

    Attributes:
        series: text of its name.
        actual, expected, lower, upper, surprise, score, view, direction: see `Point`.
        rings: whether the detector rings.
        since: where its episode began, as the series tells time; None outside of one.
        ended: how its episode ended with this point, or empty.
        generated: whether a generated event is behind the last value.
        judged: whether the series knows enough to be judged.
    """

    series: str
    actual: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    surprise: float
    score: float
    view: str
    direction: str
    rings: bool
    since: int | None
    ended: str
    generated: int
    judged: bool

    @classmethod
    def of(cls, text: str, watched: Watched, point: Point, few: int) -> Entry:
        """What the series of that name says of its bucket, which is the last of its curve."""
        _, _, expected, lower, upper = watched.curve[-1]
        return tuple.__new__(  # as `_make` does, which is another call for each point
            cls,
            (
                text,
                point.actual,
                expected,
                lower,
                upper,
                point.surprise,
                round(point.score, 4) if point.score else 0.0,
                point.view,
                point.direction,
                point.alert,
                point.since_ms,
                point.ended,
                watched.generated,
                watched.series.knows and not few,
            ),
        )

    @property
    def p(self) -> float:
        """The chance of something at least this strange."""
        return chance(self.surprise, looks=0.0 if self.view == "silence" else LOOKS)

    @property
    def side(self) -> str:
        """Where it went; what is silent went down."""
        return "down" if self.view == "silence" else self.direction


@dataclass
class Closed:
    """A bucket that is closed: its clock, sums, and the points of all series."""

    shut: Shut
    sums: Sums
    entries: Sequence[Entry]


class Rings:
    """Tells, and keeps in mind what it told.

    Args:
        keeper, sayer, rows: of the step.
        clock: of the step; gets what was told.
    """

    def __init__(self, keeper: Keeper, sayer: Sayer, rows: Rows, clock: Clock) -> None:
        self.keeper, self.sayer, self.rows, self.clock = keeper, sayer, rows, clock
        self.options = keeper.options

    def ring(self, closed: Closed, *, told: bool) -> tuple[list[Alert], set[str]]:
        """What is to be said of a closed bucket, and the series that ring for a person in it.

        Args:
            closed: the bucket.
            told: whether anything new may be told.
        """
        believed = self._believed(closed.shut.size, closed.entries) if told else set()
        alerts: list[Alert] = []
        rang: set[str] = set()
        for entry in closed.entries:
            if not entry.ended and entry.since is None:
                continue
            name = name_of(entry.series)
            watched = self.keeper.open(closed.shut.size, name, closed.shut.end)
            was = watched.told
            if was is not None and (entry.ended or entry.since is None):
                alerts.append(self._over(closed, entry, watched, was, entry.ended or "settled"))
                was = None
            if was is None and entry.series in believed and not self._covered(closed, entry, name):
                was, alert = self._told(closed, entry, watched)
                alerts.append(alert)
                rang.add(entry.series)
            if was != watched.told:
                self.keeper.tell(closed.shut.size, watched, was)
        return alerts, rang

    def _believed(self, size: int, entries: Sequence[Entry]) -> set[str]:
        """Series that are strange, and of which that is believed.

        A closing of days is a family of tests by itself. Shorter buckets close more often, and a person has
        no more evenings for that: all that closes in three days is one family.
        """
        judged = [entry for entry in entries if entry.judged]
        if not [entry for entry in judged if entry.since is not None]:
            return set()
        family = 1 if size >= DAY else FAMILY // size
        q = adjusted([entry.p for entry in judged], tests=family * len(judged))
        return {
            entry.series
            for entry, each in zip(judged, q, strict=True)
            if each <= self.options.rate and entry.since is not None
        }

    def _covered(self, closed: Closed, entry: Entry, name: Name) -> bool:
        """Whether what was told, or will be, tells it already."""
        measure, silent = MEASURES[name.measure], entry.view == "silence"
        if measure.name == DEAD or (silent and self._flow_is_silent(closed, measure)):
            return True
        since = self.keeper.calendar.began(closed.shut.size, entry.since or 0)
        for key, (_, side, over, was_silent) in self.clock.overall.items():
            other, size = MEASURES[key.split("/")[0]], int(key.split("/")[1])
            if size > closed.shut.size or (over is not None and over <= since):
                continue
            itself = name.overall and size == closed.shut.size and other is measure
            along = not entry.side or not side or entry.side == side
            if along and other.num == measure.num and not itself:
                return True
            if was_silent and entry.side == "down" and measure.topic and other.topic == measure.topic:
                return True
        return False

    def _flow_is_silent(self, closed: Closed, measure: Measure) -> bool:
        """Whether nothing came of the topic at all: that is for the count of its events to tell."""
        flow = _FLOWS.get(measure.topic)
        if flow is None or flow is measure:
            return False
        whole = Name(flow.name, OVERALL, "").text
        return any(entry.series == whole and entry.actual is None for entry in closed.entries)

    def _told(self, closed: Closed, entry: Entry, watched: Watched) -> tuple[Told, Alert]:
        shut, name = closed.shut, watched.name
        since = self.keeper.calendar.began(shut.size, entry.since or 0)
        if entry.view == "silence":
            since = min(since, watched.came)
        subject, bucket = self.sayer.subject(name), self.sayer.bucket(shut.size, shut.begin, shut.end)
        came = _came(entry)
        parts: list[Part] = []
        told = shut.size >= DAY or not self.options.daily  # of slices, partitions tell by the day otherwise
        if told and name.overall and entry.actual is not None and entry.expected is not None:
            cuts = self.options.measures[name.measure].by
            parts = contributors(
                self.rows, closed.sums, name, cuts=cuts, actual=entry.actual, expected=entry.expected
            )
        story = Story(
            shut.end,
            since,
            parts,
            self._also(closed, entry, name) if entry.view == "silence" else (),
            self.sayer.chart(shut.size, watched),
            bool(entry.generated),
        )
        alert = series.alert(subject, bucket, came, story)
        if name.overall:
            self.clock.overall[f"{name.measure}/{shut.size}"] = [
                shut.end,
                entry.side,
                None,
                entry.view == "silence",
            ]
        silent = entry.view == "silence"
        return Told(shut.end, since, entry.side, silent, alert.severity, alert.title), alert

    def _also(self, closed: Closed, entry: Entry, name: Name) -> list[str]:
        """Overall series of the same topic that are silent, too."""
        topic = MEASURES[name.measure].topic
        others = [
            name_of(each.series) for each in closed.entries if each.view == "silence" and each is not entry
        ]
        return [
            MEASURES[each.measure].words
            for each in others
            if each.overall and topic and MEASURES[each.measure].topic == topic
        ]

    def _over(self, closed: Closed, entry: Entry, watched: Watched, told: Told, how: Any) -> Alert:
        shut = closed.shut
        return self.over(shut, watched, told, _came(entry), how, synthetic=bool(entry.generated))

    def over(
        self, shut: Shut, watched: Watched, told: Told, came: Came, how: Any, *, synthetic: bool
    ) -> Alert:
        """Tell the end of what was told."""
        subject = self.sayer.subject(watched.name)
        bucket = self.sayer.bucket(shut.size, shut.begin, shut.end)
        chart = self.sayer.chart(shut.size, watched)
        story = Story(told.at, told.since, chart=chart, synthetic=synthetic)
        key = f"{watched.name.measure}/{shut.size}"
        if watched.name.dimension == OVERALL and key in self.clock.overall:
            self.clock.overall[key][2] = shut.end
        return series.over(subject, bucket, came, story, ended=how, was=told.title, side=told.direction)


def _came(entry: Entry) -> Came:
    return Came(entry.actual, entry.expected, entry.lower, entry.upper, entry.p, entry.view, entry.direction)
