"""Which slices make a whole too large or too small: value less what is usual of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.observed import Part
from schemas.measures import MEASURES, OVERALL, Measure
from streams.engine.series import shares
from streams.engine.series.rows import GAUGES, Rows
from streams.engine.series.sums import Parts, Sums
from streams.engine.series.watched import Name, name_of

_MOST = 3
_LEAST = 0.1  # of the whole's


def contributors(
    rows: Rows, sums: Sums, name: Name, *, cuts: tuple[str, ...], actual: float, expected: float
) -> list[Part]:
    """The slices of an overall series that are mostly behind a value, the largest first.

    Of what adds up, a slice was expected to have its usual share of what was expected of the whole; of a
    quotient, what the expected quotient makes of that which it has below the line.

    Args:
        rows: of the step.
        sums: of the bucket.
        name: the overall series.
        cuts: dimensions.
        actual: of the whole.
        expected: of the whole.
    """
    measure = MEASURES[name.measure]
    whole = sums.values.get((name.measure, OVERALL, ""), (0, 0, 0))
    off = (actual - expected) * (whole[1] if measure.kind == "ratio" else 1)
    found = []
    for dimension in cuts:
        usual = shares.usual(rows, name.measure, dimension)
        for value, parts in _slices(rows, sums, measure, dimension).items():
            if measure.kind == "ratio":
                share = parts[1] / whole[1] if whole[1] else 0.0
                amount = parts[0] / measure.scale - expected * parts[1]
            else:
                share = usual.get(value, 0.0)
                amount = parts[0] / measure.scale - expected * share
            if off and amount / off >= _LEAST:
                found.append(Part(dimension, value, amount, amount / off, share))
    found.sort(key=lambda part: (-part.share, part.dimension, part.value))
    return [part for part in found if _place(found, part) < _MOST]


def _slices(rows: Rows, sums: Sums, measure: Measure, dimension: str) -> Mapping[str, Parts]:
    """What each slice has; those that usually have something and came with nothing too."""
    known: dict[str, Parts] = dict.fromkeys(shares.usual(rows, measure.name, dimension), (0, 0, 0))
    if measure.kind == "gauge":
        gauges: Mapping[str, Any] = rows.read(GAUGES) or {}
        for text, (held, generated) in gauges.items():
            each = name_of(text)
            if (each.measure, each.dimension) == (measure.name, dimension):
                known[each.value] = (held, 1, generated)
        return known
    for (name, cut, value), parts in sums.values.items():
        if (name, cut) == (measure.name, dimension):
            known[value] = parts
    return known


def _place(found: list[Part], part: Part) -> int:
    return [each for each in found if each.dimension == part.dimension].index(part)
