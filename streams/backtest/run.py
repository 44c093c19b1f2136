"""The engine over files, with no broker: the same lanes and stages, their logs in memory.

One partition holds everything, so nothing is misplaced; effective times, and with them what rings, follow
from the order of the file as they would from the order of a log.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from streams.engine.customer import CustomerStage
from streams.engine.lane import Lane
from streams.engine.options import Options
from streams.engine.partition_row import PartitionRow
from streams.engine.product import ProductStage
from streams.engine.records import Batch, Input, Send
from streams.engine.state import Outcome
from streams.sources.record import Record
from streams.topics import ALERTS, DEAD_LETTERS, INPUTS, PARTIALS, REROUTED

_STEP = 2_000


@dataclass
class _MemoryLog:
    """A log whose commits cannot fail: nothing else can happen in between."""

    commits: Callable[[Sequence[Send]], None]

    async def fence(self) -> None:
        """Nobody else is there."""

    async def restore(self) -> AsyncIterator[Sequence[tuple[bytes, bytes | None]]]:
        """There is nothing to restore."""
        nothing: Sequence[tuple[bytes, bytes | None]]
        for nothing in ():
            yield nothing

    async def commit(self, outcome: Outcome) -> None:
        """Everything at once."""
        self.commits(outcome.sends)


@dataclass
class Backtest:
    """A run over records in the order of time.

    Args:
        options: of the engine; partitions and idleness are set for one process here.
        absent: input topics of which no record will come, and that must not hold time.
        alert: takes each alert's key and bytes.
        dead: takes each dead letter.
    """

    options: Options
    absent: frozenset[str]
    alert: Callable[[Send], None]
    dead: Callable[[Send], None]
    sent: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        options = replace(self.options, partitions=1, idle_after=0, wall=False)
        names = [topic.name for topic in INPUTS]
        self._customers = Lane(CustomerStage(names, options), 0, _MemoryLog(self._take))
        self._products = Lane(ProductStage(options), 0, _MemoryLog(self._take))
        self._partials: list[Input] = []
        self._passed = 0

    @property
    def rows(self) -> list[PartitionRow]:
        """The partition rows as they stand."""
        return [self._customers.state.row, self._products.state.row]

    async def run(self, records: Iterable[Record], now: int, progress: Callable[[int], None]) -> None:
        """Drive every record through, then let time come to rest.

        Args:
            records: in the order of the files, by time.
            now: wall clock, ms; judges which events are from the future.
            progress: told how many records were done.
        """
        await self._customers.open()
        await self._products.open()
        batch: list[Record] = []
        for record in records:
            batch.append(record)
            if len(batch) == _STEP:
                await self._step(batch, now, self.absent)
                progress(len(batch))
                batch = []
        await self._step(batch, now, self.absent)
        progress(len(batch))
        everything = frozenset(topic.name for topic in INPUTS)
        # Inputs fall idle one step after they are drained, and the second stage hears of it one step later.
        for _ in range(4):
            await self._step([], now, everything)

    async def _step(self, batch: Sequence[Record], now: int, drained: frozenset[str]) -> None:
        by_topic: dict[str, list[Input]] = {}
        for record in batch:
            offset = self.sent.get(record.topic, 0)
            self.sent[record.topic] = offset + 1
            by_topic.setdefault(record.topic, []).append(Input(offset, record.key, record.value))
        batches = [Batch(topic, inputs) for topic, inputs in by_topic.items()]
        more = await self._customers.step(batches, now, drained | {REROUTED.name})
        while more:
            more = await self._customers.step([], now, drained | {REROUTED.name})
        partials, self._partials = self._partials, []
        more = True
        while more:
            more = await self._products.step([Batch(PARTIALS.name, partials)], now, {PARTIALS.name})
            partials = []

    def _take(self, sends: Sequence[Send]) -> None:
        for send in sends:
            if send.topic == PARTIALS.name:
                self._partials.append(Input(self._passed, send.key, send.value, send.headers))
                self._passed += 1
            elif send.topic == ALERTS.name:
                self.alert(send)
            elif send.topic == DEAD_LETTERS.name:
                self.dead(send)
