"""Create the topics of `streams.topics`, and look whether a broker's topics are as we want them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from schemas.errors import Fatal, Permanent
from streams.kafka import clients
from streams.kafka.topic_check import Found, Mismatch, Wanted, compare, sentences
from streams.topics import TOPICS, Topic

if TYPE_CHECKING:
    from streams.settings import Settings


def wanted(settings: Settings, topics: Sequence[Topic] = TOPICS) -> list[Wanted]:
    """The topics as these settings want them, by their names on the broker."""
    return [
        Wanted(
            settings.topic(topic.name),
            topic.partitions or settings.partitions,
            settings.replication,
            topic.config,
            fixed=topic.partitions is not None,
        )
        for topic in topics
    ]


def create_topics(settings: Settings, topics: Sequence[Topic] = TOPICS) -> list[str]:
    """Create what is missing, wait until it can be used, and return the created names; others stay untouched.

    Raises:
        Transient: the broker is not reachable.
        Permanent: it refuses to create one.
    """
    with clients.admin(settings) as client:
        there = found_topics(client, [topic.name for topic in wanted(settings, topics)])
        missing = [topic for topic in wanted(settings, topics) if topic.name not in there]
        if not missing:
            return []
        answer = client.create_topics(
            {
                topic.name: {
                    "num_partitions": topic.partitions,
                    "replication_factor": topic.replication,
                    "configs": dict(topic.config),
                }
                for topic in missing
            },
            raise_errors=False,
        )
        created = [name for topic in answer["topics"] if (name := _created(topic))]
        client.wait_for_topics([topic.name for topic in missing])
        return created


def check_topics(
    settings: Settings, topics: Sequence[Topic] = TOPICS
) -> tuple[list[Mismatch], dict[str, Found]]:
    """What is not as wanted, and the topics as they were found.

    Raises:
        Transient: the broker is not reachable.
    """
    needed = wanted(settings, topics)
    with clients.admin(settings) as client:
        found = found_topics(client, [topic.name for topic in needed])
    return compare(needed, found), found


def require_topics(settings: Settings, topics: Sequence[Topic] = TOPICS) -> None:
    """Go on only if every topic is as wanted.

    Raises:
        Fatal: some are not; the message says which, and what to do.
        Transient: the broker is not reachable.
    """
    mismatches, _ = check_topics(settings, topics)
    if mismatches:
        lines = "\n  ".join(sentences(mismatches))
        raise Fatal(f"the topics at {settings.broker} are not as wanted:\n  {lines}")


def found_topics(client: KafkaAdminClient, names: Sequence[str]) -> dict[str, Found]:
    """Those of the named topics that exist, as the broker describes them."""
    described = {topic["name"]: topic for topic in client.describe_topics(names) if not topic["error_code"]}
    configs = _configs(client, list(described))
    return {
        name: Found(
            partitions=len(topic["partitions"]),
            replication=min(len(partition["replica_nodes"]) for partition in topic["partitions"]),
            config=configs.get(name),
        )
        for name, topic in described.items()
    }


def _configs(client: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Settings by topic; empty where the broker does not tell them or does not let us ask."""
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    try:
        answer = client.describe_configs(resources, config_filter="all")
    except KafkaError as error:
        if error.retriable:
            raise
        return {}
    return {
        name: {key: config["value"] for key, config in settings.items() if config["value"] is not None}
        for name, settings in answer.get("topic", {}).items()
    }


def _created(answer: dict[str, object]) -> str | None:
    """The name of a topic that was created just now; None if somebody else was quicker."""
    error = for_code(answer["error_code"])
    name = str(answer["name"])
    if error is TopicAlreadyExistsError:
        return None
    if answer["error_code"]:
        raise Permanent(f"the broker does not create {name}: {answer['error_message'] or error.__name__}.")
    return name
