"""The lanes that this worker owns: opened on assignment, run until they are revoked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, runtime_checkable

import structlog
from faust.types import TP

from schemas.errors import Fatal
from streams.clock import now_ms
from streams.engine.lane import Lane, Stage
from streams.engine.records import Batch
from streams.engine.state import Outcome
from streams.kafka.log import KafkaLog
from streams.settings import Settings

log = structlog.get_logger(__name__)

_QUEUE = 4  # fetched batches waiting per lane; more would only hold memory
_TICK = 0.5  # seconds until a lane without input looks at the time


async def in_thread(compute: Callable[[], Outcome]) -> Outcome:
    """Compute in a thread while other lanes go on.

    Whoever cancels it waits for the thread: its stage is shared with the partition's next owner here.
    """
    thread = asyncio.ensure_future(asyncio.to_thread(compute))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        while not thread.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([thread])
        raise


class RunningLane:
    """A lane, the batches that wait for it, and the task that runs it.

    Args:
        lane: the recipe.
        drained: tells which input topics have been read to their end.
        most: events per step.
        fatal: what to do with an error; it does not return.
    """

    def __init__(
        self,
        lane: Lane,
        drained: Callable[[Lane], Collection[str]],
        most: int,
        fatal: Callable[[BaseException], None],
    ) -> None:
        self.lane, self._drained, self._most, self._fatal = lane, drained, most, fatal
        self._waiting: deque[tuple[str, Any]] = deque()
        self._changed = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def offer(self, topic: str, event: Any) -> None:
        """Queue a fetched batch; waits while the queue is full."""
        while len(self._waiting) >= _QUEUE and not self._stopping:
            self._changed.clear()
            await self._changed.wait()
        if not self._stopping:
            self._waiting.append((topic, event))
            self._changed.set()

    def start(self) -> None:
        """Begin to work."""
        self._task = asyncio.create_task(self._run(), name=f"lane-{self.lane.partition}")

    async def stop(self) -> None:
        """Finish the step under way and leave the rest: its offsets are not done, the next owner reads it."""
        self._stopping = True
        self._changed.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            more = False
            while not self._stopping:
                if not more and not self._waiting:
                    await self._wait()
                taken = [] if self.lane.first else self._take()
                more = await self.lane.step(_merge(taken), now_ms(), self._drained(self.lane))
                _tell(self.lane.stage)
                for _, event in taken:
                    event.ack()
        except Exception as error:  # noqa: BLE001 - whatever it is, the step is not done: the process must end
            self._fatal(error)

    async def _wait(self) -> None:
        """Until something waits, or it is time to look at the clock."""
        # A queue's get() that times out can lose an item (CPython 3.11); an event cannot.
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_TICK):
                await self._changed.wait()

    def _take(self) -> list[tuple[str, Any]]:
        """What waits, in order, up to the limit of a step."""
        taken: list[tuple[str, Any]] = []
        size = 0
        while self._waiting and size < self._most:
            taken.append(self._waiting.popleft())
            size += len(taken[-1][1].value)
        self._changed.set()
        return taken


@runtime_checkable
class _Saying(Protocol):
    """A stage with something to say to those who run it."""

    said: list[str]


def _tell(stage: Stage) -> None:
    """Put what a pure stage cannot log itself into the log."""
    if isinstance(stage, _Saying):
        while stage.said:
            log.warning(stage.said.pop(0), stage=stage.name)


def _merge(taken: Sequence[tuple[str, Any]]) -> list[Batch]:
    """One batch per topic, in the order of the log."""
    merged: dict[str, list[Any]] = {}
    for topic, event in taken:
        merged.setdefault(topic, []).extend(event.value)
    return [Batch(topic, records) for topic, records in merged.items()]


class Lanes:
    """Opens, feeds and closes lanes as partitions come and go.

    Args:
        settings: see there.
        stages: stage by name; each must have `name`, `changelog`, `inputs`.
        drained: whether a topic's partition has been read to its end, given the next offset that is not done.
        fatal: ends the process.
    """

    def __init__(
        self,
        settings: Settings,
        stages: Sequence[Stage],
        drained: Callable[[TP, int], bool],
        fatal: Callable[[BaseException], None],
    ) -> None:
        self._settings, self._drained, self._fatal = settings, drained, fatal
        self._stage_of = {settings.topic(topic): stage for stage in stages for topic in stage.inputs}
        self._running: dict[tuple[str, int], RunningLane] = {}
        self._logs: list[KafkaLog] = []

    async def offer(self, event: Any) -> None:
        """Give a fetched batch to its lane; without one it was revoked, and its next owner reads it."""
        tp = event.message.tp
        lane = self._running.get((self._stage_of[tp.topic].name, tp.partition))
        if lane is not None:
            await lane.offer(tp.topic.removeprefix(self._settings.topic_prefix), event)

    async def take_over(self, assignment: set[TP]) -> Mapping[TP, int]:
        """Open a lane for every assigned partition; where to begin reading each of its topics."""
        await self.release()
        wanted: dict[tuple[str, int], set[str]] = {}
        for tp in assignment:
            if tp.topic in self._stage_of:
                wanted.setdefault((self._stage_of[tp.topic].name, tp.partition), set()).add(tp.topic)
        stages = {stage.name: stage for stage in self._stage_of.values()}
        for (name, partition), topics in wanted.items():
            missing = {self._settings.topic(topic) for topic in stages[name].inputs} - topics
            if missing:
                raise Fatal(
                    f"partition {partition} of stage {name} came without {', '.join(sorted(missing))}: all "
                    "inputs need the same number of partitions; run `tocsin topics check`"
                )
        opened = await asyncio.gather(*(self._open(stages[name], p) for name, p in sorted(wanted)))
        positions: dict[TP, int] = {}
        for lane in opened:
            self._running[lane.lane.stage.name, lane.lane.partition] = lane
            for topic in lane.lane.stage.inputs:
                tp = TP(self._settings.topic(topic), lane.lane.partition)
                positions[tp] = lane.lane.state.row.offsets.get(topic, 0)
            lane.start()
        owned: dict[str, list[int]] = {}
        for name, partition in sorted(wanted):
            owned.setdefault(name, []).append(partition)
        log.info("partitions taken over", lanes=len(opened), **owned)
        return positions

    async def _open(self, stage: Stage, partition: int) -> RunningLane:
        kafka = KafkaLog(
            self._settings,
            stage=stage.name,
            changelog=stage.changelog,
            inputs=stage.inputs,
            partition=partition,
        )
        self._logs.append(kafka)
        lane = Lane(stage, partition, kafka, in_thread)
        await lane.open()
        _tell(stage)
        for topic, end in (await kafka.ends()).items():
            done = lane.state.row.offsets.get(topic, 0)
            if done > end:
                raise Fatal(
                    f"{self._settings.topic(topic)}[{partition}] ends at {end}, but {done} was done already: "
                    f"the topic was made anew under a running state. Delete {stage.changelog} too to begin "
                    "anew, or restore the topic."
                )
        return RunningLane(lane, self._drained_topics, self._settings.batch, self._fatal)

    def _drained_topics(self, lane: Lane) -> Collection[str]:
        done = lane.state.row.offsets
        return {
            topic
            for topic in lane.stage.inputs
            if self._drained(TP(self._settings.topic(topic), lane.partition), done.get(topic, 0))
        }

    async def release(self) -> None:
        """Finish the steps under way and give every partition up."""
        running, self._running = list(self._running.values()), {}
        logs, self._logs = self._logs, []
        await asyncio.gather(*(lane.stop() for lane in running))
        await asyncio.gather(*(kafka.close() for kafka in logs))
