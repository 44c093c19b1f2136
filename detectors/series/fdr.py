"""Many series in one bucket: which of their strange values to believe.

Looking at many series, some are strange by chance. Benjamini and Hochberg (1995) choose a threshold such that
among what is believed the expected share of chance finds is at most `rate`, for independent series or
positively dependent ones (the regions of one shop); Benjamini and Yekutieli (2001) whatever the dependence,
at a price.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from schemas.errors import Permanent

Method = Literal["bh", "by"]


def adjusted(chances: Sequence[float], *, tests: int | None = None, method: Method = "bh") -> list[float]:
    """The q of each p, in the order given: the least rate at which it would be believed.

    Args:
        chances: p-values, each from 0 to 1.
        tests: how many were looked at, if more than are given (those left out were unremarkable).
        method: `bh` or `by`.

    Raises:
        Permanent: something that is no p-value, fewer tests than p-values, or no such method.

    >>> [round(q, 3) for q in adjusted([0.01, 0.04, 0.03, 0.005])]
    [0.02, 0.04, 0.04, 0.02]
    """
    tests = len(chances) if tests is None else tests
    if method not in ("bh", "by") or tests < len(chances):
        raise Permanent(
            f"false discovery control: {len(chances)} chances of {tests} tests by {method!r:.20}; "
            "the tests are at least as many, the method is 'bh' or 'by'."
        )
    wrong = [chance for chance in chances if not 0.0 <= chance <= 1.0]
    if wrong:
        raise Permanent(f"false discovery control: {wrong[0]!r:.40} is no chance between 0 and 1.")
    factor = float(tests) * (1.0 if method == "bh" else _harmonic(tests))
    found = [1.0] * len(chances)
    least = 1.0
    ranked = sorted(range(len(chances)), key=chances.__getitem__)
    for rank in range(len(ranked), 0, -1):
        index = ranked[rank - 1]
        least = min(least, chances[index] * factor / rank)
        found[index] = least
    return found


def believed(
    chances: Sequence[float], rate: float = 0.05, *, tests: int | None = None, method: Method = "bh"
) -> list[bool]:
    """Which to believe when at most `rate` of them, in expectation, may be chance.

    >>> believed([0.001, 0.2, 0.9, 0.012])
    [True, False, False, True]
    """
    return [q <= rate for q in adjusted(chances, tests=tests, method=method)]


def _harmonic(tests: int) -> float:
    return math.fsum(1.0 / each for each in range(1, tests + 1))
