"""Which drifts are news: what moves together is told once.

When a shop grows, so do its orders, its revenue, its visits and its tickets, within days of each other, and
an analyst wants one message. So what has been told of one volume stands for the others, where they go the
same way, began before it was told, and by no more than twice its share; what goes further is news of its own.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from detectors.series.drift import Drifted
from schemas.measures import MEASURES
from streams.engine.series.clock import Clock
from streams.engine.series.options import DAY
from streams.engine.series.watched import Name

DEAD = "dead_letters"
ONCE = 7 * DAY
"""How long after telling that a measure has become another one nothing more of that is told of it."""
ALONG = 42 * DAY
"""How long what was told of one volume may stand for the others."""
_FURTHER = 2.0
_VOLUMES = ("count", "sum")


class Went(NamedTuple):
    """What was told last of a measure.

    Attributes:
        at: when, ms.
        level: 1 for its level, 0 for its ups and downs.
        side: 1 for up, -1 for down.
        far: how far, as a logarithm of the quotient; 0 where there is none.
    """

    at: int
    level: int
    side: int
    far: float


def news(clock: Clock, name: Name, drifted: Drifted, since: int, end: int) -> bool:
    """Whether to tell of a drift; if so, it is noted.

    Args:
        clock: of the step.
        name: of the series; slices and bucket sizes of a measure are the same news.
        drifted: what was found.
        since: when it began, ms.
        end: of the bucket in which it was found, ms.
    """
    told = Went(
        end, int(drifted.kind != "variance"), 1 if drifted.after > drifted.before else -1, _far(drifted)
    )
    if name.measure == DEAD or _rang(clock, name.measure, since) or _known(clock, name.measure, told, since):
        return False
    clock.drifted[name.measure] = list(told)
    return True


def _rang(clock: Clock, measure: str, since: int) -> bool:
    """Whether what rang in the stretch has told of it."""
    return any(key.split("/")[0] == measure and rang[0] > since for key, rang in clock.overall.items())


def _known(clock: Clock, measure: str, told: Went, since: int) -> bool:
    for other, row in clock.drifted.items():
        before = Went(*row)
        if other == measure:
            if told.at - before.at < ONCE:
                return True
        elif (
            MEASURES[measure].kind in _VOLUMES
            and MEASURES[other].kind in _VOLUMES
            and (told.level, told.side) == (before.level, before.side)
            and since <= before.at
            and told.at - before.at < ALONG
            and told.far <= _FURTHER * before.far
        ):
            return True
    return False


def _far(drifted: Drifted) -> float:
    if min(drifted.before, drifted.after) <= 0.0:
        return 0.0
    return round(abs(math.log(drifted.after / drifted.before)), 6)
