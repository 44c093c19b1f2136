"""Judges a whole sweep at once: probabilities, and why.

The same as `reasons.reasons`, customer by customer (a property test holds that), but by arrays; a customer's
words are made only when asked for.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.churn.model import ChurnModel
from detectors.churn.reasons import LEAST, Reason
from detectors.churn.sweep import Swept
from detectors.churn.table import FAMILIES, FAMILY
from detectors.churn.words import FACTS, PHRASES

Floats = npt.NDArray[np.float64]

_FAMILIES = tuple(sorted(FAMILIES))  # equal shares are shown by name
_PLACE = {name: _FAMILIES.index(family) for name, family in FAMILY.items()}
DECIMALS = 4  # of what is told
MOST = 3  # reasons that are told


class Told(NamedTuple):
    """A score's reasons as people and JSON get them: decimals that add up.

    Attributes:
        log_odds: of silence over the main horizon; = base + those of the reasons + rest, to the last decimal.
        base: what an average customer has.
        reasons: for silence, greatest first.
        rest: what the families that are not shown add together.
    """

    log_odds: float
    base: float
    reasons: list[Reason]
    rest: float


class Judged:
    """The scores of a sweep's customers, in the order of `swept.places`.

    Attributes:
        swept: what was judged.
        p: horizon in days to the probabilities of silence.
        log_odds: of silence over the main horizon; p of it is their logistic.
        base: what an average customer has; log_odds = base + the sum of a row of `shares`.
        families: names of the columns of `shares`.
        shares: [customers, families] log-odds.
    """

    families = _FAMILIES

    def __init__(
        self, swept: Swept, p: dict[int, Floats], log_odds: Floats, base: float, shares: Floats
    ) -> None:
        self.swept, self.p, self.log_odds, self.base, self.shares = swept, p, log_odds, base, shares

    def reasons(self, i: int, most: int = MOST) -> list[Reason]:
        """The families that speak for silence, greatest first, at most so many."""
        return self._reasons(i, most, self._exact[i])

    def rest(self, i: int, most: int = MOST) -> float:
        """What the families that `reasons(i, most)` leaves out add together."""
        shown = sum(reason.log_odds for reason in self.reasons(i, most))
        return float(self.log_odds[i]) - self.base - shown

    def told(self, i: int, most: int = MOST) -> Told:
        """The reasons rounded, with a rest that makes them add up to the rounded log-odds."""
        known = self._told.get((i, most))
        if known is None:
            log_odds, base = self._log_odds[i], round(self.base, DECIMALS)
            found = self._reasons(i, most, self._rounded[i])
            rest = round(log_odds - base - sum([reason.log_odds for reason in found]), DECIMALS)
            known = self._told[i, most] = Told(log_odds, base, found, rest)
        return known

    def _reasons(self, i: int, most: int, shares: list[float]) -> list[Reason]:
        found = []
        exact = self._exact[i]
        for place in self._order[i][:most]:
            if exact[place] < LEAST:
                break
            family = _FAMILIES[place]
            found.append(Reason(family, shares[place], self._words(family, i)))
        return found

    def _words(self, family: str, i: int) -> str:
        facts = self._facts.get(family)
        if facts is None:
            columns = FACTS[family](self.swept.columns, self.swept)
            facts = self._facts[family] = list(
                zip(*(np.asarray(each).astype(np.int64).tolist() for each in columns), strict=True)
            )
        return PHRASES[family](*facts[i])

    # What follows is made once for the slice, when the first reason is asked for: lists are read faster than
    # arrays, one number at a time.

    @cached_property
    def _told(self) -> dict[tuple[int, int], Told]:
        return {}  # a score and a risk tell the same

    @cached_property
    def _facts(self) -> dict[str, list[tuple[Any, ...]]]:
        return {}

    @cached_property
    def _order(self) -> list[list[int]]:
        return list(np.argsort(-self.shares, axis=1, kind="stable").tolist())

    @cached_property
    def _exact(self) -> list[list[float]]:
        return list(self.shares.tolist())

    @cached_property
    def _rounded(self) -> list[list[float]]:
        return list(np.round(self.shares, DECIMALS).tolist())

    @cached_property
    def _log_odds(self) -> list[float]:
        return list(np.round(self.log_odds, DECIMALS).tolist())


def judge(model: ChurnModel, swept: Swept) -> Judged:
    """Score a sweep's customers at every horizon, with the families' shares at the main one.

    >>> from detectors.churn.history import empty, placed
    >>> from detectors.churn.signals import DAY
    >>> from detectors.churn.sweep import sweep
    >>> h = empty()
    >>> for day in (0, 9, 18, 27):
    ...     placed(h, f"o-{day}", day * DAY, 30.0, "EUR")
    >>> judged = judge(ChurnModel((30,)), sweep([h], 60 * DAY))
    >>> judged.reasons(0)[0].words
    'used to order every 9 days, now silent for 33'
    """
    main = model.horizons[model.main]
    shares = np.zeros((len(_FAMILIES), len(swept.places)))
    total = np.full(len(swept.places), main.base)
    for name, part in main.contributions_many(swept):
        total += part
        shares[_PLACE[name]] += part
    log_odds = {
        days: total if days == model.main else each.log_odds_many(swept)
        for days, each in model.horizons.items()
    }
    return Judged(swept, model.probabilities(log_odds), total, main.base, shares.T)
