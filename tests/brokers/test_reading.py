"""Reading logs to their end, whatever the client library forgets on the way."""

from __future__ import annotations

from kafka.structs import TopicPartition
from support.brokers import settings_for

from streams.kafka import admin, clients, reading
from streams.topics import ALERTS, TOPICS, WINDOWS


def test_offsets_are_told_for_topics_that_the_client_has_forgotten(broker: str, prefix: str) -> None:
    settings = settings_for(broker, prefix)
    admin.create_topics(settings)
    # The client refreshes what it knows all the time, and each time forgets the topics that are not assigned.
    with clients.reader(settings, metadata_max_age_ms=20) as consumer:
        for _ in range(30):
            names = [settings.topic(topic.name) for topic in TOPICS]
            places = [place for name in names for place in reading.partitions(consumer, name)]
            assert reading.spans(consumer, places) == dict.fromkeys(places, (0, 0))
            consumer.assign(places[:1])
            consumer.poll(30)


def test_what_follows_a_stretch_is_read_later(broker: str, prefix: str) -> None:
    """The client keeps what it has fetched beyond a stretch, and would not fetch there again."""
    settings = settings_for(broker, prefix)
    admin.create_topics(settings)
    first, other = (TopicPartition(settings.topic(topic.name), 0) for topic in (WINDOWS, ALERTS))
    with clients.writer(settings) as producer:
        for number in range(2_000):
            for place in (first, other):
                producer.send(place.topic, b"%d" % number, partition=place.partition)
        producer.flush()
    with clients.reader(settings) as consumer:
        for _ in range(3):
            assert len(list(reading.read(consumer, {first: (0, 100), other: (0, 1_900)}))) == 2_000
            assert len(list(reading.read(consumer, {first: (100, 700)}))) == 600
