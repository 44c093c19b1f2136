"""Exact tails of the two distributions that pairs are judged by, vectorised, in log space.

A tail is one probability times 1 + r(0) + r(0) r(1) + ..., where r(n) is the ratio of neighbours: it is
summed from its largest term outwards, so that nothing cancels and p-values of 1e-300 are as exact as others.
Beside scipy the relative difference is below 1e-8 up to ten million baskets.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from detectors.pairs.counts import Ints

Floats: TypeAlias = npt.NDArray[np.float64]

_ENOUGH = 1e-16  # what is added to 1 and does not change it
_FAR = 8.0  # from here on Stirling's series is exact to the last digits
_LEAST = -745.0  # of exp
_ROWS = 1 << 13  # pairs that are judged at once: their columns stay in the processor's cache
_STEPS = 8  # terms of a series that are made at once at first, then twice as many, and so on
_MOST_STEPS = 256
_TABLE = 1 << 20  # baskets up to which factorials are remembered, 16 MB in all


def log_gamma(z: Floats) -> Floats:
    """The logarithm of the gamma function of numbers above 0, by Stirling's series.

    >>> log_gamma(np.array([1.0, 5.0, 0.5])).round(12).tolist()
    [0.0, 3.178053830348, 0.572364942925]
    """
    near = z < _FAR
    low = np.where(near, z, 1.0)
    shift = np.ones_like(z)
    for n in range(int(_FAR)):
        shift *= low + n
    far = np.where(near, z + _FAR, z)
    w = 1 / (far * far)
    series = (
        1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * (1 / 1188 - w * 691 / 360360))))
    ) / far
    found: Floats = (far - 0.5) * np.log(far) - far + 0.5 * np.log(2 * np.pi) + series
    found -= np.where(near, np.log(shift), 0.0)
    return found


def hypergeometric(count: Ints, support_a: Ints, support_b: Ints, baskets: int) -> Floats:
    """P(X >= count) where X is how often a and b meet by chance: Fisher's exact test, one-sided.

    Args:
        count: baskets with both, above 0.
        support_a: baskets with a.
        support_b: baskets with b.
        baskets: all of them; where the supports do not fit in without meeting more often, the tail is 1.

    >>> hypergeometric(np.array([3]), np.array([3]), np.array([3]), 10).round(6).tolist()
    [0.008333]
    """
    found = np.ones(len(count))
    factorials = _factorials(baskets)
    fits = np.flatnonzero(support_a + support_b - count <= baskets)
    for row in range(0, len(fits), _ROWS):
        span = fits[row : row + _ROWS]
        found[span] = _hypergeometric(count[span], support_a[span], support_b[span], baskets, factorials)
    return found


def hypergeometric_term(count: Ints, support_a: Ints, support_b: Ints, baskets: int) -> Floats:
    """P(X = count), of the same: no tail is smaller, and it takes a small part of the work.

    >>> hypergeometric_term(np.array([3]), np.array([3]), np.array([3]), 10).round(6).tolist()
    [0.008333]
    """
    factorials = _factorials(baskets)
    fits = support_a + support_b - count <= baskets
    return np.where(fits, _exp(_log_term(count, support_a, support_b, baskets, factorials)), 1.0)


def _factorials(most: int) -> Floats:
    """The logarithms of 0!, 1! ... of `most` at least."""
    return _table(most.bit_length()) if most < _TABLE else _logs(most)


@cache
def _table(bits: int) -> Floats:
    return _logs((1 << bits) - 1)


def _logs(most: int) -> Floats:
    return log_gamma(np.arange(1, most + 2, dtype=np.float64))


def _log_term(count: Ints, support_a: Ints, support_b: Ints, baskets: int, factorials: Floats) -> Floats:
    found: Floats = (
        factorials[support_a]
        + factorials[support_b]
        + factorials[baskets - support_a]
        + factorials[baskets - support_b]
        - factorials[count]
        - factorials[support_a - count]
        - factorials[support_b - count]
        - factorials[np.maximum(baskets - support_a - support_b + count, 0)]
        - factorials[baskets]
    )
    return found


def _hypergeometric(
    count: Ints, support_a: Ints, support_b: Ints, baskets: int, factorials: Floats
) -> Floats:
    k, a, b = (column.astype(np.float64) for column in (count, support_a, support_b))
    rest = baskets - a - b
    # Below the mean the terms grow at first: there the other tail is the short one.
    up = k * baskets >= a * b
    start = np.where(up, k, k - 1)
    first = np.where(up, count, count - 1)
    log_p = _log_term(first, support_a, support_b, baskets, factorials)

    def ratio(n: Ints, rows: npt.NDArray[np.intp]) -> Floats:
        x, a_, b_, rest_ = start[rows] + n, a[rows], b[rows], rest[rows]
        upwards = (a_ - x) * (b_ - x) / ((x + 1) * np.maximum(rest_ + x + 1, 1))
        y = start[rows] - n
        downwards = y * np.maximum(rest_ + y, 0) / ((a_ - y + 1) * (b_ - y + 1))
        found: Floats = np.where(up[rows], upwards, downwards)
        return found

    # Below the least that they must meet, there is no other tail.
    possible = start >= np.maximum(-rest, 0)
    tail = np.where(possible, _exp(log_p) * _series(ratio, len(k)), 0.0)
    found: Floats = np.clip(np.where(up, tail, 1 - tail), 0.0, 1.0)
    return found


def beta_binomial(count: Ints, total: Ints, share: Floats, dispersion: float, *, upper: bool) -> Floats:
    """P(X >= count), or P(X <= count), of a beta-binomial: a binomial whose share itself varies.

    Args:
        count: successes.
        total: trials.
        share: mean share of successes, in (0, 1).
        dispersion: correlation between trials, in (0, 1); the variance is 1 + (total - 1) * dispersion times
            that of the binomial.
        upper: which tail.

    >>> even = np.array([0.5])
    >>> nine, ten = np.array([9]), np.array([10])
    >>> beta_binomial(nine, ten, even, 1e-9, upper=True).round(4).tolist()  # a binomial: 11 / 1024
    [0.0107]
    >>> beta_binomial(nine, ten, even, 1 / 3, upper=True).round(4).tolist()  # uniform: 2 / 11
    [0.1818]
    """
    if not upper:
        return beta_binomial(total - count, total, 1 - share, dispersion, upper=True)
    k, n = count.astype(np.float64), total.astype(np.float64)
    size = (1 - dispersion) / dispersion
    a, b = share * size, (1 - share) * size
    up = k >= n * share
    start = np.where(up, k, k - 1)
    inside = start >= 0  # P(X >= 0) is 1
    start = np.maximum(start, 0)
    log_p = _log_choose(n, start) + _log_beta(start + a, n - start + b) - _log_beta(a, b)

    def ratio(step: Ints, rows: npt.NDArray[np.intp]) -> Floats:
        a_, b_, n_ = a[rows], b[rows], n[rows]
        x, y = np.minimum(start[rows] + step, n_), np.maximum(start[rows] - step, 0)
        upwards = (n_ - x) * (x + a_) / ((x + 1) * np.maximum(n_ - x - 1 + b_, b_))
        downwards = y * (n_ - y + b_) / ((n_ - y + 1) * np.maximum(y - 1 + a_, a_))
        found: Floats = np.where(up[rows], upwards, downwards)
        return found

    tail = _exp(log_p) * _series(ratio, len(k))
    found: Floats = np.clip(np.where(up, tail, np.where(inside, 1 - tail, 1.0)), 0.0, 1.0)
    return found


def _series(ratio: Callable[[Ints, npt.NDArray[np.intp]], Floats], size: int) -> Floats:
    """1 + r(0) + r(0) r(1) + ... of every row, each until it stands still.

    How many terms are made at once depends on the step alone, so a row's sum does not depend on the others.
    """
    total, term = np.ones(size), np.ones(size)
    rows, step, steps = np.arange(size), 0, _STEPS
    while len(rows):
        terms = term[:, None] * np.cumprod(ratio(np.arange(step, step + steps), rows[:, None]), axis=1)
        total[rows] += terms.sum(axis=1)
        term = terms[:, -1]
        going = term > total[rows] * _ENOUGH
        rows, term = rows[going], term[going]
        step, steps = step + steps, min(2 * steps, _MOST_STEPS)
    return total


def _log_choose(n: Floats, k: Floats) -> Floats:
    return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1)


def _log_beta(a: Floats, b: Floats) -> Floats:
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b)


def _exp(log: Floats) -> Floats:
    found: Floats = np.exp(np.clip(log, _LEAST, 0.0))
    return found
