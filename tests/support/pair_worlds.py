"""Baskets to count, and counts made the plain way, by other means than ours."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from detectors.pairs.counts import Counts

Basket = frozenset[str]

BASKETS = st.lists(st.frozensets(st.sampled_from("abcdefgh"), max_size=6), max_size=12)


def by_pandas(baskets: list[Basket]) -> dict[tuple[str, str], int]:
    """Every pair with its count, by joining the lines with themselves."""
    lines = pd.DataFrame(
        [(n, item) for n, basket in enumerate(baskets) for item in basket], columns=["basket", "item"]
    )
    both = lines.merge(lines, on="basket", suffixes=("_a", "_b"))
    both = both[both["item_a"] < both["item_b"]]
    return both.groupby(["item_a", "item_b"]).size().to_dict()


def named(counts: Counts) -> dict[tuple[str, str], int]:
    """The pairs of counts by name."""
    first, second = counts.first.tolist(), counts.second.tolist()
    pairs = zip(first, second, counts.counts.tolist(), strict=True)
    return {(counts.names[a], counts.names[b]): n for a, b, n in pairs}


def supports(counts: Counts) -> dict[str, int]:
    """The support of every item by name."""
    return dict(zip(counts.names, counts.support.tolist(), strict=True))


def independent(rng: np.random.Generator, baskets: int, items: int, size: float = 6.0) -> list[Basket]:
    """Baskets in which nothing belongs together; some items sell better, and sizes differ."""
    weights = 1 / np.arange(2, items + 2) ** 0.7
    weights /= weights.sum()
    sizes = 1 + rng.poisson(rng.gamma(2.0, size / 2, baskets))
    drawn = [rng.choice(items, int(each), p=weights) for each in sizes]
    return [frozenset(f"p{item:05d}" for item in each.tolist()) for each in drawn]


def shuffled(baskets: list[Basket], rng: np.random.Generator) -> list[Basket]:
    """The same sizes of baskets and the same supports of items, and chance alone who meets whom."""
    rows = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets])
    names = np.array([item for basket in baskets for item in sorted(basket)], dtype=object)
    codes, labels = pd.factorize(names)
    rng.shuffle(codes)
    while True:
        keys = rows * len(labels) + codes
        order = np.argsort(keys, kind="stable")
        twice = order[1:][np.diff(keys[order]) == 0]
        if not len(twice):
            break
        # An item that fell twice into a basket changes places with any other.
        for one, two in zip(twice, rng.integers(0, len(codes), len(twice)), strict=True):
            codes[one], codes[two] = codes[two], codes[one]
    found: list[set[str]] = [set() for _ in baskets]
    for row, code in zip(rows.tolist(), codes.tolist(), strict=True):
        found[row].add(labels[code])
    return [frozenset(each) for each in found]
