"""The topic `models`: read it, pin a version. To follow it, see `streams.kafka.follower`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka import KafkaConsumer

from streams.engine.versions import PIN, Version, Versions
from streams.kafka import clients, reading
from streams.topics import MODELS

if TYPE_CHECKING:
    from streams.settings import Settings


def read_versions(consumer: KafkaConsumer, settings: Settings) -> Versions:
    """Everything that the topic holds now.

    Raises:
        Transient: the broker is not reachable.
        Permanent: there is no such topic.
    """
    versions = Versions()
    places = reading.partitions(consumer, settings.topic(MODELS.name))
    for record in reading.read(consumer, reading.spans(consumer, places)):
        versions.take(record.key, record.value)
    return versions


def pin(settings: Settings, version: Version | None) -> None:
    """Pin a version for every worker, now and later; None lets them follow the newest again.

    Raises:
        Transient: the broker is not reachable; whether the pin is there is not known.
        Permanent: the broker refuses it.
    """
    with clients.writer(settings) as producer:
        value = None if version is None else Versions().pin(version)
        producer.send(settings.topic(MODELS.name), key=PIN, value=value, partition=0).get(
            timeout=clients.REQUEST_MS / 1000
        )
