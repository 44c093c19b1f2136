"""The recipe with one guard switched off, each a mistake that somebody could make."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from simulator.broker import Broker
from simulator.logs import Entry
from simulator.network import NoAnswerError
from simulator.recipe import Chunk, Place, Reader, Recipe, SimulatedLog

from streams.engine.lane import Lane
from streams.engine.records import Batch
from streams.engine.state import Outcome


class NobodyFenced(SimulatedLog):
    """Every owner has a transactional id of its own, so a stale one can still commit."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.name += f"-{self.rng.getrandbits(64)}"


class ReadsUncommitted(SimulatedLog):
    """Restores what was aborted, or is not decided yet."""

    async def end_offset(self) -> int:
        end: int = await self.network.ask(lambda: self.broker.logs[self.changelog].end)
        return end

    def read(self, position: int, most: int) -> tuple[list[Entry], int]:
        return self.broker.logs[self.changelog].uncommitted(position, most)


class AsksTheEndBeforeFencing(SimulatedLog):
    """Restores up to an end that the older owner may still move."""

    async def fence(self) -> None:
        self._end = await super().end_offset()
        await super().fence()

    async def end_offset(self) -> int:
        return self._end


class DoesNotAwaitTheLastTransaction(SimulatedLog):
    """Restores while the older owner's last transaction is decided but has no marker in the changelog."""

    async def fence(self) -> None:
        ask = self.network.ask
        self.epoch = await ask(lambda: self.broker.begin_epoch(self.name, patient=False))


class CountsRecords(SimulatedLog):
    """Takes the end offset for a number of records; control records have offsets, too."""

    async def restore(self) -> AsyncIterator[Chunk]:
        end, seen, position = await self.end_offset(), 0, 0
        while seen < end:
            start = position
            records, position = await self.network.ask(lambda: self.read(start, 10))  # noqa: B023 - awaited here
            seen += len(records)
            yield [(record.key or b"", record.value) for record in records]


class SendsFirst(SimulatedLog):
    """Alerts in one transaction, rows in a second one."""

    async def commit(self, outcome: Outcome) -> None:
        await self.put(self.send_puts(outcome.sends))
        await self.end()
        await self.put(self.row_puts(outcome))
        await self.end()


class RowsFirst(SimulatedLog):
    """Rows in one transaction, alerts in a second one."""

    async def commit(self, outcome: Outcome) -> None:
        await self.put(self.row_puts(outcome))
        await self.end()
        await self.put(self.send_puts(outcome.sends))
        await self.end()


class SkipsNothing(Lane):
    """Computes again what was done before."""

    def _fresh(self, batches: Sequence[Batch]) -> list[Batch]:
        return list(batches)


class BelievesBeforeTheCommit(Lane):
    """Takes a step for done before it is, and goes on when the broker does not answer."""

    async def step(self, batches: Sequence[Batch], now: int, drained: Collection[str]) -> bool:
        outcome = self.stage.step(self.state, self._fresh(batches), now, drained, self.quiet)
        self.state.apply(outcome)
        if outcome.commit:
            try:
                await self.log.commit(outcome)
            except NoAnswerError:
                return True
        return outcome.more


class CommitsAgain(Lane):
    """Tries a commit again that had no answer; it may have taken place."""

    async def step(self, batches: Sequence[Batch], now: int, drained: Collection[str]) -> bool:
        outcome = self.stage.step(self.state, self._fresh(batches), now, drained, self.quiet)
        if outcome.commit:
            try:
                await self.log.commit(outcome)
            except NoAnswerError:
                await self.log.commit(outcome)
        self.state.apply(outcome)
        return outcome.more


class AcksWhatItFetches(Reader):
    """Begins at the group's offsets, and those move on when a batch is fetched, not when it is done."""

    def __init__(
        self,
        broker: Broker,
        rng: random.Random | None,
        inputs: Sequence[str],
        partition: int,
        begin: Mapping[str, int],
    ) -> None:
        begin = {topic: broker.group.get((topic, partition), 0) for topic in inputs}
        super().__init__(broker, rng, inputs, partition, begin)
        self._group, self._partition = broker.group, partition

    def fetch(self) -> list[Batch]:
        batches = super().fetch()
        self._group |= {(topic, self._partition): position for topic, position in self.positions.items()}
        return batches


class HandsOverInAnyOrder(Reader):
    """The second half of a batch goes first now and then."""

    def __init__(
        self,
        broker: Broker,
        rng: random.Random | None,
        inputs: Sequence[str],
        partition: int,
        begin: Mapping[str, int],
    ) -> None:
        super().__init__(broker, rng, inputs, partition, begin)
        self._held: list[Batch] = []

    def waiting(self) -> bool:
        return bool(self._held) or super().waiting()

    def fetch(self) -> list[Batch]:
        if self._held:
            held, self._held = self._held, []
            return held
        batches = super().fetch()
        if self.rng and self.rng.random() < 0.1:
            self._held = [Batch(topic, records[: len(records) // 2]) for topic, records in batches]
            return [Batch(topic, records[len(records) // 2 :]) for topic, records in batches]
        return batches


OFF: dict[str, Recipe] = {
    "a stale owner is not fenced": Recipe(log=NobodyFenced),
    "restore reads what is not committed": Recipe(log=ReadsUncommitted),
    "restore asks for the end before it fences": Recipe(log=AsksTheEndBeforeFencing),
    "restore does not await the last transaction": Recipe(log=DoesNotAwaitTheLastTransaction),
    "restore counts records instead of offsets": Recipe(log=CountsRecords),
    "alerts are committed before rows": Recipe(log=SendsFirst),
    "rows are committed before alerts": Recipe(log=RowsFirst),
    "what is done is not skipped": Recipe(lane=SkipsNothing),
    "a step is believed before it is committed": Recipe(lane=BelievesBeforeTheCommit),
    "a commit without an answer is tried again": Recipe(lane=CommitsAgain),
    "offsets are acked before the commit": Recipe(reader=AcksWhatItFetches),
    "batches come out of order": Recipe(reader=HandsOverInAnyOrder),
}
