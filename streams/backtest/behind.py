"""The stages of one partition behind the customer stage, in a backtest: what comes waits for a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streams.backtest.memory_log import MemoryLog
from streams.engine.lane import Lane, Stage
from streams.engine.partition_row import PartitionRow
from streams.engine.records import Batch, Input, Send


class Behind:
    """Lanes by the topic that each reads.

    Args:
        stages: each reads one topic.
        commits: takes what they send.
    """

    def __init__(self, stages: Sequence[Stage], commits: Callable[[Sequence[Send]], None]) -> None:
        log = MemoryLog(commits)
        self._lanes = {stage.inputs[0]: Lane(stage, 0, log) for stage in stages}
        self._waiting: dict[str, list[Input]] = {topic: [] for topic in self._lanes}
        self._passed = dict.fromkeys(self._lanes, 0)

    @property
    def rows(self) -> list[PartitionRow]:
        """The partition rows as they stand."""
        return [lane.state.row for lane in self._lanes.values()]

    async def open(self) -> None:
        """Before the first step."""
        for lane in self._lanes.values():
            await lane.open()

    def take(self, send: Send) -> bool:
        """Keep a record for the stage that reads its topic; false where none does."""
        if send.topic not in self._waiting:
            return False
        self._waiting[send.topic].append(Input(self._passed[send.topic], send.key, send.value, send.headers))
        self._passed[send.topic] += 1
        return True

    async def step(self, now: int) -> None:
        """Let the stages do all that has come for them."""
        for topic, lane in self._lanes.items():
            waiting, self._waiting[topic] = self._waiting[topic], []
            more = bool(waiting)
            while more:
                more = await lane.step([Batch(topic, waiting)], now, {topic})
                waiting = []
