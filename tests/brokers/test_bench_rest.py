"""A measured run ends at rest with a ledger that adds up, and not before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, KafkaProducer
from support.brokers import settings_for

from benchmarks.rest import STILL
from benchmarks.view import View
from streams.engine.partition_row import KEY, PartitionRow
from streams.kafka import clients
from streams.kafka.admin import create_topics
from streams.settings import Settings
from streams.topics import CUSTOMER_ROWS, SERIES_ROWS

EVENTS = 3
NOW = 1_000_000


@pytest.fixture
def settings(embedded_broker: str, prefix: str) -> Settings:
    found = settings_for(embedded_broker, prefix, partitions=1)
    create_topics(found)
    return found


@pytest.fixture
def consumer(settings: Settings) -> Iterator[KafkaConsumer]:
    with clients.reader(settings) as found:
        yield found


@pytest.fixture
def producer(settings: Settings) -> Iterator[KafkaProducer]:
    with clients.writer(settings) as found:
        yield found


def commit(producer: KafkaProducer, settings: Settings, topic: str, processed: int = 0) -> None:
    row = PartitionRow()
    row.counts("orders").processed = processed
    producer.send(settings.topic(topic), key=KEY, value=row.dumps(), partition=0).get(10)


def look_until_seen(view: View, now: int) -> None:
    """The embedded broker needs a moment to tell where new topics are."""
    for _ in range(200):
        assert not view.complete(EVENTS, now)
        if view.rest.moved == now:
            return
    raise AssertionError("the commit was not seen")


def test_the_end_is_the_last_commit_of_any_stage(
    settings: Settings, consumer: KafkaConsumer, producer: KafkaProducer
) -> None:
    view = View(settings, consumer)
    commit(producer, settings, CUSTOMER_ROWS.name, processed=EVENTS)
    look_until_seen(view, NOW)
    commit(producer, settings, SERIES_ROWS.name)
    look_until_seen(view, NOW + STILL)
    assert not view.complete(EVENTS, NOW + STILL + 1)
    assert view.complete(EVENTS, NOW + 2 * STILL + 1)
    assert view.rest.moved == NOW + STILL
    assert view.ledger == {"processed": EVENTS, "duplicates": 0, "too_late": 0, "dead_letters": 0}


def test_a_ledger_that_does_not_add_up_is_no_end_however_long_it_rests(
    settings: Settings, consumer: KafkaConsumer, producer: KafkaProducer
) -> None:
    view = View(settings, consumer)
    commit(producer, settings, CUSTOMER_ROWS.name, processed=EVENTS - 1)
    look_until_seen(view, NOW)
    assert not view.complete(EVENTS, NOW + 2 * STILL)
    assert not view.complete(EVENTS, NOW + 1_000 * STILL)
    commit(producer, settings, CUSTOMER_ROWS.name, processed=EVENTS)
    look_until_seen(view, NOW + 1_001 * STILL)
    assert view.complete(EVENTS, NOW + 1_003 * STILL)
