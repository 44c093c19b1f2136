"""The tail of an overdispersed count.

Counts of customers' events vary more than Poisson's law allows, and a Poisson tail then rings for nothing.
The negative binomial with mean m and dispersion d has variance m + d * m * m; d is estimated by moments from
past forecasts. Its distribution is that of a binomial with a real-valued size, whose normal score Peizer and
Pratt (JASA 63, 1968) give in closed form, to a few percent of the tail (a third at zero, where it is very
wide): no series to sum, however large the count.
"""

from __future__ import annotations

import math

# Below, it is Poisson to the eye; above, the mass sits at zero and mean and dispersion describe it no more.
LEAST, MOST = 1e-6, 1.5
LEAST_MEAN = 0.05
NEAR = 1e-3
_LEAST_SCORE = -40.0
_SQRT2 = math.sqrt(2.0)


def score(count: float, mean: float, dispersion: float) -> float:
    """The normal score of P(X <= count): the z with the same tail, -inf below zero.

    >>> round(score(10, 10.0, 0.1), 2), round(score(-1, 10.0, 0.1), 2)
    (0.22, -inf)
    """
    mean = max(mean, LEAST_MEAN)
    size = 1.0 / min(MOST, max(LEAST, dispersion))
    return _score(count, size, mean / (size + mean), size / (size + mean))


def _score(count: float, size: float, fail: float, keep: float) -> float:
    if count < 0.0:
        return -math.inf
    trials = count + size
    off = (
        count
        + 2.0 / 3.0
        - (trials + 1.0 / 3.0) * fail
        + 0.02 * (keep / (count + 1.0) - fail / size + (keep - 0.5) / (trials + 1.0))
    )
    centre = count + 0.5 - trials * fail
    spread = math.sqrt(trials * fail * keep)
    if abs(centre) < NEAR * spread:
        return off / spread  # the limit; here the deviance would be lost in rounding
    seen, rest = count + 0.5, size - 0.5
    deviance = seen * math.log(seen / (trials * fail)) + rest * math.log(rest / (trials * keep))
    square = 2.0 / (1.0 + 1.0 / (6.0 * trials)) * deviance
    return off / abs(centre) * (math.sqrt(square) if square > 0.0 else 0.0)


def two_sided(count: float, mean: float, dispersion: float) -> tuple[float, float]:
    """(chance of a count at least as far out on its side, doubled; the middle normal score, with its sign).

    >>> [round(each, 3) for each in two_sided(0, 3.0, 0.0)]  # Poisson: nearly 2 * exp(-3)
    [0.097, -1.987]
    >>> two_sided(30, 10.0, 0.1)[0] > 50 * two_sided(30, 10.0, 0.0)[0]  # overdispersion: far less rare
    True
    """
    # No `min` and `max` here: this is asked for each point, and a call costs more than what is compared.
    known = mean if mean > LEAST_MEAN else LEAST_MEAN  # noqa: FURB136
    size = dispersion if dispersion > LEAST else LEAST  # noqa: FURB136
    size = 1.0 / (size if size < MOST else MOST)  # noqa: FURB136
    fail, keep = known / (size + known), size / (size + known)
    upto, below = _score(count, size, fail, keep), _score(count - 1.0, size, fail, keep)
    if below < _LEAST_SCORE:  # noqa: PLR1730
        below = _LEAST_SCORE
    chance = math.erfc((-upto if count <= mean else below) / _SQRT2)
    return min(1.0, chance), (upto + below) / 2.0 if count >= 1 else upto - 0.33
