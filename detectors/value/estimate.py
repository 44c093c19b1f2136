"""Value at stake: what a customer who comes back spends within the horizon, with an interval.

Learnt from customers who did come back, in units of the customer's own usual order day, so currencies and
price levels need no conversion: the target is log(spend of the horizon / usual order day). A River pipeline
(`StandardScaler | clip | LinearRegression`) predicts it; the spread of its past errors gives the interval.
In log units the estimate is clipped: an exponential of a regression explodes otherwise.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from river import linear_model, utils

from detectors.churn.one_pass import CLIP, AdaGrad, Scaler, clip
from schemas.errors import Permanent

Floats = npt.NDArray[np.float64]

INPUTS = (
    "recency",
    "overdue_mean",
    "orders",
    "orders_30",
    "orders_90",
    "pace_30",
    "pace_120",
    "spend_mean",
    "spend_last",
)
FORMAT, VERSION = "tocsin.value", 1
RATE = 0.05
MOST = 100.0  # features are logs and shares; squares of what is beyond could overflow
FLOOR, CEILING = math.log(0.05), math.log(200.0)  # of an estimate, in usual order days
COLD = 30  # examples before which the customer's usual order day is the estimate
TAIL = 1.2816  # standard deviations: 10% and 90% of a normal spread
_MEMORY = 0.001  # of the running error spread: about the last thousand


class Value(NamedTuple):
    """Money within the horizon if the customer comes back: the middle, and where 80% of outcomes lie."""

    middle: float
    low: float
    high: float


class ValueModel:
    """Learns and estimates the value of one horizon.

    >>> model = ValueModel(90)
    >>> row = dict.fromkeys(INPUTS, 0.0) | {"spend_mean": math.log1p(40.0)}
    >>> round(model.estimate(row).middle, 2)
    40.0
    """

    def __init__(self, days: int) -> None:
        self.days = days
        self.learnt = 0
        self.spread = 1.0  # variance of past errors, log units
        self.scaler = Scaler()
        self.regression = linear_model.LinearRegression(AdaGrad(RATE), intercept_lr=0.01, clip_gradient=5.0)

    def learn_one(self, row: Mapping[str, float], spend: float) -> bool:
        """Learn what a customer who came back spent; False where that was nothing, or is no finite number."""
        x = {name: row[name] for name in INPUTS}
        usual = math.expm1(min(x["spend_mean"], 30.0))
        if (
            not (all(abs(value) <= MOST for value in x.values()) and math.isfinite(spend))
            or spend <= 0.0
            or usual <= 0.0
        ):
            return False
        target = min(max(math.log(spend / usual), FLOOR), CEILING)
        if self.learnt:
            error = target - self._log(x)
            self.spread += max(_MEMORY, 1.0 / (self.learnt + 1)) * (error * error - self.spread)
        self.regression.learn_one(self.scaler.learn_and_clip(x), target)
        self.learnt += 1
        return True

    def estimate(self, row: Mapping[str, float]) -> Value:
        """The value of a customer at the moment of the features."""
        x = {name: row[name] for name in INPUTS}
        usual = math.expm1(min(max(x["spend_mean"], 0.0), 30.0))
        middle = self._log(x) if self.learnt >= COLD else 0.0
        wide = TAIL * math.sqrt(self.spread)
        return Value(*(usual * math.exp(each) for each in (middle, middle - wide, middle + wide)))

    def estimate_many(self, columns: Mapping[str, Floats]) -> tuple[Floats, Floats, Floats]:
        """Middle, low and high of a sweep's customers (`Swept.columns`): those of `estimate`, row by row."""
        usual = np.expm1(np.clip(columns["spend_mean"], 0.0, 30.0))
        middle = np.zeros(len(usual))
        if self.learnt >= COLD:
            middle += self.regression.intercept
            weights = self.regression.weights
            for name in INPUTS:
                mean, spread = float(self.scaler.means[name]), float(self.scaler.vars[name]) ** 0.5
                if spread:
                    middle += weights.get(name, 0.0) * np.clip((columns[name] - mean) / spread, -CLIP, CLIP)
            middle = np.where(np.isfinite(middle), np.clip(middle, FLOOR, CEILING), 0.0)
        wide = TAIL * math.sqrt(self.spread)
        return usual * np.exp(middle), usual * np.exp(middle - wide), usual * np.exp(middle + wide)

    def _log(self, x: Mapping[str, float]) -> float:
        found = float(self.regression.predict_one(clip(self.scaler.transform_one(x))))
        return min(max(found, FLOOR), CEILING) if math.isfinite(found) else 0.0

    def to_json(self) -> dict[str, Any]:
        """The model as what JSON writes; exact."""
        weights, squares = self.regression.weights, self.regression.optimizer.g2
        body = {
            "inputs": list(INPUTS),
            "days": self.days,
            "learnt": self.learnt,
            "spread": self.spread,
            "means": [float(self.scaler.means.get(name, 0.0)) for name in INPUTS],
            "variances": [float(self.scaler.vars.get(name, 0.0)) for name in INPUTS],
            "weights": [float(weights.get(name, 0.0)) for name in INPUTS],
            "squares": [float(squares.get(name, 0.0)) for name in INPUTS],
            "intercept": float(self.regression.intercept),
        }
        return {"format": FORMAT, "version": VERSION, "body": body, "checksum": _checksum(body)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ValueModel:
        """The model of a document.

        Raises:
            Permanent: the document is of another kind or version, or damaged; the last good one stays.
        """
        if document.get("format") != FORMAT or document.get("version") != VERSION:
            raise Permanent(
                f"a {FORMAT} model of version {VERSION} was wanted, there came "
                f"{document.get('format')!r:.40} {document.get('version')!r:.40}; keep the last good model."
            )
        body = document.get("body")
        if not isinstance(body, dict) or _checksum(body) != document.get("checksum"):
            raise Permanent("the value model's checksum does not match its body; keep the last good model.")
        if body["inputs"] != list(INPUTS):
            raise Permanent("the value model was learnt on other features; rebuild it from churn-examples.")
        model = cls(body["days"])
        model.learnt, model.spread = body["learnt"], body["spread"]
        if model.learnt:
            model.scaler.counts = Counter(dict.fromkeys(INPUTS, model.learnt))
            model.scaler.means.update(zip(INPUTS, body["means"], strict=True))
            model.scaler.vars.update(zip(INPUTS, body["variances"], strict=True))
            weights = dict(zip(INPUTS, body["weights"], strict=True))
            model.regression._weights = utils.VectorDict(weights)  # noqa: SLF001 - it offers no other way in
            model.regression.optimizer.g2.update(zip(INPUTS, body["squares"], strict=True))
            model.regression.optimizer.n_iterations = model.learnt
            model.regression.intercept = body["intercept"]
        return model


def _checksum(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
