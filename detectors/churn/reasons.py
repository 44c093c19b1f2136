"""Why a score is what it is: contributions grouped by family, and the words for the greatest.

Contributions are exact: with `base` they add up to the log-odds. Features of one family say nearly the same,
so they are shown as one. `judge.py` does the same for a whole sweep.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from detectors.churn.features import Known
from detectors.churn.horizon import BASE, HorizonModel
from detectors.churn.table import FAMILIES, FAMILY
from detectors.churn.words import FACTS, PHRASES

LEAST = 0.05  # log-odds: what moves a score less is no reason to tell a person


class Reason(NamedTuple):
    """One family's share: log-odds towards silence (positive) or return (negative), and words."""

    family: str
    log_odds: float
    words: str


def by_family(contributions: Mapping[str, float]) -> dict[str, float]:
    """Contributions added up by family; `base` stays by itself.

    >>> by_family({"base": 0.5, "recency": 1.0, "pattern": 0.25, "tenure": -1.0})
    {'base': 0.5, 'rhythm': 1.25, 'bond': -1.0}
    """
    sums: dict[str, float] = {}
    for name, value in contributions.items():
        family = name if name == BASE else FAMILY[name]
        sums[family] = sums.get(family, 0.0) + value
    return sums


def reasons(
    model: HorizonModel, row: Mapping[str, float], known: Known, most: int | None = None
) -> list[Reason]:
    """The families' shares, those that speak for silence first, greatest first.

    Args:
        model: the learner of the horizon.
        row: features.
        known: what lies beneath them.
        most: at most so many, and only those for silence; all families where not given.
    """
    sums = by_family(model.contributions(row, known))
    found = [Reason(family, sums.get(family, 0.0), words(family, row, known)) for family in FAMILIES]
    found.sort(key=lambda each: (-each.log_odds, each.family))
    if most is None:
        return found
    return [each for each in found if each.log_odds >= LEAST][:most]


def words(family: str, row: Mapping[str, float], known: Known) -> str:
    """A family in words, for one customer.

    >>> words("rhythm", {}, Known(3.0, 27.0, 58.0, 31.0, 9.0, 0))
    'used to order every 9 days, now silent for 31'
    """
    if known.usual_gap is None:
        known = known._replace(usual_gap=math.nan)
    return PHRASES[family](*(int(fact) for fact in FACTS[family](row, known)))
