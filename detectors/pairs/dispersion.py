"""How restless pairs are: what two windows differ by when nothing has changed.

Of the `total` times a pair was seen in two windows, a share falls into the second. If every basket were drawn
for itself, the number there would be binomial; promotions, weather and households that come each week make it
vary more. The correlation `rho` of a beta-binomial says how much: its variance is 1 + (total - 1) rho times
the binomial's. It is estimated as Williams did (Applied Statistics 31, 1982): the rho at which the squared
standardised residuals of all pairs add up to their number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from detectors.pairs.counts import Ints
from detectors.pairs.tails import Floats

LEAST = 1e-4
"""Never less than this, however calm a shop seems."""

MOST = 0.5
"""Never more: beyond it the second window says nothing."""

FEW = 50
"""Pairs that it takes to estimate."""

UNKNOWN = 0.05
"""What is taken where there are fewer: twice the chance range at 60 sightings."""

_HALVINGS = 50

Estimate: TypeAlias = Callable[[Ints, Ints, Floats, Floats], float]


def estimate(count: Ints, total: Ints, share: Floats, calm: Floats) -> float:
    """The rho of many pairs, most of which have not changed.

    Args:
        count: sightings in the second window.
        total: in both, above 1.
        share: of them that are expected in the second, in (0, 1).
        calm: the variance of a pair that is not restless, as a part of the binomial's, above 0. A pair that
            is seen nearly each time one of its products is sold cannot vary much.

    >>> import numpy as np
    >>> calm = np.repeat(np.array([45, 55]), 50), np.full(100, 100), np.full(100, 0.5), np.ones(100)
    >>> estimate(*calm)  # they vary as a binomial does
    0.0001
    >>> round(estimate(np.repeat(np.array([40, 60]), 50), *calm[1:]), 4)  # four times as much: (4 - 1) / 99
    0.0303
    """
    if len(count) < FEW:
        return UNKNOWN
    squared = (count - total * share) ** 2 / (total * share * (1 - share))
    low, high = LEAST, MOST
    for _ in range(_HALVINGS):
        rho = (low + high) / 2
        if (squared / (calm + (total - 1) * rho)).sum() > len(count):
            low = rho
        else:
            high = rho
    return round(high, 12)
