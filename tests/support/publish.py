"""Put records on a broker, as a publisher or (in one transaction) as Tocsin itself would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaProducer

Sent = tuple[str, int | None, bytes | None, bytes | None, list[tuple[str, bytes]]]
"""Topic on the broker, partition (None: by key), key, value, headers."""


def publish(broker: str, records: Iterable[Sent], compression: str | None = None) -> None:
    """Send and wait until everything is stored."""
    producer = KafkaProducer(
        bootstrap_servers=broker, max_request_size=16 << 20, compression_type=compression
    )
    try:
        _send(producer, records)
    finally:
        producer.close()


@contextmanager
def transactional(broker: str, name: str) -> Iterator[Any]:
    """A producer with this transactional id, ready to begin."""
    producer = KafkaProducer(bootstrap_servers=broker, transactional_id=name, max_request_size=16 << 20)
    try:
        producer.init_transactions()
        yield producer
    finally:
        producer.close(timeout=5)


def in_transaction(producer: Any, records: Iterable[Sent], *, commit: bool = True) -> None:
    """All records in one transaction, all of them stored before it ends."""
    producer.begin_transaction()
    _send(producer, records)
    if commit:
        producer.commit_transaction()
    else:
        producer.abort_transaction()


def _send(producer: Any, records: Iterable[Sent]) -> None:
    futures = [
        producer.send(topic, key=key, value=value, headers=headers, partition=partition)
        for topic, partition, key, value, headers in records
    ]
    producer.flush()
    for future in futures:
        future.get(timeout=10)
