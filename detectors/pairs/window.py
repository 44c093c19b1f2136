"""A window over closed days: the counts of the last 7, 28 or 90, or of the days before them.

Days are counted once and kept; a window is the sum of its days, made when somebody looks at it. That is
exact, and equals a batch count of the same baskets. Parts, such as weeks, may be added up beforehand.
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
        days: counts of each, or of some at once; they may be made one by one.
        most: distinct pairs that are kept; beyond, `bounded.pruned` says what is known.
    """
    found, pairs = Counts(), 0
    waiting: list[Counts] = []
    for each in days:
        waiting.append(each)
        pairs += len(each.keys)
        if pairs > most:
            found, waiting, pairs = pruned(added([found, *waiting]), most), [], 0
    if len(waiting) == 1 and not found.names:
        return pruned(waiting[0], most)
    return pruned(added([found, *waiting]), most) if waiting else found
