"""Where the worker stands: the newest partition row of each partition, found at the end of the changelogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from streams.engine.partition_row import KEY
from streams.kafka import clients, reading
from streams.topics import CUSTOMER_ROWS, PAIR_ROWS, PRODUCT_ROWS, RISK_ROWS, SERIES_ROWS, TRAINER_ROWS

if TYPE_CHECKING:
    from streams.settings import Settings

CHANGELOGS = {
    "customer": CUSTOMER_ROWS,
    "product": PRODUCT_ROWS,
    "trainer": TRAINER_ROWS,
    "risk": RISK_ROWS,
    "series": SERIES_ROWS,
    "pairs": PAIR_ROWS,
}

Rows = dict[str, dict[int, dict[str, Any]]]
"""Stage, then partition, then the partition row as it stands in the changelog."""

# A step writes its partition row last, just before the transaction ends: a short look mostly finds it. Short,
# because rows are long, and the embedded broker sends all that follows an offset, whatever was asked.
FIRST_LOOK = 8
GROWTH = 8


def partition_rows(settings: Settings) -> Rows:
    """The newest committed partition row of each partition; a partition without one has not been worked on.

    Raises:
        Transient: the broker is not reachable.
        Permanent: a changelog topic is missing.
    """
    with clients.reader(settings) as consumer:
        return read_rows(consumer, settings)


def read_rows(consumer: KafkaConsumer, settings: Settings) -> Rows:
    """As `partition_rows`, with a consumer that is there already."""
    topics = {stage: settings.topic(topic.name) for stage, topic in CHANGELOGS.items()}
    places = [place for topic in topics.values() for place in reading.partitions(consumer, topic)]
    newest = _newest(consumer, places)
    return {
        stage: {place.partition: row for place, row in newest.items() if place.topic == topic}
        for stage, topic in topics.items()
    }


def _newest(
    consumer: KafkaConsumer, places: list[TopicPartition], look: int = FIRST_LOOK
) -> dict[TopicPartition, dict[str, Any]]:
    """Look backwards from the end in growing windows, until each row is found or its log is read."""
    found: dict[TopicPartition, bytes] = {}
    missing = reading.spans(consumer, places)
    while missing:
        windows = {place: (max(begin, end - look), end) for place, (begin, end) in missing.items()}
        here: dict[TopicPartition, bytes] = {}
        for record in reading.read(consumer, windows):
            if record.key == KEY and record.value is not None:
                here[TopicPartition(record.topic, record.partition)] = record.value
        found |= here
        missing = {
            place: (begin, windows[place][0])
            for place, (begin, _) in missing.items()
            if place not in here and windows[place][0] > begin
        }
        look *= GROWTH
    return {place: orjson.loads(value) for place, value in sorted(found.items())}
