"""The newest partition row is found, however far from the end and whatever lies behind it."""

from __future__ import annotations

import pytest
from support.brokers import settings_for
from support.publish import in_transaction, transactional

from schemas.errors import Permanent
from streams.engine.partition_row import KEY, PartitionRow
from streams.kafka import admin
from streams.kafka.rows import partition_rows


def row(offset: int, topic: str = "orders") -> bytes:
    return PartitionRow(offsets={topic: offset}).dumps()


def test_newest_committed_row_of_each_partition(broker: str, prefix: str) -> None:
    settings = settings_for(broker, prefix, partitions=3)
    admin.create_topics(settings)
    customer, product = settings.topic("customer-rows"), settings.topic("product-rows")
    with transactional(broker, prefix) as producer:
        in_transaction(producer, [(customer, 0, KEY, row(1), []), (customer, 2, KEY, row(2), [])])
        in_transaction(producer, [(customer, 0, b"c-1", b"{}", []), (customer, 0, KEY, row(3), [])])
        in_transaction(producer, [(product, 1, KEY, row(4), [])])
        learnt = row(5, "churn-examples")
        in_transaction(producer, [(settings.topic("trainer-rows"), 0, KEY, learnt, [])])
        in_transaction(producer, [(customer, 0, KEY, row(99), [])], commit=False)

    found = partition_rows(settings)

    assert {
        stage: {number: each["offsets"] for number, each in rows.items()} for stage, rows in found.items()
    } == {
        "customer": {0: {"orders": 3}, 2: {"orders": 2}},
        "product": {1: {"orders": 4}},
        "trainer": {0: {"churn-examples": 5}},
        "risk": {},
        "series": {},
        "pairs": {},
    }


def test_a_row_far_from_the_end_is_found(embedded_broker: str, prefix: str) -> None:
    settings = settings_for(embedded_broker, prefix, partitions=1)
    admin.create_topics(settings)
    changelog = settings.topic("customer-rows")
    with transactional(embedded_broker, prefix) as producer:
        in_transaction(producer, [(changelog, 0, KEY, row(5), [])])
        in_transaction(producer, [(changelog, 0, b"c-%d" % i, b"{}", []) for i in range(8_000)])
    assert partition_rows(settings)["customer"][0]["offsets"] == {"orders": 5}


def test_without_topics_it_says_what_to_do(embedded_broker: str, prefix: str) -> None:
    with pytest.raises(Permanent, match="tocsin topics create"):
        partition_rows(settings_for(embedded_broker, prefix))
