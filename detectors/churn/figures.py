"""How good the scores were: prequential figures, from the probabilities given then and what came true.

"Day" AUC ranks the customers of one date and averages over dates; "pooled" AUC mixes dates. Recency alone
(the longer the silence, the likelier the loss) stands beside: a model that does not beat it is worth nothing.
"""

from __future__ import annotations

from array import array
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.churn.signals import DAY

Floats = npt.NDArray[Any]


class _Day(NamedTuple):
    """Columns of a day's examples: 9 bytes an example."""

    p: array[float]
    recency: array[float]
    silent: bytearray


class Figures:
    """Takes labelled examples of the main horizon one by one, in any order.

    >>> figures = Figures()
    >>> for p, recency, silent in ((0.9, 1.0, True), (0.4, 3.0, True), (0.5, 2.0, False), (0.1, 0.5, False)):
    ...     figures.add(5 * DAY, p, recency, silent=silent)
    >>> summary = figures.summary()
    >>> summary["examples"], summary["auc_day"], summary["auc_recency_day"], summary["brier"]
    (4, 0.75, 0.75, 0.1575)
    """

    def __init__(self) -> None:
        self._days: dict[int, _Day] = {}

    def add(self, at: int, p: float, recency: float, *, silent: bool) -> None:
        """Take an example.

        Args:
            at: the moment of the score, ms; scores of one UTC day are ranked together.
            p: the probability of silence given then.
            recency: the feature `recency` then, or anything that grows with the silence.
            silent: what came true.
        """
        day = self._days.get(at // DAY)
        if day is None:
            day = self._days[at // DAY] = _Day(array("f"), array("f"), bytearray())
        day.p.append(p)
        day.recency.append(recency)
        day.silent.append(silent)

    def summary(self) -> dict[str, float | int | None]:
        """`examples`, `auc_day`, `auc_pooled`, `auc_recency_day` and `brier`.

        None stands where there is none: days on which all or nobody stayed silent rank nothing.
        """
        days = [
            (np.array(day.p), np.array(day.recency), np.frombuffer(bytes(day.silent), np.uint8) > 0)
            for _, day in sorted(self._days.items())
        ]
        if not days:
            return dict.fromkeys(("auc_day", "auc_pooled", "auc_recency_day", "brier")) | {"examples": 0}
        p, silent = np.concatenate([day[0] for day in days]), np.concatenate([day[2] for day in days])
        return {
            "examples": len(p),
            "auc_day": _mean(auc(given, came) for given, _, came in days),
            "auc_pooled": _rounded(auc(p, silent)),
            "auc_recency_day": _mean(auc(recency, came) for _, recency, came in days),
            "brier": _rounded(float(np.mean((p.astype(np.float64) - silent) ** 2))),
        }


def auc(score: Floats, silent: npt.NDArray[np.bool_]) -> float | None:
    """Area under the ROC curve: how often a silent customer ranks above another one, ties by half.

    >>> auc(np.array([3.0, 1.0, 1.0]), np.array([True, True, False]))
    0.75
    >>> auc(np.array([3.0]), np.array([True])) is None
    True
    """
    lost = int(silent.sum())
    pairs = lost * (len(silent) - lost)
    if not pairs:
        return None
    _, group, size = np.unique(score, return_inverse=True, return_counts=True)
    rank = np.cumsum(size) - (size - 1) / 2  # of ties: the middle of their ranks
    return float((rank[group[silent]].sum() - lost * (lost + 1) / 2) / pairs)


def _mean(values: Any) -> float | None:
    found = [value for value in values if value is not None]
    return _rounded(sum(found) / len(found)) if found else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
