"""A bound on memory: of too many distinct pairs the frequent ones are kept, with a stated error.

This is Space-Saving in its mergeable form (Agarwal, Cormode, Huang, Phillips, Wei, Yi: Mergeable Summaries,
PODS 2012): where more than k counters are needed, the (k + 1)th largest count v is taken off every counter,
those that reach 0 are forgotten, and the slack grows by v. Each such step takes at least v off k + 1
counters, hence after n pairs

    count <= true count <= count + slack,    slack <= n / (k + 1)

in whatever order days were added. Counts are never too high, so whatever is significant with them is
significant: the bound can hide a pair, and cannot invent one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detectors.pairs.counts import Counts

MOST_PAIRS = 16_000_000
"""Distinct pairs that are kept, at most: 16 bytes each, 256 MB, some 3 times that while two sets are added. A
year of 155,520 grocery baskets of 68,000 products has 12 million."""


def pruned(counts: Counts, most: int = MOST_PAIRS) -> Counts:
    """The counts with at most `most` distinct pairs; they are untouched where these suffice.

    >>> columns = map(np.array, ([9, 9, 9], [1, 2, 1 << 32 | 2], [7, 2, 3]))
    >>> kept = pruned(Counts(("a", "b", "c"), *columns, baskets=9), 2)
    >>> kept.counts.tolist(), kept.slack
    ([5, 1], 2)
    """
    if len(counts.keys) <= most:
        return counts
    off = int(np.partition(counts.counts, len(counts.counts) - most - 1)[len(counts.counts) - most - 1])
    kept = counts.counts > off
    return replace(counts, keys=counts.keys[kept], counts=counts.counts[kept] - off, slack=counts.slack + off)
