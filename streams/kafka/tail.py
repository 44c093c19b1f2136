"""The records of one topic, from a place in it, and on as they come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from streams.clock import monotonic
from streams.kafka import reading

POLL_MS = 300
# A consumer keeps trying for ever; a person who watches wants to hear that the broker is gone.
ASK_SECONDS = 5.0


def stored(
    consumer: KafkaConsumer, spans: Mapping[TopicPartition, reading.Span], last: int | None = None
) -> Iterator[Any]:
    """What the spans hold: everything, or the newest `last` records over all of them, by time."""
    if last is None:
        yield from reading.read(consumer, spans)
        return
    found: list[Any] = []
    for place, span in spans.items():
        found += newest(consumer, place, span, last)
    found.sort(key=lambda record: (record.timestamp, record.partition, record.offset))
    yield from found[len(found) - last if len(found) > last else 0 :]


def newest(consumer: KafkaConsumer, place: TopicPartition, span: reading.Span, last: int) -> list[Any]:
    """The newest `last` records of a partition; markers and compaction leave holes, so the look grows."""
    begin, end = span
    size = 2 * last
    while True:
        start = max(begin, end - size)
        found = list(reading.read(consumer, {place: (start, end)}))
        if len(found) >= last or start == begin:
            return found[-last:] if last else []
        size *= 4


def coming(consumer: KafkaConsumer, starts: dict[TopicPartition, int]) -> Iterator[Any]:
    """Records from these offsets on, without an end.

    Raises:
        kafka.errors.KafkaTimeoutError: the broker went away.
    """
    consumer.assign(list(starts))
    for place, offset in starts.items():
        consumer.seek(place, offset)
    asked = monotonic()
    while True:
        for records in consumer.poll(POLL_MS).values():
            yield from records
        if monotonic() - asked > ASK_SECONDS:
            consumer.end_offsets(list(starts))
            asked = monotonic()
