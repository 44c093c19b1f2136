"""How far apart the values of a series usually are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median_low

from detectors.series.forecast import HOUR, MINUTE

GAPS = 20
_USUAL = tuple(MINUTE * each for each in (1, 2, 5, 10, 15, 20, 30)) + tuple(
    HOUR * each for each in (1, 2, 3, 4, 6, 8, 12, 24, 168)
)
_LIKE = 1.1


def likely(gaps_ms: Sequence[int]) -> int:
    """The median gap, or the usual length of a bucket that is within a tenth of it.

    >>> likely([300_000, 301_000, 299_000, 900_000]), likely([7_000] * 3), likely([86_400_000])
    (300000, 7000, 86400000)
    """
    gap = max(1, median_low(gaps_ms))
    nearest = min(_USUAL, key=lambda usual: abs(math.log(usual / gap)))
    return nearest if max(nearest / gap, gap / nearest) <= _LIKE else gap
