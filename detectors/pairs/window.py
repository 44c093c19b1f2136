"""A window over closed days: the counts of the last 7, 28 or 90, or of the days before them.

Days are counted once and kept; a window is the sum of its days, made in one pass when somebody looks at it.
That is exact, equals a batch count of the same baskets, and takes no longer than to move a running sum by a
week: each of the two passes over about as many pairs.
"""

from __future__ import annotations

from collections.abc import Iterable

from detectors.pairs.bounded import pruned
from detectors.pairs.counts import Counts, added

MOST_PAIRS = 4_000_000
"""Distinct pairs of one window, at most, 64 MB. A grocer's 90 days have 3.4 million."""


def total(days: Iterable[Counts], most: int = MOST_PAIRS) -> Counts:
    """The sum of days, with at most `most` distinct pairs, and not many times as many on the way.

    Args:
        days: counts of each; they may be made one by one.
        most: distinct pairs that are kept; beyond, `bounded.pruned` says what is known.
    """
    found, pairs = Counts(), 0
    waiting: list[Counts] = []
    for each in days:
        waiting.append(each)
        pairs += len(each.keys)
        if pairs > most:
            found, waiting, pairs = pruned(added([found, *waiting]), most), [], 0
    return pruned(added([found, *waiting]), most) if waiting else found
