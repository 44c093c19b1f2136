"""What a stale owner can still do once its successor has begun: nothing, as the broker itself says."""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced

from streams.settings import Settings
from streams.topics import ALERTS

PLACE = 0
PATIENCE_MS = 300


async def check(settings: Settings) -> list[str]:
    """Play an owner that is overtaken in the middle of a transaction; what was seen, in sentences.

    Raises:
        AssertionError: a stale owner changed something.
    """
    topic = settings.topic(ALERTS.name)
    old, new = _producer(settings), _producer(settings)
    await old.start()
    try:
        await _commit(old, topic, b"before")
        await old.begin_transaction()
        await old.send_and_wait(topic, b"open", partition=PLACE)
        await new.start()  # its InitProducerId fences the old one
        seen, at, end = await _read(settings, topic)
        assert (seen[-1], at) == (b"before", end), (seen[-1], at, end)
        said = [
            f"the successor's InitProducerId aborts the open transaction: readers pass it, at {at} of {end}"
        ]
        said.append(f"the stale owner's commit fails: {await _refused(old)}")
        await _commit(new, topic, b"after")
        seen, at, end = await _read(settings, topic)
        assert (seen[-2:], at) == ([b"before", b"after"], end), (seen[-2:], at, end)
        said.append(
            f"the successor commits; readers see what was committed alone, in {end} offsets with the "
            "control records, and their position passes those"
        )
        return said
    finally:
        await new.stop()
        await old.stop()


def _producer(settings: Settings) -> Any:
    return AIOKafkaProducer(
        bootstrap_servers=settings.broker, transactional_id=f"{settings.topic_prefix}stale-owner"
    )


async def _commit(producer: Any, topic: str, value: bytes) -> None:
    async with producer.transaction():
        await producer.send_and_wait(topic, value, partition=PLACE)


async def _refused(producer: Any) -> str:
    try:
        await producer.commit_transaction()
    except ProducerFenced as error:
        return type(error).__name__
    raise AssertionError("a stale owner committed")


async def _read(settings: Settings, topic: str) -> tuple[list[bytes], int, int]:
    """Committed values of a partition, the position after reading, and the end of the log."""
    plain = AIOKafkaConsumer(bootstrap_servers=settings.broker)
    await plain.start()
    place = TopicPartition(topic, PLACE)
    end = (await plain.end_offsets([place]))[place]
    await plain.stop()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.broker, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        values: list[bytes] = []
        at, idle = 0, 0
        while at < end and idle < 10:
            found = await consumer.getmany(place, timeout_ms=PATIENCE_MS)
            values += [record.value for record in found.get(place, [])]
            before, at = at, await consumer.position(place)
            idle = 0 if at > before else idle + 1
        return values, at, end
    finally:
        await consumer.stop()
