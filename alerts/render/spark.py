"""A curve in one line of text, for the plain part of a mail."""

from __future__ import annotations

from collections.abc import Sequence

LEVELS = "▁▂▃▄▅▆▇█"
GAP = "·"
WIDEST = 48


def spark(values: Sequence[float | None], width: int = WIDEST) -> str:
    """The values from the least to the greatest; neighbours share a character where there are too many.

    >>> spark([0, 1, 2, 3, None, 7]), spark([5, 5]), spark([None])
    ('▁▂▃▄·█', '▄▄', '·')
    """
    count = min(len(values), width)
    shown = [_middle(values[len(values) * n // count : len(values) * (n + 1) // count]) for n in range(count)]
    known = [value for value in shown if value is not None]
    low, span = min(known, default=0.0), max(known, default=0.0) - min(known, default=0.0)
    return "".join(GAP if value is None else _level(value - low, span) for value in shown)


def _middle(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _level(above: float, span: float) -> str:
    if span <= 0:
        return LEVELS[len(LEVELS) // 2 - 1]
    return LEVELS[round(above / span * (len(LEVELS) - 1))]
