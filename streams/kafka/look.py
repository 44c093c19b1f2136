"""Gather what `streams.status` adds up: sizes of topics, lags, partition rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from streams.kafka import reading
from streams.kafka.models import read_versions
from streams.kafka.rows import Rows, read_rows
from streams.status import InputLag, Status, TopicSize, assess, in_short
from streams.topics import (
    BASKETS,
    CHURN_EXAMPLES,
    CHURN_RISKS,
    INPUTS,
    PARTIALS,
    REROUTED,
    SERIES_PARTIALS,
    TOPICS,
)

if TYPE_CHECKING:
    from streams.settings import Settings

STAGE_INPUTS = {
    "customer": (*INPUTS, REROUTED),
    "product": (PARTIALS,),
    "trainer": (CHURN_EXAMPLES,),
    "risk": (CHURN_RISKS,),
    "series": (SERIES_PARTIALS,),
    "pairs": (BASKETS,),
}

# A gap up to this many offsets is read, to tell records from transaction markers; a larger one is a backlog.
COUNTED = 1_000


def look_with(consumer: KafkaConsumer, settings: Settings) -> Status:
    """The state of the whole installation, right now, but for the models.

    Raises:
        Transient: the broker is not reachable.
        Permanent: a topic is missing.
    """
    # Rows first: what is written while we look then counts as lag, never as negative lag.
    rows = read_rows(consumer, settings)
    places = {topic.name: reading.partitions(consumer, settings.topic(topic.name)) for topic in TOPICS}
    spans = reading.spans(consumer, [place for each in places.values() for place in each])
    sizes = [
        TopicSize(name, len(each), sum(spans[place][1] - spans[place][0] for place in each))
        for name, each in places.items()
    ]
    return assess(sizes, _lags(consumer, rows, places, spans), rows)


def look_at_all(consumer: KafkaConsumer, settings: Settings) -> Status:
    """As `look_with`, and which models there are; that reads every version."""
    models = in_short(read_versions(consumer, settings))
    return replace(look_with(consumer, settings), models=models)


def _lags(
    consumer: KafkaConsumer,
    rows: Rows,
    places: Mapping[str, Sequence[TopicPartition]],
    spans: Mapping[TopicPartition, reading.Span],
) -> list[InputLag]:
    gaps: dict[TopicPartition, reading.Span] = {}
    for stage, topics in STAGE_INPUTS.items():
        for topic in topics:
            for place in places[topic.name]:
                begin, end = spans[place]
                gaps[place] = (max(begin, _next(rows, stage, topic.name, place) or 0), end)
    small = {place: gap for place, gap in gaps.items() if gap[1] - gap[0] <= COUNTED}
    counted = Counter(
        TopicPartition(record.topic, record.partition) for record in reading.read(consumer, small)
    )
    return [
        InputLag(
            stage=stage,
            topic=topic.name,
            partition=place.partition,
            next=_next(rows, stage, topic.name, place),
            end=spans[place][1],
            lag=counted[place] if place in small else gaps[place][1] - gaps[place][0],
            exact=place in small,
        )
        for stage, topics in STAGE_INPUTS.items()
        for topic in topics
        for place in places[topic.name]
    ]


def _next(rows: Rows, stage: str, topic: str, place: TopicPartition) -> int | None:
    row = rows[stage].get(place.partition)
    return None if row is None else row["offsets"].get(topic)
