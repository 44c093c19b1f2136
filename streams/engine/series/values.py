"""What each series is told when its bucket closes, and which series there are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from schemas.measures import MEASURES, OTHERS, OVERALL
from streams.engine.series import shares
from streams.engine.series.options import SeriesOptions
from streams.engine.series.rows import GAUGES, Rows
from streams.engine.series.sums import Parts, Slice, Sums, bounded
from streams.engine.series.watched import Name, Value, name_of

_GAUGES = frozenset(name for name, each in MEASURES.items() if each.kind == "gauge")
LEAST_OF_A_RATIO = 10
"""Events below the line from which on a quotient is judged: two of three say next to nothing."""

_NOTHING = Value(None)


def value_of(
    name: Name, sums: Sums, gauges: Mapping[str, Any], usual: tuple[float, float] | None = None
) -> Value:
    """What a series is told of a bucket.

    Args:
        name: of the series.
        sums: of the bucket.
        gauges: running totals.
        usual: of a quotient, what it usually is, and of how many events in such a bucket; None where that is
            not known yet.

    >>> west = Name("conversion", "region", "West")
    >>> value_of(west, Sums({tuple(west): (4, 12, 0)}), {}, usual=(0.2, 48.0))
    Value(actual=0.3333333333333333, generated=0, few=0, centre=0.2, weight=0.5)
    >>> value_of(west, Sums(), {})
    Value(actual=None, generated=0, few=0, centre=0.0, weight=1.0)
    """
    measure = MEASURES[name.measure]
    if measure.kind == "gauge":
        held, generated = gauges.get(name.text, (0, 0))
        return Value(measure.value(held, 1), generated)
    parts = sums.values.get(name)
    if parts is None or (measure.kind == "count" and parts[0] <= 0):
        return _NOTHING
    num, den, generated = parts
    actual = measure.value(num, den)
    if measure.kind != "ratio" or den <= 0:
        return Value(actual, generated)
    if usual is None or den < LEAST_OF_A_RATIO:
        return Value(actual, generated, few=1)
    centre, events = usual
    return Value(actual, generated, 0, centre, min(1.0, math.sqrt(den / events)) if events > 0 else 1.0)


class Roll:
    """Which series there are.

    Args:
        options: see there.
    """

    def __init__(self, options: SeriesOptions) -> None:
        self.options = options
        self.cuts = [
            (name, dimension)
            for name, chosen in options.measures.items()
            for dimension in (OVERALL, *chosen.by)
        ]
        self.asked = {
            (question.bucket_ms, Name(question.measure, question.dimension, question.value))
            for question in options.questions
        }
        # Of each size what was called last, and what could have come beside it.
        self._last: dict[int, tuple[list[str], frozenset[Name]]] = {}

    def call(
        self, size: int, end: int, rows: Rows, sums: Sums, before: list[str]
    ) -> tuple[list[str], list[Name]]:
        """The series of a bucket that closes, in order, and those that are given up.

        Args:
            size: of the bucket, ms.
            end: of the bucket, ms.
            rows: of the step.
            sums: what the bucket has.
            before: those of the bucket before it.
        """
        gauges = rows.read(GAUGES) or {}
        sliced = size == self.options.slice_bucket
        last, absent = self._last.get(size, (None, frozenset()))
        if not sliced and last == before and not _any_there(absent, sums, gauges):
            return before, []  # as nearly always
        names = {name for each in before if self._wanted(size, name := name_of(each))}
        given_up: list[Name] = []
        if sliced:
            values = self._by_cut(sums, gauges)
            for at in self.cuts:
                shares.update(self.options, rows, values.get(at, {}), at, end)
            admitted = set(shares.admitted(rows, self.cuts))
            given_up = sorted(
                name for name in names - admitted if not name.overall and (size, name) not in self.asked
            )
            names = (names | admitted).difference(given_up)
        names |= {each for each in self._whole(size) - names if _there(each, sums, gauges)}
        # A measure's overall series comes first: what its slices have to say depends on it.
        found = [each.text for each in sorted(names, key=lambda name: (not name.overall, name))]
        self._last[size] = found, frozenset(self._whole(size) - names)
        return found, given_up

    def _wanted(self, size: int, name: Name) -> bool:
        chosen = self.options.measures.get(name.measure)
        if (size, name) in self.asked:
            return True
        if chosen is None or name.value == OTHERS:
            return False
        if name.overall:
            return size in self.options.buckets
        only = chosen.only.get(name.dimension)
        cut = name.dimension in chosen.by and (only is None or name.value in only)
        return cut and size == self.options.slice_bucket

    def _whole(self, size: int) -> set[Name]:
        """Those that there are as soon as they have a value."""
        found = {name for asked, name in self.asked if asked == size}
        if size in self.options.buckets:
            found |= {Name(measure, "", "") for measure in self.options.measures}
        return found

    def _by_cut(self, sums: Sums, gauges: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, Parts]]:
        found: dict[tuple[str, str], dict[str, Parts]] = {}
        for (measure, dimension, value), parts in sums.values.items():
            if MEASURES[measure].kind != "gauge":
                found.setdefault((measure, dimension), {})[value] = parts
        for text, (held, generated) in gauges.items():
            name = name_of(text)
            if held > 0:
                found.setdefault((name.measure, name.dimension), {})[name.value] = (held, 1, generated)
        return found


def _there(name: Name, sums: Sums, gauges: Mapping[str, Any]) -> bool:
    if name.measure in _GAUGES:
        return name.text in gauges
    return name in sums.values and value_of(name, sums, gauges).actual is not None


def _any_there(names: frozenset[Name], sums: Sums, gauges: Mapping[str, Any]) -> bool:
    if names.isdisjoint(sums.values) and not gauges:
        return False
    return any(_there(each, sums, gauges) for each in names)


def carry(rows: Rows, sums: Sums, most: int) -> None:
    """Add what came to the running totals; of too many slices those of the largest totals are kept.

    Args:
        rows: of the step.
        sums: of a base bucket.
        most: slices of a measure and dimension that are kept, at most.
    """
    before = rows.read(GAUGES) or {}
    found = dict(before)
    for at, (num, _, generated) in sums.values.items():
        if num and at[0] in _GAUGES:
            text = Name(*at).text
            held, old = found.get(text, (0, 0))
            found[text] = [bounded(held + num), generated | old]
            if held + num == 0:
                del found[text]
    if found == before:
        return
    kept = _largest(found, most)
    rows.write(GAUGES, {text: found[text] for text in sorted(kept)})


def _largest(found: Mapping[str, Any], most: int) -> set[str]:
    by_cut: dict[Slice, list[str]] = {}
    for text in found:
        name = name_of(text)
        by_cut.setdefault((name.measure, name.dimension, ""), []).append(text)
    kept: set[str] = set()
    for texts in by_cut.values():
        kept |= set(sorted(texts, key=lambda text: (-abs(found[text][0]), text))[:most])
    return kept
