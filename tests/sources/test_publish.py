"""The bulk publisher on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from kafka.structs import TopicPartition
from support.brokers import settings_for

from schemas.errors import Permanent, Transient
from streams.broker import HOST
from streams.kafka import admin, clients, reading
from streams.publish import partition_of, publish
from streams.settings import Settings
from streams.sources.record import Record


@pytest.fixture
def settings(broker: str, prefix: str) -> Settings:
    made = settings_for(broker, prefix, partitions=3)
    admin.create_topics(made)
    return made


def stored(settings: Settings, topic: str) -> dict[int, list[tuple[bytes | None, bytes | None]]]:
    with clients.reader(settings) as consumer:
        spans = reading.spans(consumer, reading.partitions(consumer, settings.topic(topic)))
        found: dict[int, list[tuple[bytes | None, bytes | None]]] = {place.partition: [] for place in spans}
        for record in reading.read(consumer, spans):
            found[record.partition].append((record.key, record.value))
    return found


def record(number: int, topic: str = "orders", size: int = 0) -> Record:
    return Record(topic, b"c-%d" % (number % 7), b"%d" % number + b" " * size, number * 1000)


def test_everything_arrives_once_in_order_where_its_key_belongs(settings: Settings) -> None:
    # Large enough for several batches per partition, and interleaved with a topic of little traffic.
    records = [record(n, "tickets" if n % 50 == 0 else "orders", size=200) for n in range(12_000)]
    told: list[tuple[int, int | None]] = []
    assert asyncio.run(publish(settings, records, progress=lambda *seen: told.append(seen))) == 12_000
    for topic in ("orders", "tickets"):
        for partition, found in stored(settings, topic).items():
            assert found == [
                (r.key, r.value)
                for r in records
                if r.topic == topic and partition_of(r.key or b"", 3) == partition
            ]
    counts = [sent for sent, _ in told]
    assert counts == sorted(counts)
    assert counts[-1] == 12_000
    assert told[-1][1] == 11_999_000


def test_records_without_key_are_spread_and_tombstones_are_sent(settings: Settings) -> None:
    records = [Record("contacts", None, b"junk", None)] * 6 + [Record("contacts", b"k", None, None)]
    assert asyncio.run(publish(settings, records)) == 7
    found = stored(settings, "contacts")
    assert [sum(key is None for key, _ in each) for each in found.values()] == [2, 2, 2]
    assert (b"k", None) in found[partition_of(b"k", 3)]


def test_speed_follows_event_time_and_sends_before_it_sleeps(settings: Settings) -> None:
    now = [0.0]
    at_sleep: list[tuple[float, int]] = []

    async def sleep(seconds: float) -> None:
        count = sum(len(each) for each in stored(settings, "orders").values())
        at_sleep.append((round(seconds, 3), count))
        now[0] += seconds

    # Event times 0, 60, 60, 30 (late: not waited for) and 180 seconds, sixty times as fast.
    times = [0, 60_000, 60_000, 30_000, 180_000]
    records = [Record("orders", b"c", b"%d" % n, at) for n, at in enumerate(times)]
    sent = asyncio.run(publish(settings, records, speed=60.0, sleep=sleep, clock=lambda: now[0]))
    assert sent == 5
    assert at_sleep == [(1.0, 1), (2.0, 4)]


def test_it_holds_while_it_is_told_to_with_nothing_kept_back(settings: Settings) -> None:
    stored_while_held: list[int] = []

    def hold(sent: int) -> bool:
        return sent == 1_000 and len(stored_while_held) < 3

    async def sleep(_seconds: float) -> None:
        stored_while_held.append(sum(len(each) for each in stored(settings, "orders").values()))

    assert asyncio.run(publish(settings, map(record, range(1_200)), hold=hold, sleep=sleep)) == 1_200
    assert stored_while_held == [1_000] * 3


def test_a_missing_topic_is_named_and_not_created(broker: str, prefix: str) -> None:
    settings = settings_for(broker, prefix)
    with pytest.raises(Permanent, match=f"{prefix}orders.*tocsin topics create"):
        asyncio.run(publish(settings, [record(1)]))
    with clients.reader(settings) as consumer:
        assert settings.topic("orders") not in consumer.topics()


def test_an_oversized_event_reaches_the_topic_to_become_a_dead_letter(settings: Settings) -> None:
    large = Record("orders", b"c", b"x" * 1_200_000, None)
    assert asyncio.run(publish(settings, [record(0), large, record(1)])) == 3
    assert large.value in [value for each in stored(settings, "orders").values() for _, value in each]


def test_no_broker_is_said_so(free_port: int) -> None:
    settings = Settings(broker=f"{HOST}:{free_port}")
    with pytest.raises(Transient, match="no broker answers"):
        asyncio.run(publish(settings, [record(1)]))


def test_records_are_read_lazily_so_that_a_year_needs_no_memory(settings: Settings) -> None:
    ahead: list[int] = []
    acked = [0]

    def source() -> Iterator[Record]:
        for number in range(60_000):
            ahead.append(number - acked[0])
            yield record(number, size=100)

    def note(sent: int, _at: int | None) -> None:
        acked[0] = sent

    asyncio.run(publish(settings, source(), progress=note))
    assert max(ahead) < 50_000


def test_partitions_are_those_of_the_java_client() -> None:
    # From the Java client's own tests of murmur2.
    assert partition_of(b"21", 1 << 31) == -973932308 & 0x7FFFFFFF
    assert (
        TopicPartition("orders", partition_of(b"foobar", 1000)).partition == (-790332482 & 0x7FFFFFFF) % 1000
    )
