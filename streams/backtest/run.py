"""The engine over files, with no broker: the same lanes and stages, their logs in memory.

One partition holds everything, so nothing is misplaced; effective times, and with them what rings, follow
from the order of the file as they would from the order of a log.

Files are merged by time. So nothing is missing of any topic up to where the merge has come, less the bound on
disorder: its log has been read to its end, as a live one to which nobody writes just now. The engine is told
that, and a topic of a few events a week holds nobody up. Of a topic with events that are further behind the
others it is not true: there time waits for the next event, however long that takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from alerts.config import choices
from alerts.config.models import Config
from streams.backtest.behind import Behind
from streams.backtest.churn import Churn
from streams.backtest.memory_log import MemoryLog
from streams.engine.customer import CustomerStage
from streams.engine.lane import Lane, Stage
from streams.engine.options import Options
from streams.engine.pairs.stage import PairStage
from streams.engine.partition_row import PartitionRow
from streams.engine.product import ProductStage
from streams.engine.records import Batch, Input, Send
from streams.engine.series.stage import SeriesStage
from streams.sources.record import Record
from streams.topics import ALERTS, DEAD_LETTERS, INPUTS, PARTIALS, REROUTED, WINDOWS
from streams.wiring import churn_settings

_SLICE = 8_000  # customers scored at once


@dataclass
class Backtest:
    """A run over records in the order of time.

    Args:
        options: of the engine; partitions and idleness are set for one process here.
        ordered: input topics of which no record is behind another one before it, of whatever topic, by more
            than the bound on disorder. They hold time only where they have a record.
        config: whom to tell of churn, and how.
        alert: takes each alert's key and bytes.
        dead: takes each dead letter.
        score: takes each churn score.
        window: takes each window that closes, of series and of pairs.
        step: records that are given to the engine at once; it makes no difference to what comes of them.
    """

    options: Options
    ordered: frozenset[str]
    config: Config
    alert: Callable[[Send], None]
    dead: Callable[[Send], None]
    score: Callable[[Send], None]
    window: Callable[[Send], None]
    step: int = 2_000
    sent: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Nobody waits for a step here, so it may look at more customers at once than a live one.
        churn = self.options.churn and replace(self.options.churn, slice=_SLICE, apart=True)
        options = replace(self.options, partitions=1, idle_after=0, wall=False, churn=churn)
        log = MemoryLog(self._take)
        self._scoring = CustomerStage([topic.name for topic in INPUTS], options)
        self._customers = Lane(self._scoring, 0, log)
        self._products = Lane(ProductStage(options), 0, log)
        self._churn: Churn | None = None
        if options.churn is not None:
            chosen = choices(self.config), churn_settings(self.config)
            self._churn = Churn(self._scoring, options, *chosen, self._take, self.score)
        closing: list[Stage] = []
        if options.series is not None:
            closing.append(SeriesStage(options))
        if options.pairs is not None:
            closing.append(PairStage(options))
        self._closing = Behind(closing, self._take)
        self._partials: list[Input] = []
        self._passed = 0

    @property
    def rows(self) -> list[PartitionRow]:
        """The partition rows as they stand."""
        found = [self._customers.state.row, self._products.state.row, *self._closing.rows]
        return found + self._churn.rows if self._churn else found

    @property
    def churn(self) -> dict[str, Any] | None:
        """What came of churn; None where it is not asked for."""
        return self._churn.summary() if self._churn else None

    async def run(self, records: Iterable[Record], now: int, progress: Callable[[int], None]) -> None:
        """Drive every record through, then let time come to rest.

        Args:
            records: in the order of the files, by time.
            now: wall clock, ms; judges which events are from the future.
            progress: told how many records were done.
        """
        await self._customers.open()
        await self._products.open()
        await self._closing.open()
        if self._churn:
            await self._churn.open()
        batch: list[Record] = []
        for record in records:
            batch.append(record)
            if len(batch) == self.step:
                await self._step(batch, now, self.ordered)
                progress(len(batch))
                batch = []
        await self._step(batch, now, self.ordered)
        progress(len(batch))
        everything = frozenset(topic.name for topic in INPUTS)
        # Inputs fall idle one step after they are drained, and the second stage hears of it one step later.
        for _ in range(4):
            await self._step([], now, everything)
        self._scoring.end()
        await self._step([], now, everything)

    async def _step(self, batch: Sequence[Record], now: int, drained: frozenset[str]) -> None:
        by_topic: dict[str, list[Input]] = {}
        for record in batch:
            offset = self.sent.get(record.topic, 0)
            self.sent[record.topic] = offset + 1
            by_topic.setdefault(record.topic, []).append(Input(offset, record.key, record.value))
        batches = [Batch(topic, inputs) for topic, inputs in by_topic.items()]
        more = True
        while more:
            more = await self._customers.step(batches, now, drained | {REROUTED.name})
            await self._closing.step(now)
            if self._churn:
                await self._churn.step(now)
            batches = []
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
            elif send.topic == WINDOWS.name:
                self.window(send)
            elif not self._closing.take(send) and self._churn:
                self._churn.take(send)
