"""The detector of one series: a pure state machine that sees one value at a time and never looks ahead."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from detectors.series.bucket import GAPS, likely
from detectors.series.episode import Episode
from detectors.series.forecast import DAY, Forecast
from detectors.series.memory import Memory
from detectors.series.point import Point
from detectors.series.settings import COARSE, Settings
from detectors.series.silence import Silence
from detectors.series.together import Verdict, Views
from detectors.series.usual import EARLY, SLOWEST_ERROR, Usual

# Beyond it, squares and their sums leave the range of floats.
ABSURD = 1e100
LATEST_MS = 200 * 365 * DAY
_NEVER_MS = -LATEST_MS
# An interval needs an error to be made of.
_KNOWN = 3
_SHORT_GAP = 2
# A share of the error that no series keeps to for long.
DWARFED = 1e-9
# Variance that holidays have beside that of other days: the first one's error may be twice as large.
_HOLIDAYS_DIFFER = 3.0
# The score of what is strange while the series already rings: below what rings.
HELD = 0.49


class Series(Memory):
    """One series of numbers in time.

    Args:
        settings: what the series is, and when it rings.
        state: what `dump` gave, to go on from there.

    Raises:
        UnreadableSeries: the state is not one of this version.

    >>> series = Series(Settings(bucket_ms=3_600_000))
    >>> for hour in range(400):
    ...     point = series.update(hour * 3_600_000, 20.0 + hour % 24 + hour * 7 % 5)
    >>> point.alert, point.lower < point.actual < point.upper
    (False, True)
    >>> point = series.update(400 * 3_600_000, 90.0)
    >>> point.alert, point.direction, point.score > 0.5
    (True, 'up', True)
    """

    __slots__ = (
        "_coarse",
        "_counts",
        "_plain",
        "_quiet_ms",
        "_warmup",
        "bucket_ms",
        "dwarfed",
        "episode",
        "forecast",
        "gaps",
        "last_ms",
        "settings",
        "silence",
        "skipped",
        "usual",
        "views",
    )
    KEPT: ClassVar[tuple[str, ...]] = ("bucket_ms", "last_ms", "gaps", "skipped", "dwarfed")
    PARTS: ClassVar[tuple[str, ...]] = ("forecast", "silence", "usual", "views", "episode")

    def __init__(self, settings: Settings, state: dict[str, Any] | None = None) -> None:
        self.settings = settings
        self.last_ms = _NEVER_MS
        self.gaps: list[int] = []
        self.skipped = 0
        self.dwarfed = 0
        self.usual = Usual(settings.outside)
        self.views = Views()
        self.episode = Episode()
        self.forecast = self._unlearnt()
        self.silence = Silence(1)
        self.bucket_ms = 0
        self._follow_settings()
        if settings.bucket_ms:
            self._learn_bucket(settings.bucket_ms)
        if state is not None:
            self.load(state)

    @property
    def knows(self) -> bool:
        """Whether it has seen enough to ring, and for its forecast to be worth the name."""
        return self.usual.seen > self._warmup

    def load(self, saved: Any) -> None:
        """Take a dumped state over; the seasons follow from its bucket."""
        bucket_ms = saved.get("bucket_ms") if isinstance(saved, dict) else None
        if not self.bucket_ms and isinstance(bucket_ms, int) and bucket_ms > 0:
            self._learn_bucket(bucket_ms)
        super().load(saved)

    def update(self, at_ms: int, value: float | None, *, holiday: bool = False, ahead_ms: int = 0) -> Point:
        """Judge a value by what came before it, then learn it.

        Args:
            at_ms: when, ms since 1970 UTC; a time that is not after the last one is not used.
            value: what came; None where the bucket had no value. What is not finite, or absurd, counts as
                none.
            holiday: expect an eighth day of the week.
            ahead_ms: how far the clock that people live by is ahead of UTC; hours and weekdays are its.
        """
        if not self.last_ms < at_ms < LATEST_MS:
            self.skipped += 1
            return Point(at_ms, value, None, None, None, note=self._untimely(at_ms))
        gap, bucket_ms = at_ms - self.last_ms, self.bucket_ms
        empty = self._pass(gap) if gap >= 1.5 * bucket_ms or not bucket_ms else 0
        self.last_ms = at_ms
        slots = self.forecast.slots(at_ms + ahead_ms, holiday=holiday)
        if value is None or not -ABSURD < value < ABSURD:
            return self._missing(at_ms, value, slots, holiday)
        if value and abs(value) < DWARFED * self.usual.error2**0.5:
            self._dwarfed()
        else:
            self.dwarfed = 0
        return self._judge(at_ms, float(value), slots, holiday, empty)

    def _judge(self, at_ms: int, value: float, slots: list[int], holiday: bool, empty: int) -> Point:
        usual, forecast, views = self.usual, self.forecast, self.views
        silent = self.silence.value(slots[-1])
        seen = usual.seen
        if not seen:
            forecast.learn(slots, [None] * len(slots), value, 0.0, 1.0)
        doubt = forecast.doubt(slots) if holiday else 0.0
        expected, error, said = self._expect(slots, doubt)
        residual = (value - expected) / error
        least = usual.least()
        base, spread = usual.mean, math.sqrt(usual.spread2) + least
        if self._counts:
            spike, z = usual.count(value, expected, doubt)
        else:
            z = residual
            spike = views.spike.surprise(abs(z)) if self._coarse else 0.0
        point = self._expected(at_ms, value, expected, error)
        if empty or silent:
            point.note = f"after {max(empty, silent):,} empty buckets"
        sure = self._error(expected, 0.0) / error if doubt else 1.0
        verdict = views.judge(value, z, usual, spread, least, spike if self._coarse else None, sure)
        limit = 6.0 * error if seen > EARLY else abs(value - expected) + error
        forecast.learn(slots, said, value, limit, max(SLOWEST_ERROR, 1.0 / (seen + 1)))
        if self._counts:
            away = value - expected
            if not doubt:
                usual.learn_count(value, expected)
        else:  # as far as it would be at the usual size, on a usual day
            away = residual * (math.sqrt(usual.error2) + least)
        usual.learn(value, away, residual, 6.0 * spread)
        return self._ring(point, verdict, base, spread)

    def _missing(self, at_ms: int, value: float | None, slots: list[int], holiday: bool) -> Point:
        doubt = self.forecast.doubt(slots) if holiday else 0.0
        expected, error, _ = self._expect(slots, doubt)
        self.forecast.miss()
        surprise = self.silence.none(slots[-1])
        point = self._expected(at_ms, None, expected, error)
        if value is not None:
            point.note = f"{value:.6g} is no usable number"
        return self._ring(point, (surprise, "silence", ""), self.usual.mean, self.usual.spread())

    def _ring(self, point: Point, verdict: Verdict, base: float, spread: float) -> Point:
        """Say how strange it is and whether that rings; `base` and `spread` were usual before it."""
        ring_at, episode, at_ms, value = self.settings.ring_at, self.episode, point.at_ms, point.actual
        surprise, view, direction = verdict
        knows = self.usual.seen > self._warmup
        held = episode.rang_ms >= 0 and episode.held(at_ms, self._quiet_ms)
        alert = episode.rings(at_ms, surprise, ring_at, held=held or not knows)
        if episode.since_ms >= 0 and value is not None:
            point.ended = episode.ends(value, surprise, ring_at, held=held)
        if alert:
            episode.begin(base, spread, silent=value is None)
        if episode.since_ms >= 0:
            point.since_ms = episode.since_ms
        if not knows:
            return point
        point.surprise = surprise
        point.score = surprise / (surprise + ring_at)
        if held and point.score > HELD:
            point.score = HELD
        point.alert = alert
        if surprise >= ring_at / 2.0:
            point.view, point.direction = view, direction
        return point

    def _expect(self, slots: list[int], doubt: float) -> tuple[float, float, list[float | None]]:
        expected, said = self.forecast.expects(slots)
        if self._plain:
            error = self.usual.error()
            return expected, error * math.sqrt(1.0 + _HOLIDAYS_DIFFER * doubt) if doubt else error, said
        if not expected > 0.0:
            expected = 0.0
        return expected, self._error(expected, doubt), said

    def _error(self, expected: float, doubt: float) -> float:
        """The usual size of an error around what is expected; larger on days of which little is known."""
        if self._counts:
            return self.usual.count_error(expected, doubt)
        if self._plain:
            return self.usual.error() * math.sqrt(1.0 + _HOLIDAYS_DIFFER * doubt)
        return self.usual.sum_error(expected, doubt)

    def _unlearnt(self) -> Forecast:
        return Forecast(shares=self.settings.kind != "value")

    def _expected(self, at_ms: int, value: float | None, expected: float, error: float) -> Point:
        """What was expected in a value's place, once an interval can be told."""
        usual = self.usual
        if usual.seen < _KNOWN:
            return Point(at_ms, value, None, None, None)
        low, high = expected + usual.below * error, expected + usual.above * error
        if low < 0.0 and (not self._plain or self.views.extreme.low >= 0.0):
            low = min(0.0, expected)  # what was never negative is not expected to be
        return Point(at_ms, value, expected, low, high)

    def _pass(self, gap: int) -> int:
        """Let so much time go on; how many buckets have been left out."""
        if gap >= LATEST_MS:  # the first value
            return 0
        if not self.bucket_ms:
            self.gaps.append(gap)
            if len(self.gaps) == GAPS:
                self._learn_bucket(likely(self.gaps))
                self.gaps = []
            return 0
        if gap < 1.5 * self.bucket_ms:
            return 0
        empty = round(gap / self.bucket_ms) - 1
        if empty > _SHORT_GAP:
            self.forecast.pause()
        return empty

    def _learn_bucket(self, bucket_ms: int) -> None:
        self.bucket_ms = bucket_ms
        self._follow_settings()
        self.forecast.add_seasons(bucket_ms)
        self.silence = Silence(self.forecast.week_slots)

    def _follow_settings(self) -> None:
        settings, bucket_ms = self.settings, self.bucket_ms
        self._counts, self._plain = settings.kind == "count", settings.kind == "value"
        self._coarse = bucket_ms >= COARSE
        self._quiet_ms = settings.quiet(bucket_ms)
        self._warmup = settings.quiet_values(bucket_ms)

    def _dwarfed(self) -> None:
        """Start anew when values have long been nothing beside the error: an absurd one came before them."""
        self.dwarfed += 1
        if self.dwarfed < EARLY:
            return
        self.dwarfed = 0
        self.usual, self.views, self.forecast = Usual(self.settings.outside), Views(), self._unlearnt()
        if self.bucket_ms:
            self.forecast.add_seasons(self.bucket_ms)

    def _untimely(self, at_ms: int) -> str:
        if at_ms == self.last_ms:
            return "a repeated time; not used"
        return (
            "an impossible time; not used"
            if abs(at_ms) >= LATEST_MS
            else "earlier than the value before; not used"
        )
