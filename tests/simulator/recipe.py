"""What a simulated worker is made of: the real lane and stages, its simulated log, how it reads.

Tests replace one of them by one with a guard switched off.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass

from simulator.broker import BUSY, At, Broker, Put
from simulator.network import Answers, Network

from streams.engine.customer import CustomerStage
from streams.engine.lane import Lane, Stage
from streams.engine.pairs.stage import PairStage
from streams.engine.partition import partition_of
from streams.engine.records import Batch, Send
from streams.engine.risk import RiskStage
from streams.engine.series.stage import SeriesStage
from streams.engine.state import Outcome
from streams.engine.trainer import TrainerStage

Chunk = Sequence[tuple[bytes, bytes | None]]


@dataclass(frozen=True)
class Place:
    """Where a lane's log is, and who writes it."""

    broker: Broker
    network: Network
    rng: random.Random
    stage: Stage
    partition: int
    partitions: int


class SimulatedLog:
    """`streams.kafka.log.KafkaLog`, call by call, on the simulated broker."""

    def __init__(self, place: Place) -> None:
        self.broker, self.network, self.rng = place.broker, place.network, place.rng
        self.partitions = place.partitions
        self.name = f"{place.stage.name}-{place.partition}"
        self.changelog: At = (place.stage.changelog, place.partition)
        self.epoch = -1

    async def fence(self) -> None:
        """Become the only owner."""
        while (epoch := await self.network.ask(lambda: self.broker.begin_epoch(self.name))) is BUSY:
            pass
        self.epoch = epoch

    async def end_offset(self) -> int:
        """Where a `read_committed` reader of the changelog is told that it ends."""
        end: int = await self.network.ask(lambda: self.broker.logs[self.changelog].stable)
        return end

    async def restore(self) -> AsyncIterator[Chunk]:
        """The changelog's committed records, in pieces of any size."""
        end, position = await self.end_offset(), 0
        while position < end:
            start, most = position, self.rng.choice((1, 3, 10, 1000))
            records, position = await self.network.ask(lambda: self.read(start, most))  # noqa: B023 - awaited here
            yield [(record.key, record.value) for record in records]

    def read(self, position: int, most: int) -> tuple[list[Put], int]:
        """Fetch a piece of the changelog."""
        return self.broker.logs[self.changelog].committed(position, most)

    async def commit(self, outcome: Outcome) -> None:
        """One transaction: sends and rows."""
        await self.put([*self.row_puts(outcome), *self.send_puts(outcome.sends)])
        await self.end()

    def row_puts(self, outcome: Outcome) -> list[tuple[At, list[Put]]]:
        """The batch of rows."""
        return [(self.changelog, [(key, value, ()) for key, value in outcome.rows.items()])]

    def send_puts(self, sends: Iterable[Send]) -> list[tuple[At, list[Put]]]:
        """The sends, in one batch for each log."""
        grouped: dict[At, list[Put]] = {}
        for send in sends:
            partition = send.partition
            if partition is None:
                partition = partition_of(send.key or b"", self.partitions)
            put = (send.key, send.value, tuple(send.headers))
            grouped.setdefault((send.topic, partition), []).append(put)
        return list(grouped.items())

    async def put(self, batches: Sequence[tuple[At, list[Put]]]) -> None:
        """Append all batches, in any order; those that are told to come again do."""
        while batches:
            requests = [
                self.network.send(
                    lambda at=at, puts=puts: self.broker.produce(self.name, self.epoch, at, puts)
                )
                for at, puts in batches
            ]
            answers = await Answers(requests)
            batches = [each for each, answer in zip(batches, answers, strict=True) if answer is BUSY]

    async def end(self) -> None:
        """Commit."""
        ask = self.network.ask
        while await ask(lambda: self.broker.end(self.name, self.epoch, commit=True)) is BUSY:
            pass


class Reader:
    """Reads a lane's inputs, committed records only, in batches of any size, now and then twice.

    Args:
        broker: where.
        rng: the schedule's; None reads everything at once.
        inputs: the topics.
        partition: of all of them.
        begin: offsets to begin at.
    """

    def __init__(
        self,
        broker: Broker,
        rng: random.Random | None,
        inputs: Sequence[str],
        partition: int,
        begin: Mapping[str, int],
    ) -> None:
        self.rng = rng
        self.logs = {topic: broker.logs[topic, partition] for topic in inputs}
        self.positions = {topic: begin.get(topic, 0) for topic in inputs}

    def rewind(self, rng: random.Random, chance: float) -> None:
        """Begin again before what is done: every delivery may come twice."""
        for topic, position in self.positions.items():
            if position and rng.random() < chance:
                self.positions[topic] = max(0, position - rng.randrange(1, 8))

    def waiting(self) -> bool:
        """Whether there is something to read."""
        positions = self.positions
        for topic, log in self.logs.items():  # noqa: SIM110 - asked at every turn; `any` takes twice as long
            if log.stable > positions[topic]:
                return True
        return False

    def drained(self) -> list[str]:
        """Topics that were read to their very end."""
        return [topic for topic, log in self.logs.items() if self.positions[topic] >= log.end]

    def fetch(self) -> list[Batch]:
        """The next batches: some topics, some records."""
        if self.rng is None:
            return [self._take(topic, 1 << 60) for topic in self.logs]
        rng = self.rng
        most = rng.choice((1, 2, 5, 20))
        batches = [self._take(topic, rng.randrange(1, most + 1)) for topic in self.logs if rng.random() < 0.6]
        rng.shuffle(batches)
        return batches

    def _take(self, topic: str, most: int) -> Batch:
        records, self.positions[topic] = self.logs[topic].committed(self.positions[topic], most)
        return Batch(topic, records)


@dataclass(frozen=True)
class Recipe:
    """Which lane, log, reader and stages a worker uses."""

    lane: type[Lane] = Lane
    log: type[SimulatedLog] = SimulatedLog
    reader: type[Reader] = Reader
    customer: type[CustomerStage] = CustomerStage
    trainer: type[TrainerStage] = TrainerStage
    risk: type[RiskStage] = RiskStage
    series: type[SeriesStage] = SeriesStage
    pairs: type[PairStage] = PairStage
