"""What the references need beside the engine's scores: features, patterns and labels, from the orders alone.

The features are those of the engine's own public functions at the same moments, so that the gradient boosting
is given all that Tocsin is given. Nothing here reads a score.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.quality.data import DAY, Dataset
from benchmarks.quality.metrics import Floats, Ints
from detectors.churn import history as book
from detectors.churn import newcomers
from detectors.churn.chunk import is_due
from detectors.churn.history import History
from detectors.churn.sweep import Swept, sweep
from detectors.churn.table import FEATURES

EARLY = 500  # labelled examples after which the model must beat recency
SPAN = 10_000 * DAY  # more than any set lasts: keeps customers apart in one sorted array
NAMES = tuple(each.name for each in FEATURES)


class Taken(NamedTuple):
    """Snapshots (a row for each known customer at each date) and examples, as columns.

    Attributes:
        people: ids; `customer` holds places in it.
        date: days since the set's start.
        customer: whose row.
        silent: whether no order came within the horizon.
        prior: x, t_x, T: three columns, days since the first known order.
        features: of `NAMES`.
        example_day, example_features, example_silent: the same of the examples.
        early_from: the first day on which a score can know of `EARLY` labels.
        scored: how many scores the daily sweeps of the whole stream make.
    """

    people: list[str]
    date: Ints
    customer: Ints
    silent: Floats
    prior: Floats
    features: Floats
    example_day: Ints
    example_features: Floats
    example_silent: Floats
    early_from: int
    scored: int


class Beside:
    """One pass over one set.

    Args:
        data: see there.
        orders: those of its orders that exist.
    """

    def __init__(self, data: Dataset, orders: pd.DataFrame) -> None:
        self.data, self.orders = data, orders
        self.people = sorted(orders["customer"].unique())
        self.place = {customer: i for i, customer in enumerate(self.people)}
        owner = np.array([self.place[customer] for customer in orders["customer"]], np.int64)
        at = orders["at"].to_numpy() - data.start
        self.purchases = np.sort(owner * SPAN + at)
        self.first = np.full(len(self.people), np.iinfo(np.int64).max)
        np.minimum.at(self.first, owner, orders["at"].to_numpy())
        self.histories: list[History] = [book.empty() for _ in self.people]
        self.firsts = newcomers.new()
        self.snaps: list[tuple[int, Swept]] = []
        self.examples: list[tuple[int, Ints, Floats]] = []
        self.early_from = self.scored = 0

    def run(self) -> Taken:
        data, horizon = self.data, self.data.horizon
        days = (data.end - data.start) // DAY
        # The close of a day knows what came up to its midnight.
        rows = self.orders.assign(day=(self.orders["at"] - data.start - 1) // DAY + 1)
        by_day = {int(day): group for day, group in rows.groupby("day")}
        first_date = 2 * horizon + 30
        known, labelled = 0, Counter[int]()
        for day in range(1, days + 1):
            now = data.start + day * DAY
            data_from = newcomers.data_from(self.firsts, now)
            self._orders(by_day.get(day))
            self.scored += sum(1 for history in self.histories if history["t"])
            # What is learnt at the close of a day scores at the next one.
            known += labelled[day - 1]
            if not self.early_from and known >= EARLY:
                self.early_from = day
            labelled[day + horizon] = self._take(day, now, data_from, keep=day + horizon <= days)
            early = self.early_from and 0 <= day - self.early_from < 28 and (day - self.early_from) % 7 == 0
            weekly = day >= first_date and (day - first_date) % 7 == 0
            if (early or weekly) and day + horizon <= days:
                self.snaps.append((day, sweep(self.histories, now, data_from=data_from)))
        return self._result()

    def _orders(self, group: Any) -> None:
        for row in () if group is None else group.itertuples():
            history = self.histories[self.place[row.customer]]
            if not history["t"]:
                newcomers.note(self.firsts, row.at)
            book.placed(history, f"o-{row.Index}", row.at, row.amount, "USD")

    def _take(self, day: int, now: int, data_from: int | None, *, keep: bool) -> int:
        """The examples of a day; how many."""
        due = [i for i, who in enumerate(self.people) if self.histories[i]["t"] and is_due(who, now)]
        if keep:
            swept = sweep([self.histories[i] for i in due], now, data_from=data_from)
            full = np.stack([swept.columns[name] for name in NAMES], 1).astype(np.float32)
            self.examples.append((day, np.array([due[i] for i in swept.places], np.int64), full))
        return len(due)

    def _silent(self, people: Ints, day: int) -> Floats:
        """Truth from the purchases themselves: none within the horizon."""
        begin = day * DAY
        first = np.searchsorted(self.purchases, people * SPAN + begin, side="right")
        end = begin + self.data.horizon * DAY
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
        return Taken(
            self.people,
            np.concatenate([np.full(len(swept.places), day) for day, swept in self.snaps]),
            np.concatenate([swept.places for _, swept in self.snaps]),
            np.concatenate([self._silent(swept.places, day) for day, swept in self.snaps]),
            np.concatenate([self._pattern(day, swept) for day, swept in self.snaps]),
            np.concatenate([np.stack([s.columns[n] for n in NAMES], 1) for _, s in self.snaps]),
            np.concatenate([np.full(len(people), day) for day, people, _ in self.examples]),
            np.concatenate([full for _, _, full in self.examples]),
            np.concatenate([self._silent(people, day) for day, people, _ in self.examples]),
            self.early_from,
            self.scored,
        )
