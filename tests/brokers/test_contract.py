"""What Tocsin needs of a broker, asked of each kind: transactions, fencing, ends, sizes, compaction, keys."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka import TopicPartition as AioPartition
from aiokafka.errors import ProducerFenced
from kafka import KafkaConsumer
from kafka.protocol.producer import InitProducerIdRequest, ProduceRequest
from kafka.record.memory_records import MemoryRecordsBuilder
from kafka.structs import OffsetAndMetadata, TopicPartition
from support.brokers import settings_for
from support.publish import in_transaction, publish, transactional
from support.wait import until

from streams.clock import now_ms
from streams.kafka import admin, clients, reading
from streams.topics import CUSTOMER_ROWS, INPUTS

ORDERS = INPUTS[0]
MIB = 1 << 20
DUPLICATE_SEQUENCE = 46


@pytest.fixture
def orders(broker: str, prefix: str) -> str:
    """A topic of one partition, set as our inputs are."""
    wanted = settings_for(broker, prefix, partitions=1)
    admin.create_topics(wanted, [ORDERS])
    return wanted.topic(ORDERS.name)


def committed(broker: str, topic: str) -> tuple[list[Any], int, int]:
    """All committed records of partition 0, the reader's position after them, and the log's end."""
    with clients.reader(settings_for(broker, "")) as consumer:
        place = TopicPartition(topic, 0)
        span = reading.spans(consumer, [place])[place]
        records = list(reading.read(consumer, {place: span}))
        return records, consumer.position(place) if records else span[0], span[1]


def values(broker: str, topic: str) -> list[bytes | None]:
    return [record.value for record in committed(broker, topic)[0]]


def test_a_reader_sees_what_was_committed_and_passes_the_rest(broker: str, orders: str, prefix: str) -> None:
    with transactional(broker, prefix) as producer:
        in_transaction(producer, [(orders, 0, None, b"one", []), (orders, 0, None, b"two", [])])
        in_transaction(producer, [(orders, 0, None, b"aborted", [])], commit=False)
        in_transaction(producer, [(orders, 0, None, b"three", [])])
    records, position, end = committed(broker, orders)
    assert [record.value for record in records] == [b"one", b"two", b"three"]
    # Markers take offsets: six records and markers before the last one. A count would wait for ever.
    assert position == end == 7


def test_an_end_of_aborted_records_only_can_be_reached(broker: str, orders: str, prefix: str) -> None:
    with transactional(broker, prefix) as producer:
        in_transaction(producer, [(orders, 0, None, b"aborted", [])], commit=False)
    publish(broker, [(orders, 0, None, b"plain", [])])
    with transactional(broker, prefix) as producer:
        in_transaction(producer, [(orders, 0, None, b"aborted too", [])], commit=False)
    records, position, end = committed(broker, orders)
    assert ([record.value for record in records], position) == ([b"plain"], end)


def test_an_open_transaction_hides_itself_and_what_comes_after(broker: str, orders: str, prefix: str) -> None:
    with transactional(broker, prefix) as producer:
        producer.begin_transaction()
        producer.send(orders, b"open", partition=0).get(timeout=10)
        publish(broker, [(orders, 0, None, b"plain", [])])
        assert values(broker, orders) == []
        producer.commit_transaction()
    until(lambda: values(broker, orders) == [b"open", b"plain"], 10, "the committed records")


@pytest.mark.parametrize("in_the_middle", [True, False], ids=["in the middle", "idle"])
def test_a_successor_fences_the_older_owner(
    broker: str, orders: str, prefix: str, *, in_the_middle: bool
) -> None:
    asyncio.run(_fence(broker, orders, prefix, in_the_middle=in_the_middle))
    assert values(broker, orders) == [b"of the successor"]


async def _fence(broker: str, orders: str, name: str, *, in_the_middle: bool) -> None:
    # The fenced producer's own task repeats its error to the loop; the test has seen it already.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    older, successor = (AIOKafkaProducer(bootstrap_servers=broker, transactional_id=name) for _ in range(2))
    await older.start()
    if in_the_middle:
        await older.begin_transaction()
        await older.send_and_wait(orders, b"of the older", partition=0)
    await successor.start()
    with pytest.raises(ProducerFenced):
        await (older.commit_transaction() if in_the_middle else _write(older, orders, b"of a zombie"))
    await _write(successor, orders, b"of the successor")
    await successor.stop()
    await asyncio.wait_for(older.stop(), 10)


async def _write(producer: AIOKafkaProducer, orders: str, value: bytes) -> None:
    async with producer.transaction():
        await producer.send_and_wait(orders, value, partition=0)


def test_the_workers_client_reads_to_the_same_end(broker: str, orders: str, prefix: str) -> None:
    with transactional(broker, prefix) as producer:
        in_transaction(producer, [(orders, 0, None, b"one", [])])
        in_transaction(producer, [(orders, 0, None, b"aborted", [])], commit=False)
    assert asyncio.run(_read_with_aiokafka(broker, orders)) == ([b"one"], 4)


async def _read_with_aiokafka(broker: str, orders: str) -> tuple[list[bytes | None], int]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker, isolation_level="read_committed", enable_auto_commit=False
    )
    await consumer.start()
    try:
        place = AioPartition(orders, 0)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        seen: list[ConsumerRecord[Any, Any]] = []
        async with asyncio.timeout(10):
            while await consumer.position(place) < end:
                for records in (await consumer.getmany(place, timeout_ms=200)).values():
                    seen += records
        return [record.value for record in seen], end
    finally:
        await consumer.stop()


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_publishers_may_compress_as_they_like(broker: str, orders: str, codec: str) -> None:
    sent = [b'{"specversion": "1.0", "n": %d}' % n * 50 for n in range(2_000)]
    publish(broker, [(orders, 0, None, value, []) for value in sent], codec)
    assert values(broker, orders) == sent
    assert asyncio.run(_read_with_aiokafka(broker, orders)) == (sent, 2_000)


def test_keys_headers_nulls_and_bytes_survive(broker: str, orders: str) -> None:
    headers = [("ce_id", b"1"), ("ce_id", b"2"), ("empty", b""), ("raw", b"\xff\x00")]
    publish(broker, [(orders, 0, b"\x00key", None, headers), (orders, 0, None, b"", [])])
    first, second = committed(broker, orders)[0]
    assert (first.key, first.value, list(first.headers)) == (b"\x00key", None, headers)
    assert (second.key, second.value, list(second.headers)) == (None, b"", [])


def test_an_oversized_event_arrives_so_that_it_can_be_counted(broker: str, orders: str) -> None:
    large = secrets.token_bytes(ORDERS.max_bytes - 4096)
    publish(broker, [(orders, 0, b"k", large, []), (orders, 0, b"k", b"after it", [])])
    assert values(broker, orders) == [large, b"after it"]


def test_a_changelog_keeps_the_newest_and_takes_tombstones(broker: str, prefix: str) -> None:
    wanted = settings_for(broker, prefix, partitions=1)
    admin.create_topics(wanted, [CUSTOMER_ROWS])
    topic = wanted.topic(CUSTOMER_ROWS.name)
    with transactional(broker, prefix) as producer:
        in_transaction(producer, [(topic, 0, b"a", b"1", []), (topic, 0, b"b", b"1", [])])
        in_transaction(producer, [(topic, 0, b"a", None, []), (topic, 0, b"b", b"2" * MIB, [])])
    newest = {record.key: record.value for record in committed(broker, topic)[0]}
    assert newest == {b"a": None, b"b": b"2" * MIB}


def test_offsets_of_a_group_are_kept(broker: str, orders: str, prefix: str) -> None:
    place = TopicPartition(orders, 0)

    def consumer() -> KafkaConsumer:
        return KafkaConsumer(bootstrap_servers=broker, group_id=prefix, enable_auto_commit=False)

    first, second = consumer(), consumer()
    try:
        first.assign([place])
        first.commit({place: OffsetAndMetadata(17, "", -1)})
        second.assign([place])
        assert second.committed(place) == 17
    finally:
        first.close()
        second.close()


def test_a_batch_that_is_sent_again_after_a_lost_ack_is_stored_once(broker: str, orders: str) -> None:
    with clients.admin(settings_for(broker, "")) as client:

        def ask(request: Any) -> Any:
            return client._manager.run(client._manager.send, request)

        producer = ask(
            InitProducerIdRequest(
                transactional_id=None,
                transaction_timeout_ms=60_000,
                producer_id=-1,
                producer_epoch=-1,
                max_version=4,
            )
        )
        for sequence in (0, 0, 2, 2, 0):
            produced = ask(_produce(orders, producer.producer_id, producer.producer_epoch, sequence))
            assert produced.responses[0].partition_responses[0].error_code in {0, DUPLICATE_SEQUENCE}
    assert values(broker, orders) == [b"0", b"1", b"2", b"3"]


def _produce(topic: str, producer_id: int, epoch: int, sequence: int) -> ProduceRequest:
    batch = MemoryRecordsBuilder(
        2, 0, 1 << 16, producer_id=producer_id, producer_epoch=epoch, base_sequence=sequence
    )
    for value in (sequence, sequence + 1):
        batch.append(timestamp=now_ms(), key=None, value=b"%d" % value, headers=[])
    batch.close()
    data = ProduceRequest.TopicProduceData
    return ProduceRequest(
        transactional_id=None,
        acks=-1,
        timeout_ms=5_000,
        topic_data=[
            data(
                name=topic,
                partition_data=[data.PartitionProduceData(index=0, records=batch.buffer())],
            )
        ],
        max_version=9,
    )


def test_a_reader_that_follows_along_misses_nothing_after_an_abort(
    broker: str, orders: str, prefix: str
) -> None:
    """A worker dies in a transaction, its successor commits: who has read on sees that."""
    with clients.reader(settings_for(broker, "")) as consumer:
        place = TopicPartition(orders, 0)
        consumer.assign([place])
        consumer.seek_to_beginning(place)
        seen: list[bytes] = []

        def read() -> list[bytes]:
            for records in consumer.poll(200).values():
                seen.extend(record.value for record in records)
            return seen

        with transactional(broker, prefix) as producer:
            in_transaction(producer, [(orders, 0, None, b"before", [])])
            until(lambda: read() == [b"before"], 10, "what was committed before")
            in_transaction(producer, [(orders, 0, None, b"aborted", [])], commit=False)
            until(lambda: read() and consumer.position(place) == 4, 10, "the reader to pass the abort")
            in_transaction(producer, [(orders, 0, None, b"after", [])])
            until(lambda: read() == [b"before", b"after"], 10, "what was committed after")
