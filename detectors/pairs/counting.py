"""Baskets to counts, exactly, in memory that does not grow beyond a bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain

import numpy as np

from detectors.pairs.bounded import MOST_PAIRS, pruned
from detectors.pairs.counts import Counts, Ints, key, places, starts

CAP = 200
"""Distinct items of a basket, at most. A larger one is left out and counted: 1,108 lines make 613,000 pairs
and say nothing of what belongs together."""

CHUNK = 4_000_000
"""Pairs that are counted at once, before they are added to the others."""


def count(
    baskets: Iterable[Collection[str]], *, cap: int = CAP, most: int = MOST_PAIRS, chunk: int = CHUNK
) -> Counts:
    """Count a set of baskets.

    Args:
        baskets: distinct items of each; an empty one (nothing of it is known at this level) is no basket.
        cap: distinct items of a basket, at most; a larger basket is left out, and counted as oversized.
        most: distinct pairs that are kept, at most; `bounded.pruned` says what is known beyond.
        chunk: pairs that are held besides, about.

    >>> found = count([{"milk", "bread"}, {"milk", "bread", "tea"}, {"tea"}, set("abcd")], cap=3)
    >>> found.names, found.support.tolist(), found.counts.tolist(), found.baskets, found.oversized
    (('bread', 'milk', 'tea'), [2, 2, 2], [2, 1, 1], 3, 1)
    """
    total = None
    left = iter(baskets)
    while part := list(_sized(left, chunk)):
        found = _exactly(part, cap)
        total = pruned(found if total is None else total + found, most)
    return total or Counts()


def _sized(baskets: Iterator[Collection[str]], chunk: int) -> Iterator[Collection[str]]:
    """As many baskets as make about `chunk` pairs."""
    pairs = 0
    for each in baskets:
        yield each
        pairs += len(each) * (len(each) - 1) // 2 + 1
        if pairs >= chunk:
            return


def _exactly(baskets: list[Collection[str]], cap: int) -> Counts:
    kept = [each for each in baskets if 0 < len(each) <= cap]
    support = Counter(chain.from_iterable(kept))
    names = tuple(sorted(support))
    sizes = np.fromiter(map(len, kept), np.int64, len(kept))
    items = places([*chain.from_iterable(kept)], names)
    seen = np.sort(_pairs(sizes, items))
    begins = starts(seen)
    return Counts(
        names,
        np.fromiter((support[name] for name in names), np.int64, len(names)),
        seen[begins],
        np.diff(begins, append=len(seen)),
        len(kept),
        sum(len(each) > cap for each in baskets),
        int((sizes * sizes).sum()),
    )


def _pairs(sizes: Ints, items: Ints) -> Ints:
    """The pairs of every basket; baskets of one size are a matrix, and made at once."""
    begins = np.cumsum(sizes) - sizes
    found = [np.empty(0, np.int64)]
    for size in np.unique(sizes[sizes > 1]).tolist():
        rows = np.sort(items[begins[sizes == size][:, None] + np.arange(size)], axis=1)
        one, two = np.triu_indices(size, 1)
        found.append(key(rows[:, one], rows[:, two]).ravel())
    return np.concatenate(found)
