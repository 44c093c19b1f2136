"""The learner of one horizon: how likely is no order within so many days.

A River pipeline (`StandardScaler | clip | LogisticRegression(AdaGrad)`) reads the features and, as one more
of them, the prior's log-odds. Until it has seen enough examples the prior speaks, too: the log-odds are

    (1 - trust) * prior + trust * (intercept + sum of weight * scaled feature),  trust = n / (n + TRUST)

Every term is a contribution: they add up to the log-odds exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from operator import itemgetter

import numpy as np
import numpy.typing as npt
from river import linear_model

from detectors.churn.features import Known
from detectors.churn.one_pass import CLIP, AdaGrad, Scaler, clip
from detectors.churn.prior import Prior
from detectors.churn.sweep import Swept
from detectors.churn.table import LEARNT, PATTERN

Floats = npt.NDArray[np.float64]

BASE = "base"
INPUTS = (*LEARNT, PATTERN)
RATE = 0.05  # of AdaGrad
INTERCEPT_RATE = 0.01
PRIOR_RATE = 0.1
TRUST = 2000.0  # examples at which pipeline and prior weigh the same
MOST = 100.0  # features are logs and shares: nothing sane is beyond, and squares must not overflow

_VALUES = itemgetter(*LEARNT)


class HorizonModel:
    """Learns and scores silence over `days` days.

    Args:
        days: the horizon.
    """

    def __init__(self, days: int) -> None:
        self.days = days
        self.prior = Prior(rate=PRIOR_RATE)
        self.scaler = Scaler()
        self.regression = linear_model.LogisticRegression(AdaGrad(RATE), intercept_lr=INTERCEPT_RATE)
        self.learnt = 0

    @property
    def trust(self) -> float:
        """The weight of what was learnt, 0 to 1; the rest is the prior's."""
        return self.learnt / (self.learnt + TRUST)

    def learn_one(self, row: Mapping[str, float], known: Known, *, silent: bool) -> bool:
        """Learn an example; False, and nothing learnt, where a number is not finite or beyond `MOST`."""
        prior = (known.repeats, known.last_at, known.age)
        x = dict(zip(LEARNT, _VALUES(row), strict=True))
        # NaN compares as false. What the prior says is within 14, and needs no look.
        if not (all(map(math.isfinite, prior)) and all(-MOST <= value <= MOST for value in x.values())):
            return False
        x[PATTERN] = self.prior.learn(*prior, self.days, silent=silent)
        self.regression.learn_one(self.scaler.learn_and_clip(x), silent)
        self.learnt += 1
        return True

    @property
    def base(self) -> float:
        """The log-odds of an average customer, to which every input adds."""
        usual, trust = float(self.scaler.means.get(PATTERN, 0.0)), self.trust
        return (1.0 - trust) * usual + trust * float(self.regression.intercept)

    def contributions(self, row: Mapping[str, float], known: Known) -> dict[str, float]:
        """What each input adds to the log-odds, and `base`: what an average customer has."""
        z = self.prior.log_odds(known.repeats, known.last_at, known.age, self.days)
        usual, trust = float(self.scaler.means.get(PATTERN, 0.0)), self.trust
        scaled = self._scaled(row, z)
        weights = self.regression.weights
        found = {BASE: self.base}
        for name in INPUTS:
            found[name] = trust * weights.get(name, 0.0) * scaled[name]
        found[PATTERN] += (1.0 - trust) * (z - usual)
        return found

    def log_odds(self, row: Mapping[str, float], known: Known) -> float:
        """Log-odds of silence: the sum of the contributions, in their order."""
        return sum(self.contributions(row, known).values())

    def contributions_many(self, swept: Swept) -> Iterator[tuple[str, Floats]]:
        """What each input adds for a sweep's customers, column by column; `base` is the same for all.

        A row does not depend on its neighbours. Inputs that add nothing are left out.
        """
        z = self.prior.log_odds_many(swept.repeats, swept.last_at, swept.age, self.days)
        usual, trust, weights = (
            float(self.scaler.means.get(PATTERN, 0.0)),
            self.trust,
            self.regression.weights,
        )
        for name in INPUTS:
            mean, spread = self._moments(name)
            weight = trust * weights.get(name, 0.0)
            column = z if name == PATTERN else swept.columns[name]
            found = weight * _clip((column - mean) / spread) if weight and spread else None
            if name == PATTERN:
                rest = (1.0 - trust) * (z - usual)
                found = rest if found is None else found + rest
            if found is not None:
                yield name, found

    def log_odds_many(self, swept: Swept) -> Floats:
        """`log_odds` of a sweep's customers."""
        total = np.full(len(swept.places), self.base)
        for _, part in self.contributions_many(swept):
            total += part
        return total

    def _moments(self, name: str) -> tuple[float, float]:
        return float(self.scaler.means.get(name, 0.0)), float(self.scaler.vars.get(name, 0.0)) ** 0.5

    def _scaled(self, row: Mapping[str, float], z: float) -> dict[str, float]:
        scaled = {}
        for name in INPUTS:
            mean, spread = self._moments(name)
            value = z if name == PATTERN else row[name]
            scaled[name] = (value - mean) / spread if spread else 0.0
        return clip(scaled)


def _clip(scaled: Floats) -> Floats:
    return np.minimum(np.maximum(scaled, -CLIP), CLIP)  # np.clip does the same in twice the time
