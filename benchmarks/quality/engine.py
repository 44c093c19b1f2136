"""Tocsin's scores of a set, from the stages of production: events as bytes in, `customer-scores` out.

`streams.backtest` drives the customer stage and the trainer as `tocsin backtest` does, with the settings of a
`tocsin.yaml` that names a horizon and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import orjson
import pandas as pd

from alerts.config.load import load
from benchmarks.parts import sampling
from benchmarks.quality.beside import Taken
from benchmarks.quality.data import DAY, Dataset
from benchmarks.quality.metrics import Floats
from streams.backtest.run import Backtest
from streams.engine.options import Options
from streams.engine.records import Send
from streams.memory import tune_memory
from streams.sources.record import Record
from streams.sources.strand import cloud_event, stamps
from streams.topics import INPUTS
from streams.wiring import churn_options, churn_settings

ORDERS = "orders"
_TIME = b'"time":"'
PARTS = {
    ("streams.engine.churn.sweeping", "Sweep.score"): "score",
    ("streams.engine.churn.sweeping", "Sweep.label"): "label",
    ("streams.engine.taught", "learn"): "learn",
    ("streams.engine.trainer", "TrainerStage.step"): "trainer",
    ("streams.engine.customer", "CustomerStage.step"): "events",
}


class Driven(NamedTuple):
    """What a run of the engine gave.

    Attributes:
        p: probabilities of silence in the order of the snapshots' rows.
        events: how many went in.
        examples: how many were learnt.
        seconds: CPU time of the whole run.
        parts: share of it by part of the engine.
    """

    p: Floats
    events: int
    examples: int
    seconds: float
    parts: dict[str, float]


def drive(data: Dataset, orders: pd.DataFrame, taken: Taken) -> Driven:
    """Stream a set through the engine, and look at its scores at the dates of the snapshots.

    Raises:
        SystemExit: the engine refused events, or did not score exactly those who are in the snapshots.
    """
    days = np.unique(taken.date)
    moments = tuple(data.start + int(day) * DAY for day in days)
    scores = Scores(data, moments)
    tune_memory()
    samples: Counter[str] = Counter()
    run = _backtest(data, moments, scores)
    began = time.process_time()
    with sampling(samples, PARTS):
        asyncio.run(run.run(records(data, orders), int(orders["at"].max()), lambda _: None))
    seconds = time.process_time() - began
    keys = zip(taken.date.tolist(), taken.customer.tolist(), strict=True)
    p = [scores.found.pop((day, taken.people[place]), None) for day, place in keys]
    if scores.found or None in p:
        raise SystemExit(
            f"{data.name}: the engine scored {len(scores.found)} whom nobody expected, and left out "
            f"{p.count(None)} of {len(p)}; the benchmark would compare different customers."
        )
    return Driven(
        np.array(p, np.float64),
        len(orders),
        (run.churn or {})["examples"],
        seconds,
        {part: count / samples.total() for part, count in samples.items()},
    )


def records(data: Dataset, orders: pd.DataFrame) -> Iterator[Record]:
    """The orders as `tocsin.order.placed.v1`."""
    times = stamps(orders["at"].to_numpy())
    for row, stamp in zip(orders.itertuples(), times, strict=True):
        order, total = f"o-{row.Index}", f"{row.amount:.2f}"
        # The sets' lines are not what is judged: one line stands for the basket.
        content: dict[str, Any] = {
            "order_id": order,
            "customer_id": row.customer,
            "currency": "USD",
            "total": total,
            "lines": [{"product_id": "basket", "quantity": "1", "amount": total}],
        }
        value = cloud_event("tocsin.order.placed.v1", order, data.name, stamp, content, synthetic=False)
        yield Record(ORDERS, str(row.customer).encode(), value, int(row.at))


class Scores:
    """Keeps the probabilities of some moments: (day since the set's start, customer) to p."""

    def __init__(self, data: Dataset, moments: tuple[int, ...]) -> None:
        self.found: dict[tuple[int, str], float] = {}
        texts = stamps(np.array(moments, np.int64))
        self._days = {
            text.encode(): (moment - data.start) // DAY for text, moment in zip(texts, moments, strict=True)
        }

    def take(self, send: Send) -> None:
        """Keep a score, if its moment was asked for."""
        value = send.value or b""
        begin = value.index(_TIME) + len(_TIME)  # nearly all are of other moments, and need not be read
        day = self._days.get(value[begin : value.index(b'"', begin)])
        if day is not None:
            score = orjson.loads(value)
            self.found[day, score["customer"]] = score["probability"]


def _backtest(data: Dataset, moments: tuple[int, ...], scores: Scores) -> Backtest:
    text = f"rules: {{churn: {{horizon: {data.horizon}d, horizons: [{data.horizon}d]}}}}"
    config = load(text, "the benchmark's settings")
    churn = churn_options(churn_settings(config))
    assert churn is not None, "churn is asked for unless somebody says otherwise"
    options = Options(partitions=1, rules=config.rules, churn=replace(churn, moments=moments))
    absent = frozenset(topic.name for topic in INPUTS) - {ORDERS}
    return Backtest(options, absent, config, _passed, _refused, scores.take, _passed)


def _passed(_send: Send) -> None:
    """Alerts are not what is judged."""


def _refused(send: Send) -> None:
    raise SystemExit(f"the engine refused an order: {dict(send.headers)}")
