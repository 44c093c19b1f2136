"""Drives the churn parts day by day, as the engine does: orders, labels, learning, scores, examples."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np

from benchmarks.quality.data import DAY, Dataset, part
from benchmarks.quality.metrics import Floats, Ints
from detectors.churn import history as book
from detectors.churn import newcomers
from detectors.churn.chunk import examples, is_due, label, pack
from detectors.churn.history import History
from detectors.churn.model import ChurnModel
from detectors.churn.packed import pack as packed
from detectors.churn.sweep import Swept, sweep
from detectors.churn.table import FEATURES

EARLY = 500  # labelled examples after which the model must beat recency
SPAN = 10_000 * DAY  # more than any set lasts: keeps customers apart in one sorted array
NAMES = tuple(each.name for each in FEATURES)


class Taken(NamedTuple):
    """What a run leaves: snapshots (scores at the dates) and the examples, as columns."""

    date: Ints
    customer: Ints
    silent: Floats
    ours: Floats
    prior: Floats  # x, t_x, T: three columns, days since the first known order
    features: Floats
    example_day: Ints
    example_features: Floats
    example_silent: Floats
    early_from: int
    seconds: dict[str, float]
    counts: dict[str, int]
    model: ChurnModel


class Stream:
    """One set, one model, one pass."""

    def __init__(self, data: Dataset, only: str | None = None) -> None:
        self.data = data
        frame = data.orders
        if only:
            frame = frame[frame["customer"].map(part) == only].reset_index(drop=True)
        self.frame = frame
        self.people = sorted(frame["customer"].unique())
        self.place = {customer: i for i, customer in enumerate(self.people)}
        owner = np.array([self.place[customer] for customer in frame["customer"]], np.int64)
        at = frame["at"].to_numpy() - data.start
        self.purchases = np.sort(owner * SPAN + at)
        self.first = np.full(len(self.people), np.iinfo(np.int64).max)
        np.minimum.at(self.first, owner, frame["at"].to_numpy())
        self.histories: list[History] = [book.empty() for _ in self.people]
        self.firsts = newcomers.new()
        self.waiting: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self.model = ChurnModel((data.horizon,))
        self.seconds: dict[str, float] = defaultdict(float)
        self.counts: dict[str, int] = defaultdict(int)
        self.snaps: list[tuple[int, Swept, Floats]] = []
        self.examples: list[tuple[int, Ints, Floats]] = []
        self.early_from = 0

    def run(self) -> Taken:
        data, horizon = self.data, self.data.horizon
        days = (data.end - data.start) // DAY
        rows = self.frame.assign(day=(self.frame["at"] - data.start) // DAY)
        by_day = {int(day): group for day, group in rows.groupby("day")}
        first_date = 2 * horizon + 30
        for day in range(1, days + 1):
            self._orders(by_day.get(day - 1))
            now = data.start + day * DAY
            self._learn(now)
            early = self.early_from and 0 <= day - self.early_from < 28 and (day - self.early_from) % 7 == 0
            if day + horizon <= days:
                if early or (day >= first_date and (day - first_date) % 7 == 0):
                    self._score(day, now)
                self._take(day, now)
        return self._result()

    def _orders(self, group: object) -> None:
        if group is None:
            return
        began = time.perf_counter()
        for row in group.itertuples():  # type: ignore[attr-defined]
            history = self.histories[self.place[row.customer]]
            if not history["t"]:
                newcomers.note(self.firsts, row.at)
            book.placed(history, f"o{row.Index}", row.at, row.amount, "USD")
            self.counts["orders"] += 1
        self.seconds["orders"] += time.perf_counter() - began

    def _learn(self, now: int) -> None:
        due = self.waiting.pop(now, [])
        labels = [
            label(
                chunk,
                self.data.horizon,
                [packed(self.histories[self.place[who]], None, now) for who in chunk["who"]],
            )
            for chunk in due
        ]
        began = time.perf_counter()
        labelled = examples(labels)
        for each in labelled:
            self.model.learn_one(each.days, each.features(), each.known(), silent=each.silent)
        self.seconds["learn"] += time.perf_counter() - began
        self.counts["learn"] += len(labelled)
        if not self.early_from and self.counts["learn"] >= EARLY:
            self.early_from = (now - self.data.start) // DAY

    def _score(self, day: int, now: int) -> None:
        began = time.perf_counter()
        swept = sweep(self.histories, now, data_from=newcomers.data_from(self.firsts, now))
        scores = self.model.predict_many(swept)[self.data.horizon]
        self.seconds["score"] += time.perf_counter() - began
        self.counts["score"] += len(swept.places)
        self.snaps.append((day, swept, scores))

    def _take(self, day: int, now: int) -> None:
        due = [i for i, who in enumerate(self.people) if self.histories[i]["t"] and is_due(who, now)]
        swept = sweep([self.histories[i] for i in due], now, data_from=newcomers.data_from(self.firsts, now))
        chunk = pack(now, [self.people[i] for i in due], swept, self.model.predict_many(swept))
        self.waiting[now + self.data.horizon * DAY].append(chunk)
        full = np.stack([swept.columns[name] for name in NAMES], 1).astype(np.float32)
        self.examples.append((day, np.array([due[i] for i in swept.places], np.int64), full))

    def _silent(self, people: Ints, day: int) -> Floats:
        """Truth from the purchases themselves: none within the horizon."""
        begin = self.data.start + day * DAY
        first = np.searchsorted(self.purchases, people * SPAN + (begin - self.data.start), side="right")
        end = begin - self.data.start + self.data.horizon * DAY
        return (first == np.searchsorted(self.purchases, people * SPAN + end, side="right")).astype(
            np.float64
        )

    def _pattern(self, day: int, swept: Swept) -> Floats:
        """x, t_x and T as the reference models want them: since the first known order."""
        moment = self.data.start + day * DAY
        age = (moment - self.first[swept.places]) / DAY
        repeats = np.round(np.exp(swept.columns["orders"])) - 1.0
        last = np.clip(age - np.expm1(swept.columns["recency"]), 0.0, age)
        return np.stack([repeats, np.where(repeats > 0, last, 0.0), age], 1)

    def _result(self) -> Taken:
        days = [np.full(len(swept.places), day) for day, swept, _ in self.snaps]
        plain = [self._pattern(day, swept) for day, swept, _ in self.snaps]
        return Taken(
            np.concatenate(days),
            np.concatenate([swept.places for _, swept, _ in self.snaps]),
            np.concatenate([self._silent(swept.places, day) for day, swept, _ in self.snaps]),
            np.concatenate([scores for _, _, scores in self.snaps]),
            np.concatenate(plain),
            np.concatenate([np.stack([s.columns[n] for n in NAMES], 1) for _, s, _ in self.snaps]),
            np.concatenate([np.full(len(people), day) for day, people, _ in self.examples]),
            np.concatenate([full for _, _, full in self.examples]),
            np.concatenate([self._silent(people, day) for day, people, _ in self.examples]),
            self.early_from,
            dict(self.seconds),
            dict(self.counts),
            self.model,
        )
