"""Which pairs are bought together more often than their own sales explain.

One-sided Fisher's exact test for every pair that was seen; Benjamini-Hochberg over *all possible* pairs of
what was sold, since each of them could have been found; and a least lift, because a large shop makes the
slightest leaning significant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.pairs.correction import Method, q_values
from detectors.pairs.counts import Counts, Ints
from detectors.pairs.tails import Floats, hypergeometric, hypergeometric_term


class Rule(NamedTuple):
    """When a pair deserves a word.

    Attributes:
        fdr: false discovery rate, the largest share of mere chance among what is told.
        method: "bh", or "by" for any dependence.
        min_lift: how many times as often as by chance, at least.
        sized: whether a pair must stand out even from what large baskets bring together by themselves; see
            `Counts.effective`. The same test on fewer baskets, so it only takes pairs away.
    """

    fdr: float = 0.05
    method: Method = "bh"
    min_lift: float = 1.2
    sized: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair of a window; product_a < product_b.

    Attributes:
        product_a, product_b: products, or categories.
        count: baskets with both.
        support_a, support_b: baskets with each.
        baskets: all of them.
        lift: count over what chance would give.
        p: one-sided Fisher's exact test of this pair alone.
        q: the same, corrected for all possible pairs of the window.
    """

    product_a: str
    product_b: str
    count: int
    support_a: int
    support_b: int
    baskets: int
    lift: float
    p: float
    q: float


