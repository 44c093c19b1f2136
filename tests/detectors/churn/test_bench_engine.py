"""The churn benchmark judges what production says, by labels that pandas finds, too, and sees no future."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest

from benchmarks.quality.beside import Beside
from benchmarks.quality.data import DAY, Dataset
from benchmarks.quality.engine import Driven, drive

START = 10_000 * DAY
DAYS, HORIZON = 60, 7


def shop(until: int = DAYS) -> Dataset:
    """Fifty customers who buy every few days, half of whom stop one day."""
    chance = random.Random(3)
    orders = []
    for customer in range(50):
        day, end = chance.uniform(0, 10), chance.choice([chance.uniform(5, 50), DAYS])
        while day < end:
            orders.append((str(customer), START + int(day * DAY), round(chance.uniform(5, 50), 2)))
            day += 0.2 + chance.expovariate(1 / chance.choice([2, 5]))
    frame = pd.DataFrame(orders, columns=["customer", "at", "amount"]).sort_values("at", ignore_index=True)
    frame = frame[frame["at"] <= START + until * DAY]
    return Dataset("made", HORIZON, START, START + DAYS * DAY, frame)


def judged(data: Dataset) -> tuple[dict[tuple[int, str], float], dict[tuple[int, str], float], Driven]:
    taken = Beside(data, data.orders).run()
    driven = drive(data, data.orders, taken)
    keys = [(int(day), taken.people[i]) for day, i in zip(taken.date, taken.customer, strict=True)]
    return (
        dict(zip(keys, driven.p.tolist(), strict=True)),
        dict(zip(keys, taken.silent.tolist(), strict=True)),
        driven,
    )


def test_everybody_is_scored_at_every_date_beside_what_came_true() -> None:
    data = shop()
    scores, silent, driven = judged(data)
    assert driven.events == len(data.orders)
    assert driven.examples > 100
    assert {"score", "learn"} <= driven.parts.keys()
    assert {day for day, _ in scores} >= {44, 51}
    at = pd.to_datetime(data.orders["at"], unit="ms")
    for day in (44, 51):
        now = pd.Timestamp(START, unit="ms") + pd.Timedelta(days=day)
        known = set(data.orders["customer"][at <= now])
        came = set(data.orders["customer"][(at > now) & (at <= now + pd.Timedelta(days=HORIZON))])
        assert {who for each, who in silent if each == day} == known
        assert {who for (each, who), lost in silent.items() if each == day and not lost} == came & known
    lost = np.mean([p for key, p in scores.items() if silent[key]])
    assert lost > np.mean([p for key, p in scores.items() if not silent[key]])


def test_what_comes_after_a_date_changes_no_score_of_it() -> None:
    whole, _, _ = judged(shop())
    cut, _, _ = judged(shop(until=45))
    assert {key: p for key, p in cut.items() if key[0] <= 44} == {
        key: p for key, p in whole.items() if key[0] <= 44
    }


def test_it_stops_rather_than_compare_different_customers() -> None:
    data = shop()
    taken = Beside(data, data.orders).run()
    fewer = data.orders[data.orders["customer"] != "7"]
    with pytest.raises(SystemExit, match="left out"):
        drive(data, fewer, taken)
    refused = data.orders.assign(customer="")
    with pytest.raises(SystemExit, match="refused an order"):
        drive(data, refused, taken)
