"""A backlog is read in step with the days that it closes; live events never wait for the close of a day."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from engine.stages import DAY, T0, Partition
from engine.test_churn_flow import END, OPTIONS, orders
from engine.test_heavy import Log

from streams.engine.customer import CustomerStage
from streams.engine.lane import Lane
from streams.engine.partition_row import PartitionRow
from streams.engine.records import Batch, Input
from streams.engine.state import Outcome
from streams.engine.watermark import Quiet
from streams.lanes import RunningLane

LOG = [Input(offset, None, raw) for offset, raw in enumerate(orders())]


@pytest.mark.parametrize("drained", [(), ("orders",)], ids=["backlog", "live"])
def test_only_in_a_backlog_days_come_before_new_events(drained: tuple[str, ...]) -> None:
    customers = Partition(CustomerStage(("orders",), OPTIONS))
    outcome = customers.step(Batch("orders", LOG), now=T0 + END * DAY, drained=drained)
    assert outcome.more, "ten weeks of days wait to be closed"
    assert outcome.first == (not drained)
    while outcome.more:
        outcome = customers.step(now=T0 + END * DAY, drained=drained)
    assert not outcome.first
    mark, closed = customers.state.row.watermark, customers.state.row.closed
    assert mark is not None
    assert closed == (mark - 1) // DAY * DAY


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