@dataclass(frozen=True, eq=False)
class Judged:
    """Every seen pair of a window, judged; arrays are parallel to `counts.keys`.

    `stands_out` says which of them large baskets alone do not explain, `relevant` which deserve a word. What
    could not be called at a false discovery rate of `reach` has p = q = 1 and lift 0.
    """

    counts: Counts
    rule: Rule
    lift: Floats
    p: Floats
    q: Floats
    stands_out: npt.NDArray[np.bool_]
    relevant: npt.NDArray[np.bool_]
    reach: float = 1.0

    def pairs(self, rows: npt.NDArray[np.intp]) -> list[Pair]:
        """Some of them, in words and numbers."""
        counts = self.counts
        first, second = counts.first[rows].tolist(), counts.second[rows].tolist()
        numbers = zip(
            *(column[rows].tolist() for column in (counts.counts, self.lift, self.p, self.q)), strict=True
        )
        return [
            Pair(
                counts.names[a],
                counts.names[b],
                n,
                int(counts.support[a]),
                int(counts.support[b]),
                counts.baskets,
                *rest,
            )
            for a, b, (n, *rest) in zip(first, second, numbers, strict=True)
        ]

    def ranked(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """The surest first; of equal ones the stronger, then the more frequent, then by name."""
        counts = self.counts.counts[rows]
        order: npt.NDArray[np.intp] = np.lexsort((rows, -counts, -self.lift[rows], self.p[rows]))
        return rows[order]


def judge(counts: Counts, rule: Rule = Rule(), *, reach: float = 1.0) -> Judged:  # noqa: B008 - an immutable tuple
    """Judge every pair that was seen; one that was not has p = 1 and is among the possible ones.

    Args:
        counts: of a window.
        rule: what is relevant.
        reach: a false discovery rate, at least the rule's. Pairs that could not be called at it, whatever
            the others were, are given p = q = 1 and lift 0 unseen; nothing changes for those that can. Most
            of the work is spared by it where only those matter.
    """
    rows = _within_reach(counts, reach) if reach < 1 else np.arange(len(counts.keys))
    seen, a, b = _columns(counts, rows)
    p, lift = np.ones(len(counts.keys)), np.zeros(len(counts.keys))
    p[rows] = hypergeometric(seen, a, b, counts.baskets)
    lift[rows] = seen * counts.baskets / (a.astype(np.float64) * b)
    return _judged(counts, rule, lift, p, reach)


def _columns(counts: Counts, rows: npt.NDArray[np.intp]) -> tuple[Ints, Ints, Ints]:
    """How often some pairs were seen, and the supports of their two."""
    pairs = replace(counts, keys=counts.keys[rows])
    return counts.counts[rows], counts.support[pairs.first], counts.support[pairs.second]


def _within_reach(counts: Counts, reach: float) -> npt.NDArray[np.intp]:
    """The pairs that may be called at a false discovery rate.

    Whatever is called has p <= rate x called / possible, and no more are called than there are candidates;
    so every candidate with a larger p, or a lower bound of it, is none, and there are fewer candidates.
    """
    most = _above(reach * len(counts.keys) / max(counts.possible, 1))
    # Two that met once: as likely, at least, as that the one of them was in some basket of the other.
    rare = counts.support <= most * counts.baskets
    often = counts.counts > 1
    if rare.any():
        often |= rare[counts.first] & rare[counts.second]
    rows = np.flatnonzero(often)
    least = hypergeometric_term(*_columns(counts, rows), counts.baskets)
    before = -1
    while len(rows) != before:
        before = len(rows)
        near = least <= _above(reach * before / max(counts.possible, 1))
        rows, least = rows[near], least[near]
    return rows


def _above(p: float) -> float:
    """A little more than a probability, so that rounding drops nothing."""
    return p * (1 + 1e-6)


def ruled(judged: Judged, rule: Rule) -> Judged:
    """The same window by another rule; its tails, which are the work, are taken over.

    Raises:
        ValueError: the rule asks for pairs that were out of reach.
    """
    if judged.reach < min(rule.fdr, 1):
        raise ValueError(
            f"the window was judged up to a rate of {judged.reach:g}; {rule.fdr:g} was asked for."
        )
    if rule == judged.rule:
        return judged
    return _judged(judged.counts, rule, judged.lift, judged.p, judged.reach)


def _judged(counts: Counts, rule: Rule, lift: Floats, p: Floats, reach: float) -> Judged:
    q, below = np.ones(len(p)), np.flatnonzero(p < 1)
    q[below] = q_values(p[below], counts.possible, rule.method)
    rows = np.flatnonzero(q <= rule.fdr)
    # With fewer baskets p is never smaller, so whatever is left out here could not have been called.
    sized = hypergeometric(*_columns(counts, rows), counts.effective)
    stands_out, told = np.zeros((2, len(p)), np.bool_)
    stands_out[rows] = q_values(sized, counts.possible, rule.method) <= rule.fdr
    told[rows] = lift[rows] >= rule.min_lift
    return Judged(counts, rule, lift, p, q, stands_out, told & stands_out if rule.sized else told, reach)


def relevant(judged: Judged, *, names: Iterable[str] = (), among: Iterable[str] | None = None) -> list[Pair]:
    """The pairs that deserve a word, the surest first.

    What is asked for narrows the list, never the correction.

    Args:
        judged: of a window.
        names: only pairs that hold all of these, one or two.
        among: only pairs of which both are in here, e.g. the products of a department.
    """
    rows = np.flatnonzero(judged.relevant & _holds(judged.counts, tuple(names), among))
    return judged.pairs(judged.ranked(rows))


def one(judged: Judged, product_a: str, product_b: str) -> Pair | None:
    """A pair by name, whether or not it deserves a word.

    A pair that was never seen together has count 0, lift 0 and p = 1. None if one of them was not sold.
    """
    counts = judged.counts
    low, high = sorted((product_a, product_b))
    rows = np.flatnonzero(_holds(counts, (low, high), None))
    if len(rows):
        return judged.pairs(rows)[0]
    if low == high or not {low, high} <= set(counts.names):
        return None
    a, b = (int(counts.support[counts.names.index(name)]) for name in (low, high))
    return Pair(low, high, 0, a, b, counts.baskets, 0.0, 1.0, 1.0)


def _holds(counts: Counts, names: tuple[str, ...], among: Iterable[str] | None) -> npt.NDArray[np.bool_]:
    first, second = counts.first, counts.second
    held = np.ones(len(first), np.bool_)
    for name in names:
        # A name that was not sold has no place, and no pair.
        at = counts.names.index(name) if name in counts.names else -1
        held &= (first == at) | (second == at)
    if among is not None:
        wanted = set(among)
        inside = np.array([name in wanted for name in counts.names], np.bool_)
        held &= inside[first] & inside[second]
    return held
