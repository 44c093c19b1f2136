"""Reading logs to their end, whatever the client library forgets on the way."""

from __future__ import annotations

from support.brokers import settings_for

from streams.kafka import admin, clients, reading
from streams.topics import TOPICS


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
