"""Figures of a ranking and of probabilities, and the customer-level bootstrap of differences."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
BINS = 15


class Ranking(NamedTuple):
    """A sorted snapshot, so that any weighting of its customers is quick."""

    order: Ints
    group: Ints
    silent: Floats

    @classmethod
    def of(cls, score: Floats, silent: Floats) -> Ranking:
        order = np.argsort(score, kind="stable")
        ranked = score[order]
        group = np.cumsum(np.concatenate([[False], ranked[1:] != ranked[:-1]]))
        return cls(order, group.astype(np.int64), silent[order])

    def auc(self, weight: Floats | None = None) -> float:
        """Area under the ROC curve, ties by half."""
        w = np.ones(len(self.order)) if weight is None else weight[self.order]
        lost = np.bincount(self.group, w * self.silent)
        came = np.bincount(self.group, w * (1.0 - self.silent))
        below = np.cumsum(came) - came / 2
        total = lost.sum() * came.sum()
        return float((below * lost).sum() / total) if total else float("nan")


def average_precision(score: Floats, positive: Floats) -> float:
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(positive[order])
    return float((hits / np.arange(1, len(order) + 1) * positive[order]).sum() / max(positive.sum(), 1))


def calibration_error(p: Floats, silent: Floats) -> float:
    place = np.minimum((p * BINS).astype(int), BINS - 1)
    size = np.bincount(place, minlength=BINS)
    gap = np.abs(np.bincount(place, p, BINS) - np.bincount(place, silent, BINS))
    return float(gap[size > 0].sum() / len(p))


class Snapshots:
    """Scores of one method set beside what came true: rows are (date, customer)."""

    def __init__(self, date: Ints, customer: Ints, silent: Floats) -> None:
        self.date, self.customer, self.silent = date, customer, silent
        self.slices = [np.flatnonzero(date == day) for day in np.unique(date)]

    def day_auc(self, score: Floats) -> float:
        return float(np.mean([Ranking.of(score[i], self.silent[i]).auc() for i in self.slices]))

    def first_auc(self, score: Floats) -> float:
        """AUC on the first date."""
        rows = self.slices[0]
        return Ranking.of(score[rows], self.silent[rows]).auc()

    def figures(self, score: Floats, *, probability: bool) -> dict[str, float]:
        found = {
            "auc_day": self.day_auc(score),
            "auc_pooled": Ranking.of(score, self.silent).auc(),
            "pr_auc_churners": average_precision(score, self.silent),
            "pr_auc_returners": average_precision(-score, 1.0 - self.silent),
        }
        if probability:
            p = np.clip(score, 0.0, 1.0)
            found["brier"] = float(np.mean((p - self.silent) ** 2))
            found["ece"] = calibration_error(p, self.silent)
        return found

    def bootstrap(self, ours: Floats, others: dict[str, Floats], rounds: int = 300) -> dict[str, list[float]]:
        """5%, 50% and 95% points of day AUC of ours less each other's, customers drawn with replacement."""
        rng = np.random.default_rng(7)
        people = np.unique(self.customer)
        place = np.searchsorted(people, self.customer)
        ranked = {
            name: [Ranking.of(score[i], self.silent[i]) for i in self.slices]
            for name, score in {"ours": ours, **others}.items()
        }
        found: dict[str, list[float]] = {name: [] for name in others}
        for _ in range(rounds):
            weight = np.bincount(rng.integers(len(people), size=len(people)), minlength=len(people)).astype(
                float
            )
            mean = {
                name: np.nanmean(
                    [r.auc(weight[place[i]]) for r, i in zip(rankings, self.slices, strict=True)]
                )
                for name, rankings in ranked.items()
            }
            for name in others:
                found[name].append(float(mean["ours"] - mean[name]))
        return {
            name: [float(each) for each in np.percentile(values, (5, 50, 95))]
            for name, values in found.items()
        }
