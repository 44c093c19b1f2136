"""Baskets to count, and counts made the plain way, by other means than ours."""

from __future__ import annotations

import pandas as pd
from hypothesis import strategies as st

from benchmarks.quality.pair_worlds import Basket
from detectors.pairs.counts import Counts

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
