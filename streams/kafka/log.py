"""A partition's log on Kafka: one transactional producer per owned partition, as Kafka Streams does it.

`transactional.id` is group + stage + partition, so a new owner's first call fences the old one: nothing that
a stale owner still tries can be committed. Sends and rows of a step, offsets among them, are one transaction.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.errors import Fatal
from streams.engine.partition import partition_of
from streams.engine.records import Send
from streams.engine.state import Outcome
from streams.settings import Settings
from streams.topics import COMPRESSION

_BATCH_BYTES = 1 << 20
_REQUEST_BYTES = 16 << 20
_CHUNK = 5_000


class KafkaLog:
    """See `streams.engine.lane.PartitionLog`.

    Args:
        settings: broker, prefix, group.
        stage: the stage's name.
        changelog: its changelog topic, without prefix.
        inputs: its input topics, without prefix.
        partition: which one.
    """

    def __init__(
        self, settings: Settings, *, stage: str, changelog: str, inputs: Sequence[str], partition: int
    ) -> None:
        self._settings = settings
        self._id = f"{settings.topic_prefix}{settings.group}-{stage}-{partition}"
        self._changelog = settings.topic(changelog)
        self._inputs = inputs
        self._partition = partition
        self._producer: Any = None

    async def fence(self) -> None:
        """Become the only owner; an open transaction of an older owner is aborted by this."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.broker,
            client_id=self._id,
            transactional_id=self._id,
            max_batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
            compression_type=COMPRESSION,
            linger_ms=0,
        )
        await self._producer.start()

    async def restore(self) -> AsyncIterator[Sequence[tuple[bytes, bytes | None]]]:
        """The changelog's committed records. Control records have offsets too: the end is a position."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.broker,
            client_id=self._id,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_REQUEST_BYTES,
        )
        await consumer.start()
        try:
            at = TopicPartition(self._changelog, self._partition)
            consumer.assign([at])
            await consumer.seek_to_beginning(at)
            end = (await consumer.end_offsets([at]))[at]
            while await consumer.position(at) < end:
                for records in (await consumer.getmany(at, timeout_ms=500, max_records=_CHUNK)).values():
                    yield [(record.key, record.value) for record in records]
        finally:
            await consumer.stop()

    async def ends(self) -> dict[str, int]:
        """End offsets of this partition of the input topics, to tell a topic that was made anew."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._settings.broker, client_id=self._id)
        await consumer.start()
        try:
            ats = {TopicPartition(self._settings.topic(name), self._partition): name for name in self._inputs}
            return {ats[at]: end for at, end in (await consumer.end_offsets(list(ats))).items()}
        finally:
            await consumer.stop()

    async def commit(self, outcome: Outcome) -> None:
        """One transaction: sends and rows, all or nothing.

        Raises:
            ProducerFenced: a newer owner exists.
            KafkaError: the broker refused or did not answer; nothing was committed, or it is not known.
        """
        producer = self._producer
        await producer.begin_transaction()
        sent: list[Future[Any]] = []
        rows = [(key, value, ()) for key, value in outcome.rows.items()]
        await self._put(sent, self._changelog, self._partition, rows)
        for (topic, partition), records in self._grouped(outcome.sends).items():
            await self._put(sent, topic, partition, records)
        for future in sent:
            await future
        await producer.commit_transaction()

    def _grouped(self, sends: Iterable[Send]) -> dict[tuple[str, int], list[tuple[Any, Any, Any]]]:
        grouped: dict[tuple[str, int], list[tuple[Any, Any, Any]]] = {}
        for send in sends:
            partition = send.partition
            if partition is None:
                partition = partition_of(send.key or b"", self._settings.partitions)
            at = (self._settings.topic(send.topic), partition)
            grouped.setdefault(at, []).append((send.key, send.value, send.headers))
        return grouped

    async def _put(
        self,
        sent: list[Future[Any]],
        topic: str,
        partition: int,
        records: Iterable[tuple[bytes | None, bytes | None, Any]],
    ) -> None:
        """Hand records over in whole batches: building them at once costs a tenth of sending one by one."""
        producer = self._producer
        batch = producer.create_batch()
        for key, value, headers in records:
            if batch.append(key=key, value=value, timestamp=None, headers=list(headers)) is None:
                batch.close()
                sent.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                if batch.append(key=key, value=value, timestamp=None, headers=list(headers)) is None:
                    raise Fatal(f"a record of {len(value or b'')} bytes for {topic} fits in no batch")
        if batch.record_count():
            batch.close()
            sent.append(await producer.send_batch(batch, topic, partition=partition))

    async def close(self) -> None:
        """Give up ownership; what is not committed is gone."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None
