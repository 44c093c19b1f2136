"""From a combined surprise to a chance that can be held against others' chances."""

from __future__ import annotations

import math

from detectors.series.point import View

# By simulation: of 12 kinds of unchanged series (light and heavy tails, autocorrelated, counts; minutes to
# days) none exceeds a surprise s more often than about 10**(OFFSET - s). The views are calibrated one by one;
# the offset pays for looking with several.
OFFSET = 1.1


def chance(view: View, surprise: float) -> float:
    """The chance of such a surprise while all is as usual; cautious rather than exact.

    A silence is looked for by one view only, on buckets of its own.

    >>> round(chance("level", 4.1), 6), chance("spike", 0.5), round(chance("silence", 3.0), 6)
    (0.001, 1.0, 0.001)
    """
    return min(1.0, math.pow(10.0, (0.0 if view == "silence" else OFFSET) - surprise))
