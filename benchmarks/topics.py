"""Topics of a run: the inputs stay, what a run wrote is deleted before the next."""

from __future__ import annotations

from collections.abc import Sequence

from support.wait import until

from streams.kafka import clients
from streams.kafka.admin import create_topics, found_topics
from streams.settings import Settings
from streams.topics import TOPICS, Topic

OURS = tuple(topic for topic in TOPICS if topic.internal)


def fresh(settings: Settings, topics: Sequence[Topic] = OURS) -> None:
    """Make these topics anew, and empty."""
    drop(settings, topics)
    create_topics(settings, topics)


def drop(settings: Settings, topics: Sequence[Topic]) -> None:
    """Delete these topics, where they exist, and wait until they are gone."""
    names = [settings.topic(topic.name) for topic in topics]
    with clients.admin(settings) as client:
        there = list(found_topics(client, names))
        if there:
            client.delete_topics(there)
            until(lambda: not found_topics(client, names), 30, "topics to be deleted")
