"""A key lands in the same partition, whichever client sends it, and the engine knows which."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import KafkaProducer
from kafka.partitioner import murmur2
from support.brokers import settings_for

from streams.engine.partition import partition_of
from streams.kafka import admin
from streams.topics import INPUTS


async def _aiokafka(broker: str, topic: str, keys: list[bytes]) -> list[int]:
    producer = AIOKafkaProducer(bootstrap_servers=broker)
    await producer.start()
    try:
        return [(await producer.send_and_wait(topic, b"", key=key)).partition for key in keys]
    finally:
        await producer.stop()


def _kafka_python(broker: str, topic: str, keys: list[bytes]) -> list[int]:
    producer = KafkaProducer(bootstrap_servers=broker)
    try:
        return [producer.send(topic, b"", key=key).get(timeout=10).partition for key in keys]
    finally:
        producer.close()


def _run_aiokafka(broker: str, topic: str, keys: list[bytes]) -> list[int]:
    return asyncio.run(_aiokafka(broker, topic, keys))


@pytest.mark.parametrize("send", [_kafka_python, _run_aiokafka], ids=["kafka-python", "aiokafka"])
def test_a_key_lands_where_the_engine_expects_it(
    broker: str, prefix: str, send: Callable[[str, str, list[bytes]], list[int]]
) -> None:
    wanted = settings_for(broker, prefix, partitions=7)
    admin.create_topics(wanted, INPUTS[:1])
    keys = [b"c-%d" % number for number in range(30)] + [b"k\xc3\xa4se", b"\xff\xfe", b"x" * 300]
    assert send(broker, wanted.topic(INPUTS[0].name), keys) == [partition_of(key, 7) for key in keys]


@given(key=st.binary(max_size=200), partitions=st.integers(1, 64))
@settings(max_examples=300)
def test_the_placement_is_the_clients_for_every_key(key: bytes, partitions: int) -> None:
    assert partition_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions
    everywhere = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, everywhere, everywhere)
