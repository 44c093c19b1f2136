"""Many questions at once: q-values, over every question that could have been asked."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from detectors.pairs.tails import Floats

Method = Literal["bh", "by"]
METHODS: tuple[Method, ...] = ("bh", "by")
_EULER = 0.5772156649015329


def q_values(p: Floats, hypotheses: int, method: Method = "bh") -> Floats:
    """The least false discovery rate at which each would be called, among all hypotheses.

    Benjamini and Hochberg (1995): valid for independent and positively dependent p-values. Benjamini and
    Yekutieli (2001): valid whatever the dependence, at the price of a factor ln(hypotheses) + 0.58.

    Args:
        p: p-values of those that were looked at.
        hypotheses: how many there are in all; the p-value of each of the others counts as 1.
        method: "bh" or "by".

    >>> q_values(np.array([0.01, 0.5, 0.02]), 4).round(3).tolist()
    [0.04, 0.667, 0.04]
    >>> q_values(np.array([0.01, 0.5, 0.02]), 4, "by").round(3).tolist()
    [0.083, 1.0, 0.083]
    """
    if len(p) > hypotheses:
        raise ValueError(f"{len(p)} p-values of {hypotheses} hypotheses came.")
    factor = float(hypotheses) if method == "bh" else hypotheses * harmonic(hypotheses)
    order = np.argsort(p, kind="stable")
    raw = p[order] * factor / np.arange(1, len(p) + 1)
    found = np.empty(len(p))
    found[order] = np.minimum.accumulate(np.minimum(raw, 1.0)[::-1])[::-1]
    return found


def harmonic(n: int) -> float:
    """1 + 1/2 + ... + 1/n.

    >>> harmonic(4)
    2.083333333333333
    """
    if n <= 100:  # noqa: PLR2004 - beyond, the series is exact to the last digit
        return sum(1 / each for each in range(1, n + 1))
    return math.log(n) + _EULER + 1 / (2 * n) - 1 / (12 * n * n)
