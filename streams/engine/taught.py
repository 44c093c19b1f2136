"""What the trainer has learnt: the models, and beside them how far it has come and what it watches."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import orjson

from detectors.churn import watch
from detectors.churn.chunk import Labelled
from detectors.churn.figures import auc
from detectors.churn.watch import Drift
from streams.engine.models import Adopted

METRIC_DAYS = 28
VERSIONS = 60
_DECIMALS = 6

Row = dict[str, Any]


class Day(NamedTuple):
    """How the scores of one day of labels of the main horizon did.

    Attributes:
        at: the labels' moment, ms.
        examples: how many.
        silent: how many of them ordered nothing.
        squares: sum of the squared errors of the probabilities that were given.
        auc: how they ranked; None where all or none were silent.
    """

    at: int
    examples: int
    silent: int
    squares: float
    auc: float | None

    @classmethod
    def of(cls, at: int, labels: list[Labelled]) -> Day:
        """Count a day."""
        p = np.array([each.p for each in labels], np.float64)
        silent = np.array([each.silent for each in labels], np.bool_)
        squares = float(((p - silent) ** 2).sum())
        return cls(at, len(labels), int(silent.sum()), squares, auc(p, silent))


class Progress:
    """Beside the models: what else the trainer knows. Read from its row, changed, and written back.

    Attributes:
        at: the day that is being learnt, ms; None between days.
        done: how many of its labels are done.
        learnt: how many of those could be learnt.
        last: the last day that was learnt wholly, ms.
        told: days up to this one, ms, were learnt and published before; they are being learnt again.
        offset: one more than that of the last record on `churn-examples` of which something was learnt.
        left_out: examples that were taken with other features than this program's.
        watch: see `detectors.churn.watch`.
        days: the newest days of figures.
        versions: names of what was published and is still there, the oldest first.
    """

    def __init__(self, row: Row | None = None) -> None:
        known = row or {}
        self.at: int | None = known.get("at")
        self.done: int = known.get("done", 0)
        self.learnt: int = known.get("learnt", 0)
        self.last: int | None = known.get("last")
        self.told: int | None = known.get("told")
        self.offset: int = known.get("offset", 0)
        self.left_out: int = known.get("left_out", 0)
        self.watch: Row = known.get("watch") or watch.new()
        self.days = [Day(*each) for each in known.get("days", ())]
        self.versions: list[str] = known.get("versions", [])

    def dumps(self) -> bytes:
        """The row."""
        return orjson.dumps({**vars(self), "days": [list(each) for each in self.days]})

    def again(self) -> Progress:
        """Of a trainer that learns everything again: what was told stays told."""
        return Progress({"told": self.last, "versions": self.versions})

    def metrics(self) -> Row:
        """Prequential figures of the newest days, for the version that is published."""
        count = sum(day.examples for day in self.days)
        ranked = [day.auc for day in self.days if day.auc is not None]
        return {
            "days": len(self.days),
            "examples": count,
            "brier": round(sum(day.squares for day in self.days) / count, _DECIMALS) if count else None,
            "auc_day": round(sum(ranked) / len(ranked), _DECIMALS) if ranked else None,
            "base_rate": round(sum(day.silent for day in self.days) / count, _DECIMALS) if count else None,
        }


def learn(models: Adopted, progress: Progress, labels: list[Labelled]) -> list[Drift]:
    """Learn labels in their order, into the models and the watch; the changes that were seen."""
    drifts: list[Drift] = []
    churn, main = models.churn, models.churn.main
    for each in labels:
        progress.done += 1
        if each.days not in churn.horizons:
            continue
        features = each.features()
        if churn.learn_one(each.days, features, each.known(), silent=each.silent):
            progress.learnt += 1
        if each.days != main:
            continue
        if each.orders > 0:
            models.value.learn_one(features, each.spend)
        drifts += watch.observe(progress.watch, each.label_at, each.p, silent=each.silent)
    return drifts
