"""A heavy stage is computed aside, and whoever gives it up waits for the end of the computation."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from streams.engine.lane import Lane
from streams.engine.partition_row import PartitionRow
from streams.engine.state import Outcome
from streams.engine.watermark import Quiet
from streams.lanes import RunningLane, in_thread


class Log:
    """Commits at once."""

    def __init__(self) -> None:
        self.commits: list[Outcome] = []

    async def fence(self) -> None: ...

    async def restore(self) -> AsyncIterator[Sequence[tuple[bytes, bytes | None]]]:
        for nothing in ():
            yield nothing

    async def commit(self, outcome: Outcome) -> None:
        self.commits.append(outcome)


class Stage:
    """Says in which thread it was computed, and goes on when it may."""

    name, changelog, inputs = "pairs", "pair-rows", ("baskets",)

    def __init__(self, *, heavy: bool) -> None:
        self.heavy = heavy
        self.threads: list[threading.Thread] = []
        self.begun, self.may = threading.Event(), threading.Event()

    def quiet(self) -> Quiet:
        return Quiet(0)

    def step(self, *_: Any) -> Outcome:
        self.threads.append(threading.current_thread())
        self.begun.set()
        assert self.may.wait(10)
        return Outcome(PartitionRow(watermark=len(self.threads)), commit=True)


def test_only_a_heavy_step_leaves_the_loop() -> None:
    async def steps(*, heavy: bool) -> threading.Thread:
        stage = Stage(heavy=heavy)
        stage.may.set()
        await Lane(stage, 0, Log(), in_thread).step((), 0, ())
        return stage.threads[0]

    main = threading.current_thread()
    assert asyncio.run(steps(heavy=False)) is main
    assert asyncio.run(steps(heavy=True)) is not main


def test_the_loop_goes_on_and_the_state_is_as_it_was_while_a_step_is_computed() -> None:
    async def run() -> None:
        stage, log = Stage(heavy=True), Log()
        lane = Lane(stage, 0, log, in_thread)
        step = asyncio.create_task(lane.step((), 0, ()))
        await asyncio.to_thread(stage.begun.wait, 10)
        assert (lane.state.row.watermark, log.commits) == (None, [])
        stage.may.set()
        await step
        assert (lane.state.row.watermark, len(log.commits)) == (1, 1)

    asyncio.run(run())


def test_a_cancelled_step_ends_only_with_its_thread() -> None:
    async def run() -> None:
        stage, log = Stage(heavy=True), Log()
        step = asyncio.create_task(Lane(stage, 0, log, in_thread).step((), 0, ()))
        await asyncio.to_thread(stage.begun.wait, 10)
        for _ in range(20):
            step.cancel()
            await asyncio.sleep(0)
        assert not step.done(), "its thread still reads the state"
        stage.may.set()
        with pytest.raises(asyncio.CancelledError):
            await step
        assert log.commits == [], "what was cancelled is not true"

    asyncio.run(run())


def test_a_lane_that_is_stopped_finishes_the_step_under_way() -> None:
    async def run() -> None:
        stage, log = Stage(heavy=True), Log()
        wrong: list[BaseException] = []
        running = RunningLane(Lane(stage, 0, log, in_thread), lambda _: (), 10, wrong.append)
        running.start()
        await asyncio.to_thread(stage.begun.wait, 10)
        stopping = asyncio.create_task(running.stop())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not stopping.done()
        stage.may.set()
        await stopping
        assert (len(log.commits), wrong) == (1, [])

    asyncio.run(run())
