"""A partition with as many customers as wanted, its rows as the customer stage writes them.

The stage itself takes the orders of a smaller shop, day by day, sweeps included; then each of its customers
gets so many doubles. What it wrote of a customer does not hold the customer's id, so a double's row is the
same bytes under another key; chunks of examples name their customers, and get the doubles' names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from benchmarks.synthetic import BEGIN, DAY, HOUR
from detectors.churn.chunk import examples
from streams.engine.customer import CustomerStage
from streams.engine.intake import ANNOUNCEMENT, REROUTED
from streams.engine.models import Adopted
from streams.engine.options import ChurnOptions, Options
from streams.engine.partition_row import KEY
from streams.engine.records import Batch, Input
from streams.engine.state import Outcome, State
from streams.engine.taught import Progress, learn
from streams.sources.record import Record
from streams.sources.strand import cloud_event
from streams.topics import INPUTS

ORDERS = "orders"
SHOP = 10_000  # customers whose orders are made
DAYS = 120
EACH = 8  # orders of a customer, on average
LEARNT = 5_000  # examples that the models have learnt
NOW = 1_790_000_000_000  # wall clock; later than every event
QUIET = frozenset({*(topic.name for topic in INPUTS), REROUTED})
_STEP = 2_000


class Crowd(NamedTuple):
    """A stage with models that have learnt, and the changelog of its partition as a restart would read it."""

    stage: CustomerStage
    changelog: list[tuple[bytes, bytes]]


class Reader:
    """Feeds one topic's records to a stage, as its only partition."""

    def __init__(self, stage: CustomerStage, state: State) -> None:
        self.stage, self.state, self._quiet = stage, state, stage.quiet()
        self.step()  # from here on the other topics are known to be idle

    def step(self, records: Sequence[Record] = ()) -> Outcome:
        """One step; its outcome is applied."""
        begin = self.state.row.offsets.get(ORDERS, 0)
        inputs = [Input(begin + i, each.key, each.value) for i, each in enumerate(records)]
        outcome = self.stage.step(self.state, [Batch(ORDERS, inputs)], NOW, QUIET, self._quiet)
        self.state.apply(outcome)
        return outcome


def order(kind: str, number: int, customer: str, at: int, promised: int | None = None) -> Record:
    """An order's event; with lines where it is placed."""
    content: dict[str, Any] = {"order_id": f"o-{number}", "customer_id": customer}
    if kind == "placed":
        amount = f"{10 + number % 90}.50"
        line = {"product_id": f"p-{number % 500}", "department": "grocery", "quantity": "1", "amount": amount}
        content |= {"currency": "EUR", "total": amount, "lines": [line]}
        if promised is not None:
            content["promised"] = _stamp(promised)
    value = cloud_event(
        f"tocsin.order.{kind}.v1", f"{kind}-{number}", "bench", _stamp(at), content, synthetic=True
    )
    return Record(ORDERS, customer.encode(), value, at)


def crowd(customers: int, slice_of: int | None = None) -> Crowd:
    """Make it; `slice_of` overrides how many customers a step scores."""
    churn = ChurnOptions() if slice_of is None else ChurnOptions(slice=slice_of)
    stage = CustomerStage([topic.name for topic in INPUTS], Options(1, wall=False, idle_after=0, churn=churn))
    state = State(0)
    reader = Reader(stage, state)
    labels: list[Any] = []
    records = list(_orders(min(SHOP, customers)))
    for begin in range(0, len(records), _STEP):
        outcome = reader.step(records[begin : begin + _STEP])
        labels += _labels(outcome)
        while outcome.more:
            outcome = reader.step()
            labels += _labels(outcome)
    _teach(stage.adopted, labels)
    doubles = range(-(-customers // min(SHOP, customers)))
    changelog = [(KEY, state.row.dumps())]
    rows = [(key, row) for key, row in state.rows.items() if key != KEY]
    changelog += [_double(*each, number) for each in rows for number in doubles]
    return Crowd(stage, changelog)


def _double(key: bytes, value: bytes, number: int) -> tuple[bytes, bytes]:
    end = f".{number}"
    if key.startswith(b"e/"):
        chunk = orjson.loads(value)
        value = orjson.dumps({**chunk, "who": [customer + end for customer in chunk["who"]]})
    return key + end.encode(), value


def _orders(customers: int) -> Iterator[Record]:
    """Each buys at a pace of their own for as long as they stay: some once, some weekly."""
    chance = random.Random(5)
    times: list[tuple[int, int]] = []
    for customer in range(customers):
        at = BEGIN - DAYS * DAY + chance.random() * DAYS * DAY / 2
        gap = max(chance.gammavariate(1.2, 6.0), 0.5) * DAY
        for _ in range(1 + round(chance.expovariate(1 / (EACH * 1.35)))):
            if at >= BEGIN - HOUR:
                break
            times.append((int(at), customer))
            at += chance.expovariate(1 / gap) + HOUR
    times.sort()
    for number, (at, customer) in enumerate(times):
        yield order("placed", number, f"c-{customer}", at)


def _labels(outcome: Outcome) -> list[Any]:
    wanted = "churn-examples"
    return [
        orjson.loads(send.value or b"")
        for send in outcome.sends
        if send.topic == wanted and send.key != ANNOUNCEMENT
    ]


def _teach(models: Adopted, labels: list[Any]) -> None:
    progress = Progress()
    learn(models, progress, examples(labels)[-LEARNT * len(models.churn.horizons) :])


def _stamp(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
