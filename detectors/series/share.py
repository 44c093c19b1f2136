"""Whether a share of events is another one than it was, so far apart that nobody needs a second look.

A field that is empty in 3 of 100 events, and from one release on in all of them, is no question of fine
statistics; what matters is that it never rings for a night with other customers. So events are counted as
alike (they come in bursts), and a change has to be large as well as sure.
"""

from __future__ import annotations

import math

KNOWN = 200
"""Events before which nothing is known of a share."""
LEAST = 20
"""Events that can say that it changed."""
_LARGE = 0.3
_SURE = 4.0  # digits
_ALIKE = 0.05  # correlation of events of one bucket


def digits(hits: int, of: int, usual: float) -> float:
    """How unlikely so many hits are while the share is as usual, in digits; 0 where it is not above.

    The Chernoff bound of a binomial tail, with its number of events divided by the design effect of clusters
    (Kish, Survey Sampling, 1965).

    >>> digits(0, 50, 0.1), round(digits(50, 50, 0.05), 1), round(digits(30, 50, 0.5), 1)
    (0.0, 18.9, 0.1)
    """
    share = hits / of
    if share <= usual:
        return 0.0
    effective = of / (1.0 + (of - 1) * _ALIKE)
    apart = share * math.log(share / usual)
    if share < 1.0:
        apart += (1.0 - share) * math.log((1.0 - share) / (1.0 - usual))
    return effective * apart / math.log(10.0)


def usual_share(hits: float, of: float) -> float:
    """The share that was usual, never quite none or all.

    >>> usual_share(0, 199), usual_share(9.5, 19)
    (0.0025, 0.5)
    """
    return (hits + 0.5) / (of + 1.0)


def jumped(hits: int, of: int, before: tuple[float, float], highest: float = 0.0) -> bool:
    """Whether a share has suddenly become a much larger one.

    Args:
        hits: events of a bucket that have it.
        of: all of them.
        before: the same of the time before, weighed by age.
        highest: share of a bucket before: what is so by night, or on Sundays, is nothing new.

    >>> jumped(40, 40, (6, 300)), jumped(40, 40, (6, 100)), jumped(12, 40, (6, 300)), jumped(9, 9, (6, 300))
    (True, False, False, False)
    >>> jumped(40, 40, (60, 300), highest=0.9)
    False
    """
    if before[1] < KNOWN or of < LEAST or hits / of - highest < _LARGE:
        return False
    usual = usual_share(*before)
    return hits / of - max(usual, highest) >= _LARGE and digits(hits, of, usual) >= _SURE


def back(hits: int, of: int, before: tuple[float, float], highest: float = 0.0) -> bool:
    """Whether a share that jumped has come back, to within half of what makes a jump.

    >>> back(1, 40, (6, 300)), back(20, 40, (6, 300)), back(0, 9, (6, 300))
    (True, False, False)
    """
    return of >= LEAST and hits / of - max(usual_share(*before), highest) < _LARGE / 2.0
