"""The bulk publisher: sends records in the order given, in large batches, and counts what the broker took.

Idempotent, `acks=all`, keys spread as the contract says (murmur2). Records are stamped with the time of
sending, not of the event: a broker's retention would delete events of a replayed past at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError, RequestTimedOutError
from aiokafka.partitioner import murmur2

from schemas.errors import Permanent, Transient
from streams.clock import monotonic
from streams.settings import Settings
from streams.sources.record import Record
from streams.topics import COMPRESSION

BATCH_BYTES = 256 * 1024
IN_FLIGHT = 16  # batches whose ack we do not have yet, at most
FLUSH_EVERY = 4_000  # records; topics with little traffic keep step with the others
ASK_EVERY = 500  # records
HELD_SECONDS = 0.05
TOO_EARLY = 0.02  # seconds; a shorter wait is not worth a sleep

Progress = Callable[[int, int | None], None]
Hold = Callable[[int], bool]
Sleep = Callable[[float], Awaitable[None]]


class Pace:
    """How long to wait so that event time runs `speed` times as fast as the clock.

    Args:
        speed: seconds of event time per second; None never waits.
        clock: seconds that only grow.

    >>> ticks = iter([100.0, 100.0, 101.0])
    >>> pace = Pace(60.0, lambda: next(ticks))
    >>> pace.wait(0), pace.wait(300_000)
    (0.0, 4.0)
    """

    def __init__(self, speed: float | None, clock: Callable[[], float]) -> None:
        self._speed = speed
        self._clock = clock
        self._origin: tuple[int, float] | None = None

    def wait(self, at: int | None) -> float:
        """Seconds until the moment `at` (ms) is due; 0 for what is due or has no time."""
        if self._speed is None or at is None:
            return 0.0
        if self._origin is None:
            self._origin = (at, self._clock())
        began, started = self._origin
        return max(0.0, (at - began) / 1000 / self._speed - (self._clock() - started))


async def publish(
    settings: Settings,
    records: Iterable[Record],
    *,
    speed: float | None = None,
    progress: Progress | None = None,
    hold: Hold = lambda _sent: False,
    sleep: Sleep = asyncio.sleep,
    clock: Callable[[], float] = monotonic,
) -> int:
    """Send records, keep their order within each partition, and return how many the broker acknowledged.

    Args:
        settings: broker and topic prefix.
        records: in the order of sending; read lazily.
        speed: event-time seconds per second; None sends as fast as it goes.
        progress: called after each acknowledged batch with the records so far and the event time reached, ms.
        hold: asked now and then with the records sent so far; while it says true, no more are sent.
        sleep: waits a number of seconds.
        clock: seconds that only grow.

    Raises:
        Permanent: a topic does not exist, or the broker refuses a record.
        Transient: the broker cannot be reached.
    """
    async with _Publisher(settings, progress or (lambda _sent, _at: None)) as publisher:
        pace = Pace(speed, clock)
        for number, record in enumerate(records):
            wait = pace.wait(record.at)
            if wait > TOO_EARLY:
                await publisher.flush()
                await sleep(wait)
            if number % ASK_EVERY == 0 and hold(number):
                await publisher.flush()
                while hold(number):
                    await sleep(HELD_SECONDS)
            await publisher.send(record)
        await publisher.flush()
        return publisher.sent


class _Publisher:
    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.broker,
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            compression_type=COMPRESSION,
            linger_ms=0,
        )
        self._batches: dict[tuple[str, int], Any] = {}
        self._acks: deque[tuple[asyncio.Future[Any], str, int]] = deque()
        self._partitions: dict[str, int] = {}
        self._spread = 0
        self._waiting = 0
        self._reached: int | None = None
        self.sent = 0

    async def __aenter__(self) -> Self:
        try:
            await self._producer.start()
        except KafkaError as error:
            await self._producer.stop()
            raise _unreachable(self._settings, error) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def send(self, record: Record) -> None:
        partitions = self._partitions.get(record.topic) or await self._count_partitions(record.topic)
        if record.key is None:
            self._spread += 1
            partition = self._spread % partitions
        else:
            partition = partition_of(record.key, partitions)
        place = (record.topic, partition)
        batch = self._batches.get(place)
        if batch is None:
            batch = self._batches[place] = self._producer.create_batch()
        if batch.append(key=record.key, value=record.value, timestamp=None) is None:
            await self._submit(place)
            batch = self._batches[place] = self._producer.create_batch()
            # The first record of a batch is always taken; the broker judges one that is too large.
            batch.append(key=record.key, value=record.value, timestamp=None)
        if record.at is not None:
            self._reached = record.at
        self._waiting += 1
        if self._waiting >= FLUSH_EVERY:
            await self._submit_all()

    async def flush(self) -> None:
        """Send what was not sent yet, and wait for every ack."""
        await self._submit_all()
        await self._settle(0)

    async def _submit_all(self) -> None:
        self._waiting = 0
        for place in list(self._batches):
            await self._submit(place)

    async def _settle(self, at_most: int) -> None:
        """Wait for acks until no more than `at_most` batches are without one."""
        while len(self._acks) > at_most:
            ack, topic, records = self._acks.popleft()
            try:
                await ack
            except (KafkaConnectionError, KafkaTimeoutError, RequestTimedOutError) as error:
                raise _unreachable(self._settings, error) from error
            except KafkaError as error:
                raise Permanent(f"the broker refuses records for topic {topic!r}: {error!r}") from error
            self.sent += records
            self._progress(self.sent, self._reached)

    async def _submit(self, place: tuple[str, int]) -> None:
        topic, partition = place
        batch = self._batches.pop(place)
        batch.close()
        try:
            ack = await self._producer.send_batch(batch, self._settings.topic(topic), partition=partition)
        except KafkaError as error:
            raise _unreachable(self._settings, error) from error
        self._acks.append((ack, topic, batch.record_count()))
        await self._settle(IN_FLIGHT)

    async def _count_partitions(self, topic: str) -> int:
        # Asking for one topic by name would make a broker create it, with the wrong number of partitions.
        cluster = await self._producer.client.fetch_all_metadata()
        found = cluster.partitions_for_topic(self._settings.topic(topic))
        if not found:
            raise Permanent(
                f"topic {self._settings.topic(topic)!r} does not exist on {self._settings.broker}; "
                "run `tocsin topics create` first."
            )
        self._partitions[topic] = len(found)
        return len(found)


@lru_cache(maxsize=1 << 16)
def partition_of(key: bytes, partitions: int) -> int:
    """Where the contract puts a key, as Kafka's Java client and kafka-python do.

    >>> partition_of(b"c-1904", 4) == (murmur2(b"c-1904") & 0x7FFFFFFF) % 4
    True
    """
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


def _unreachable(settings: Settings, error: Exception) -> Transient:
    return Transient(
        f"no broker answers at {settings.broker} ({type(error).__name__}); is `tocsin broker` running?"
    )
