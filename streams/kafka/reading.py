"""Read stretches of logs to their end; an end is a position, since control records have offsets too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from schemas.errors import Permanent, Transient
from streams.clock import monotonic

POLL_MS = 500
STALLED_SECONDS = 10.0
LEFT_OUT_SECONDS = 0.05

Span = tuple[int, int]
"""Offsets from (included) and to (excluded)."""


def partitions(consumer: KafkaConsumer, topic: str) -> list[TopicPartition]:
    """The partitions of a topic, by its name on the broker.

    Raises:
        Permanent: there is no such topic.
    """
    found = consumer.partitions_for_topic(topic)
    if not found:
        raise Permanent(f"the broker has no topic {topic!r}; `tocsin topics create` makes ours.")
    return [TopicPartition(topic, number) for number in sorted(found)]


def spans(consumer: KafkaConsumer, places: Sequence[TopicPartition]) -> dict[TopicPartition, Span]:
    """What each partition holds now, as a reader of committed records sees it."""
    begins = _offsets(consumer.beginning_offsets, list(places))
    ends = _offsets(consumer.end_offsets, list(places))
    return {place: (begins[place], ends[place]) for place in places}


def _offsets(
    ask: Callable[[list[TopicPartition]], dict[TopicPartition, int]], places: list[TopicPartition]
) -> dict[TopicPartition, int]:
    """Ask again while partitions are left out.

    kafka-python 3.0.12 forgets where topics are that are not assigned, whenever it refreshes its metadata. It
    then asks for them anew, but answers without waiting, with a KeyError for the first that is missing.

    Raises:
        Transient: they stay left out.
    """
    deadline = monotonic() + STALLED_SECONDS
    while True:
        try:
            return ask(places)
        except KeyError as missing:
            if monotonic() > deadline:
                raise Transient(
                    f"the broker did not say within {STALLED_SECONDS:g} s where {missing} is."
                ) from None
            time.sleep(LEFT_OUT_SECONDS)


def read(consumer: KafkaConsumer, wanted: Mapping[TopicPartition, Span]) -> Iterator[Any]:
    """The committed records within the spans, oldest first in each partition.

    Raises:
        Transient: the broker stopped answering.
    """
    ends = {place: end for place, (start, end) in wanted.items() if start < end}
    consumer.assign(list(ends))
    for place in ends:
        consumer.seek(place, wanted[place][0])
    last_progress = monotonic()
    positions = {place: wanted[place][0] for place in ends}
    while ends:
        for records in consumer.poll(POLL_MS).values():
            yield from (record for record in records if record.offset < ends.get(_place(record), 0))
        for place in list(ends):
            position = consumer.position(place)
            if position > positions[place]:
                positions[place], last_progress = position, monotonic()
            if position >= ends[place]:
                del ends[place]
        if 0 < len(ends) < len(consumer.assignment()):
            # Not paused: what it has fetched of a paused partition keeps kafka-python 3.0.12 from fetching
            # there ever again, as soon as it has used up what it fetched of another.
            consumer.assign(list(ends))
        if monotonic() - last_progress > STALLED_SECONDS:
            waiting = ", ".join(f"{place.topic}[{place.partition}]" for place in ends)
            raise Transient(f"the broker gave nothing of {waiting} for {STALLED_SECONDS:g} s.")


def _place(record: Any) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)
