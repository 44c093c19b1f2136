"""Baskets of which it is known what belongs together, and what has changed: nothing, or what was planted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

Basket = frozenset[str]


class Restless(NamedTuple):
    """Two windows of a shop whose pairs are never quite the same.

    Attributes:
        reference, current: baskets.
        planted: pairs that truly changed, by what became of them.
    """

    reference: list[Basket]
    current: list[Basket]
    planted: dict[tuple[str, str], str]


def independent(rng: np.random.Generator, baskets: int, items: int, size: float = 6.0) -> list[Basket]:
    """Baskets in which nothing belongs together; some items sell better, and sizes differ."""
    weights = 1 / np.arange(2, items + 2) ** 0.7
    weights /= weights.sum()
    sizes = 1 + rng.poisson(rng.gamma(2.0, size / 2, baskets))
    drawn = [rng.choice(items, int(each), p=weights) for each in sizes]
    return [frozenset(f"p{item:05d}" for item in each.tolist()) for each in drawn]


def catalogue(rng: np.random.Generator, products: int, baskets: int) -> list[Basket]:
    """Baskets of a shop with very many products, all of which are sold, most of them hardly ever.

    Of ten items two are drawn from all alike, the others by their rank; each tenth basket holds one of 20
    pairs that belong together besides.
    """
    ranked = rng.zipf(1.3, (baskets, 8)) % products
    drawn = np.c_[ranked, rng.integers(0, products, (baskets, 2))].tolist()
    found = [frozenset(f"p{item}" for item in row) for row in drawn]
    return [
        basket | {f"hit{n // 10 % 20}", f"hot{n // 10 % 20}"} if n % 10 == 0 else basket
        for n, basket in enumerate(found)
    ] + [frozenset([f"p{item}"]) for item in range(products)]


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


def restless(
    rng: np.random.Generator, *, baskets: int = 8_000, pairs: int = 300, planted: int = 15, swing: float = 0.2
) -> Restless:
    """Two windows in which a product brings its partner along, more often in the one than in the other.

    How often, and how well each product sells, is multiplied in each window by a gamma variable of mean 1 and
    coefficient of variation `swing`, so counts of pairs vary more than any binomial. Only the first `planted`
    pairs change in truth: they rise from 0.04 to 0.4; the next `planted` fall as much.
    """
    number = np.arange(pairs)
    rise, fall = number < planted, (number >= planted) & (number < 2 * planted)
    usual = rng.uniform(0.1, 0.4, pairs)
    shape = 1 / swing**2
    windows = []
    for low, high in ((rise, fall), (fall, rise)):
        often = np.where(low, 0.04, np.where(high, 0.4, usual)) * rng.gamma(shape, 1 / shape, pairs)
        one, other = (rate * rng.gamma(shape, 1 / shape, pairs) for rate in (0.012, 0.01))
        more: list[set[str]] = [set() for _ in range(baskets)]
        for n in range(pairs):
            for at in np.flatnonzero(rng.random(baskets) < one[n]).tolist():
                more[at].add(f"q{n:04d}")
                if rng.random() < often[n]:
                    more[at].add(f"r{n:04d}")
            # The partner is bought for itself too.
            for at in np.flatnonzero(rng.random(baskets) < other[n]).tolist():
                more[at].add(f"r{n:04d}")
        windows.append([a | b for a, b in zip(independent(rng, baskets, 200), more, strict=True)])
    changed = {(f"q{n:04d}", f"r{n:04d}"): "rises" if rise[n] else "falls" for n in range(2 * planted)}
    return Restless(*windows, changed)
