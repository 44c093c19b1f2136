"""A backlog is read in step with the days that it closes; the last one holds no event up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from engine.stages import DAY, T0, Partition
from engine.test_churn_flow import ASKED, END, OPTIONS, orders
from engine.test_heavy import Log

from streams.engine.churn.closing import LATE, Closing
from streams.engine.customer import CustomerStage
from streams.engine.lane import Lane
from streams.engine.partition_row import PartitionRow
from streams.engine.records import Batch, Input
from streams.engine.state import Outcome
from streams.engine.watermark import Quiet
from streams.lanes import RunningLane

LOG = [Input(offset, None, raw) for offset, raw in enumerate(orders())]


def test_days_come_before_new_events_until_a_single_one_is_left() -> None:
    customers = Partition(CustomerStage(("orders",), OPTIONS))
    outcome = customers.step(Batch("orders", LOG), now=T0 + END * DAY)
    assert outcome.more, "ten weeks of days wait to be closed"
    firsts: list[bool] = []
    while outcome.more:
        mark, closed = customers.state.row.watermark, customers.state.row.closed
        assert mark is not None
        if closed is not None:
            assert outcome.first == (mark - closed > LATE + DAY), "the day after the last closed is due"
        firsts.append(outcome.first)
        outcome = customers.step(now=T0 + END * DAY)
    assert firsts == sorted(firsts, reverse=True)
    assert set(firsts) == {True, False}
    assert not outcome.first
    assert customers.state.row.closed == (mark - 1) // DAY * DAY


def test_a_time_is_settled_once_nothing_of_it_is_left_and_a_replay_says_so_at_once() -> None:
    customers = Partition(CustomerStage(("orders",), OPTIONS))
    outcome = customers.step(Batch("orders", LOG), now=T0 + END * DAY)
    while outcome.more:
        assert customers.state.row.settled is None
        outcome = customers.step(now=T0 + END * DAY)
    assert outcome.commit, "who waits for it reads what is committed"
    assert customers.state.row.settled == customers.state.row.watermark


@dataclass
class Closed:
    """What closing ten weeks of days said, and in how many steps."""

    steps: int
    scores: set[tuple[Any, ...]]
    labels: set[tuple[Any, ...]]


def closed(stage: type[CustomerStage] = CustomerStage, **asked: Any) -> Closed:
    churn = replace(ASKED, slice=100_000, **asked)
    customers = Partition(stage(("orders",), replace(OPTIONS, churn=churn)))
    more, steps = customers.step(Batch("orders", LOG), now=T0 + END * DAY).more, 1
    while more:
        more, steps = customers.step(now=T0 + END * DAY).more, steps + 1
    scores = [orjson.loads(each.value or b"") for each in customers.to("customer-scores")]
    chunks = [orjson.loads(each.value or b"") for each in customers.to("churn-examples") if each.key is None]
    return Closed(
        steps,
        {(each["customer"], each["time"], each["probability"]) for each in scores},
        {
            (who, each["at"], each["days"], silent)
            for each in chunks
            for who, silent in zip(each["who"], each["silent"], strict=True)
        },
    )


def test_days_that_are_closed_together_say_what_each_would_say_in_a_step_of_its_own() -> None:
    together, apart = closed(), closed(apart=True)
    assert apart.steps > END - 5
    assert together.steps <= END / min(ASKED.horizons) + 2
    assert together.scores == apart.scores
    assert together.labels == apart.labels
    assert len(apart.labels) > 100


class ClosesWhateverIsDue(Closing):
    """Goes on to days on which examples of the same step have their labels."""

    def may_follow(self, moment: int, first: int) -> bool:  # noqa: ARG002 - the guard is off
        return True


class Unguarded(CustomerStage):
    """Closes days that way."""

    closing = ClosesWhateverIsDue


def test_no_label_is_due_of_an_example_that_the_same_step_has_taken() -> None:
    assert closed(Unguarded).labels < closed(apart=True).labels, "without the guard labels are lost"


@pytest.mark.parametrize("drained", [(), ("orders",)])
def test_late_days_are_closed_many_at_a_time_be_their_events_read_or_not(drained: tuple[str]) -> None:
    customers = Partition(CustomerStage(("orders",), OPTIONS))
    more, steps = customers.step(Batch("orders", LOG), now=T0 + END * DAY).more, 1
    while more:
        more, steps = customers.step(now=T0 + END * DAY, drained=drained).more, steps + 1
    assert steps < END, "a slice of customers for each step would take four for each day"


class Slow:
    """A stage whose first step leaves two more, which come before anything new."""

    name, changelog, inputs = "customer", "customer-rows", ("orders",)

    def __init__(self) -> None:
        self.read: list[int] = []
        self.end = asyncio.Event()

    def quiet(self) -> Quiet:
        return Quiet(0)

    def step(self, _state: Any, batches: Any, *_: Any) -> Outcome:
        self.read.append(sum(len(batch.records) for batch in batches))
        left = len(self.read) % 3 > 0
        if len(self.read) == 6:
            self.end.set()
        return Outcome(PartitionRow(), more=left, first=left)


def test_a_lane_takes_nothing_new_before_what_comes_first() -> None:
    async def run() -> list[int]:
        stage, wrong = Slow(), list[BaseException]()
        running = RunningLane(Lane(stage, 0, Log()), lambda _: (), 1, wrong.append)
        for record in LOG[:2]:
            await running.offer("orders", SimpleNamespace(value=[record], ack=lambda: None))
        running.start()
        await asyncio.wait_for(stage.end.wait(), 10)
        await running.stop()
        assert not wrong
        return stage.read[:6]

    assert asyncio.run(run()) == [1, 0, 0, 1, 0, 0]
