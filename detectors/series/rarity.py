"""From a combined surprise to a chance that can be held against others' chances."""

from __future__ import annotations

import math

# By simulation: of eleven kinds of unchanged series (light and heavy tails, autocorrelated, counts; minutes
# to days) none but the heaviest-tailed exceeds a surprise s more often than about 10 ** (LOOKS - s). The
# views are calibrated one by one; this pays for looking with several.
LOOKS = 0.8


def chance(surprise: float, *, looks: float = LOOKS) -> float:
    """The chance of such a surprise while all is as usual; `looks` is 0 for what one view alone looks for.

    >>> round(chance(3.8), 6), chance(0.5), round(chance(3.0, looks=0.0), 6)
    (0.001, 1.0, 0.001)
    """
    return min(1.0, math.pow(10.0, looks - surprise))
