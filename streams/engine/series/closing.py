"""The close of one bucket: every series of its size sees its value, and then it is told what is strange.

A step does so many series and no more; what it found of them waits in rows `p/` for those that follow, as
whether to believe one depends on all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from alerts.observed import Came
from alerts.rules import data_quality, series, series_drift
from detectors.series.drift import Drifted
from schemas.alert import Alert
from schemas.duration import format_duration
from schemas.measures import MEASURES
from streams.engine.options import Options
from streams.engine.records import Send
from streams.engine.ringing import send_alert
from streams.engine.series import dead, shares
from streams.engine.series.asking import Asking
from streams.engine.series.calendar import Calendar
from streams.engine.series.clock import CHECKPOINT, Clock, Shut
from streams.engine.series.drifting import news
from streams.engine.series.keeper import Keeper
from streams.engine.series.options import SeriesOptions
from streams.engine.series.quality import Quality
from streams.engine.series.rings import Closed, Entry, Rings
from streams.engine.series.rows import GAUGES, Rows, index_key, points_key, series_key, values_key
from streams.engine.series.said import Sayer
from streams.engine.series.sums import Sums, total
from streams.engine.series.values import Roll, value_of
from streams.engine.series.watched import Name, Value, Watched, name_of
from streams.engine.state import Outcome

WINDOWS = "windows"
_KEY = b"series"


class Closing:
    """The part of a step that closes buckets.

    Args:
        options: of the engine.
        roll, calendar: of the stage.
        rows, outcome: of the step.
        clock: of the step.
    """

    def __init__(
        self,
        options: Options,
        roll: Roll,
        calendar: Calendar,
        *,
        rows: Rows,
        outcome: Outcome,
        clock: Clock,
    ) -> None:
        assert options.series is not None
        self.options: SeriesOptions = options.series
        self.roll, self.calendar, self.rows, self.outcome, self.clock = roll, calendar, rows, outcome, clock
        self.sayer = Sayer(self.options, calendar)
        self.keeper = Keeper(self.options, calendar, rows, clock)
        self.rings = Rings(self.keeper, self.sayer, rows, clock)
        self.asking = Asking(self.options, self.sayer, rows)
        self._sums: Sums | None = None  # of the bucket that is being closed
        self.told = {
            name: _enabled(options, name) for name in (series.NAME, series_drift.NAME, data_quality.NAME)
        }

    def begin(self, size: int, begin: int) -> Shut:
        """Work out what every series of a size is told of the bucket that has ended."""
        clock, rows, end = self.clock, self.rows, self.clock.done
        shut = clock.shut = Shut(size, begin, end)
        self._sums = None
        sums = self._summed(shut)
        key = index_key(size)
        before: list[str] = (rows.read(key) or {"names": []})["names"]
        names, given_up = self.roll.call(size, end, rows, sums, before)
        for name in given_up:
            self._give_up(shut, name)
        if names != before:
            kept = set(names)
            for text in before:
                if text not in kept:
                    rows.drop(series_key(size, name_of(text)))
            rows.write(key, {"names": names})
        if names:
            gauges = rows.read(GAUGES) or {}
            values = {text: list(self._value(size, name_of(text), sums, gauges)) for text in names}
            rows.write(values_key(size, end), {"begin": begin, "values": values})
        return shut

    def _value(self, size: int, name: Name, sums: Sums, gauges: Mapping[str, Any]) -> Value:
        usual = None
        if MEASURES[name.measure].kind == "ratio":
            usual = shares.quotient(self.rows, name, self.options.slice_bucket / size)
        return value_of(name, sums, gauges, usual)

    def go_on(self, shut: Shut, most: int) -> None:
        """Let so many series see their values; when all have, say what is strange."""
        names: list[str] = (self.rows.read(index_key(shut.size)) or {"names": []})["names"]
        values = self.rows.read(values_key(shut.size, shut.end))
        last = self._last(shut.size)
        entries = [
            self._see(shut, text, values["values"][text], last)
            for text in names[shut.place : shut.place + most]
        ]
        shut.place += len(entries)
        if shut.place < len(names):
            self.rows.write(points_key(shut.parts), {"points": [list(each) for each in entries]})
            shut.parts += 1
            return
        points = [points_key(number) for number in range(shut.parts)]
        earlier = [Entry(*each) for key in points for each in self.rows.read(key)["points"]]
        for key in points:
            self.rows.drop(key)
        self._finish(shut, [*earlier, *entries])

    def _last(self, size: int) -> int | None:
        ends = self.clock.ends.get(str(size))
        return ends[-1] if ends else None

    def _see(self, shut: Shut, text: str, came: Sequence[Any], last: int | None) -> Entry:
        watched, point, drifted = self.keeper.see(shut, name_of(text), came, last)
        if self.asking.asked:
            self._send(self.asking.ask(shut, watched, point))
        if drifted is not None:
            self._drift(shut, watched, drifted)
        return Entry.of(text, watched, point, came[2])

    def _finish(self, shut: Shut, entries: list[Entry]) -> None:
        clock, size = self.clock, str(shut.size)
        sums = self._summed(shut)
        alerts, rang = self.rings.ring(Closed(shut, sums, entries), told=self.told[series.NAME])
        self._send(alerts)
        self._judge_quality(shut, sums)
        if entries:
            self.outcome.sends.append(self._window(shut, entries, rang))
        ends = clock.ends.setdefault(size, [])
        ends.append(shut.end)
        if len(ends) > CHECKPOINT + 1:
            self.rows.drop(values_key(shut.size, ends.pop(0)))
        clock.count[size] = clock.count.get(size, 0) + 1
        clock.shut = None
        if shut.size == self.calendar.sizes[-1]:
            for key in self.rows.bases(0, shut.end):
                self.rows.drop(key)

    def _summed(self, shut: Shut) -> Sums:
        if self._sums is None:
            keys = self.rows.bases(shut.begin, shut.end)
            self._sums = total([self._base(key) for key in keys])
        return self._sums

    def _base(self, key: bytes) -> Sums:
        """The sums of a base bucket; not to be changed."""
        found = self.rows.live(key)
        if not isinstance(found, Sums):
            found = Sums()
            found.add(self.rows.saved(key))
        return found

    def _judge_quality(self, shut: Shut, sums: Sums) -> None:
        sizes = self.calendar.sizes
        if shut.size not in (sizes[0], sizes[-1]):
            return
        rings = self.told[data_quality.NAME]
        quality = Quality(self.rows, self.sayer, rings=rings)
        self._send(quality.close(shut, sums, learn=shut.size == sizes[-1]))
        if shut.size == sizes[0]:
            alerts = dead.judge(shut, sums, self.rows, self.sayer, self.clock.began)
            self._send(alerts if rings else ())

    def _drift(self, shut: Shut, watched: Watched, drifted: Drifted) -> None:
        """Tell that a series has become another one, where that is news."""
        name = watched.name
        told = self.calendar.told(shut.size, shut.begin) - drifted.values * shut.size
        since = self.calendar.began(shut.size, max(0, told))
        if not news(self.clock, name, drifted, since, shut.end):
            return
        change = series_drift.Change(drifted.kind, drifted.before, drifted.after, since)
        alert = series_drift.alert(
            self.sayer.subject(name),
            self.sayer.bucket(shut.size, shut.begin, shut.end),
            change,
            chart=self.sayer.chart(shut.size, watched),
            synthetic=bool(watched.generated),
        )
        self._send([alert] if self.told[series_drift.NAME] else ())

    def _give_up(self, shut: Shut, name: Name) -> None:
        watched = self.keeper.open(shut.size, name, self._last(shut.size))
        if watched.told is not None:
            came = Came(None, None, None, None, 1.0, "silence", "down")
            synthetic = bool(watched.generated)
            self._send([self.rings.over(shut, watched, watched.told, came, "given up", synthetic=synthetic)])

    def _window(self, shut: Shut, entries: Iterable[Entry], rang: set[str]) -> Send:
        points = []
        for entry in entries:
            text, actual, expected, lower, upper, _, score, *_ = entry
            name = name_of(text)
            if actual is None and MEASURES[name.measure].kind in ("count", "sum"):
                actual = 0.0
            points.append(
                {
                    "series": name.entity,
                    "measure": name.measure,
                    "dimension": name.dimension,
                    "slice": name.value,
                    "actual": actual,
                    "expected": expected,
                    "lower": lower,
                    "upper": upper,
                    "score": score,
                    "alert": text in rang,
                    "direction": entry.side,
                    "synthetic": bool(entry.generated),
                }
            )
        closed = {
            "window": "series",
            "from": shut.begin,
            "to": shut.end,
            "bucket": format_duration(timedelta(milliseconds=shut.size)),
            "points": points,
        }
        if shut.size == self.options.slice_bucket:
            closed["left_out"] = shares.left_out(self.rows, self.roll.cuts)
        return Send(WINDOWS, 0, _KEY, orjson.dumps(closed))

    def _send(self, alerts: Iterable[Alert]) -> None:
        self.outcome.sends += [send_alert(self.outcome.row, alert, "series") for alert in alerts]


def _enabled(options: Options, rule: str) -> bool:
    chosen: Any = options.rules.get(rule)
    return chosen is None or chosen.enabled
