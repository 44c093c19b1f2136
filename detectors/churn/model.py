"""The churn model: one learner per horizon, and one answer for people.

>>> from detectors.churn.history import empty, placed
>>> from detectors.churn.features import features
>>> from detectors.churn.signals import DAY
>>> h = empty()
>>> for day in (0, 9, 18, 27):
...     placed(h, f"o-{day}", day * DAY, 30.0, "EUR")
>>> row, known = features(h, 60 * DAY)
>>> score = ChurnModel((30, 90)).predict_one(row, known)
>>> score[30] > score[90]
True
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from detectors.churn.features import Known
from detectors.churn.horizon import HorizonModel
from detectors.churn.sweep import Swept

Floats = npt.NDArray[np.float64]
T = TypeVar("T")

HORIZONS = (30, 60, 90)
_FAR = 30.0  # log-odds beyond it are one and zero


def probability(log_odds: float) -> float:
    """The logistic function.

    >>> probability(0.0), probability(1e9), probability(-1e9) > 0
    (0.5, 0.9999999999999065, True)
    """
    return 1.0 / (1.0 + math.exp(-min(max(log_odds, -_FAR), _FAR)))


class ChurnModel:
    """Probabilities of no order within each of a set of horizons (days).

    Args:
        horizons: days; they are kept in ascending order.
        main: the horizon that alerts and reasons speak of; the longest if not given.
    """

    def __init__(self, horizons: Iterable[int] = HORIZONS, main: int | None = None) -> None:
        wanted = sorted(set(horizons))
        self.main = max(wanted, default=0) if main is None else main
        if self.main not in wanted or wanted[0] < 1:
            raise ValueError(
                f"horizons are whole days from 1 on, the main one of them; there came {wanted}, {main}."
            )
        self.horizons = {days: HorizonModel(days) for days in wanted}

    def learn_one(self, days: int, row: Mapping[str, float], known: Known, *, silent: bool) -> bool:
        """Learn one labelled example of a horizon; False where its numbers cannot be learnt."""
        return self.horizons[days].learn_one(row, known, silent=silent)

    def predict_one(self, row: Mapping[str, float], known: Known) -> dict[int, float]:
        """Probability of silence by horizon.

        Nobody is likelier to be silent for longer: the others are held to the main horizon's, which stays.
        """
        raw = {days: probability(each.log_odds(row, known)) for days, each in self.horizons.items()}
        return _ordered(raw, self.main, min, max)

    def predict_many(self, swept: Swept) -> dict[int, Floats]:
        """The same for the customers of a sweep."""
        return self.probabilities({days: each.log_odds_many(swept) for days, each in self.horizons.items()})

    def probabilities(self, log_odds: Mapping[int, Floats]) -> dict[int, Floats]:
        """Probabilities of log-odds by horizon, in ascending order of horizons."""
        raw: dict[int, Floats] = {
            days: 1.0 / (1.0 + np.exp(-np.minimum(np.maximum(each, -_FAR), _FAR)))
            for days, each in log_odds.items()
        }
        return _ordered(raw, self.main, np.minimum, np.maximum)


def _ordered(
    raw: dict[int, T], main: int, least: Callable[[T, T], T], most: Callable[[T, T], T]
) -> dict[int, T]:
    found = dict(raw)
    for shorter, longer in zip(list(raw), list(raw)[1:], strict=False):
        if shorter >= main:
            found[longer] = least(found[longer], found[shorter])
    for longer, shorter in zip(list(raw)[::-1], list(raw)[-2::-1], strict=False):
        if longer <= main:
            found[shorter] = most(found[shorter], found[longer])
    return found
