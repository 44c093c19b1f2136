"""When a worker has come to rest: nothing that it writes has moved for a while.

A complete ledger is not the end of the work: scores of the nights, series, pairs, models and the choice of
whom to tell come after it. Every one of these steps writes to the changelog of its stage, in the same
transaction as what it says, so the ends of the changelogs tell from outside when the last one was committed.
"""

from __future__ import annotations

from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from streams.kafka import reading
from streams.settings import Settings
from streams.topics import (
    CUSTOMER_ROWS,
    PAIR_ROWS,
    PRODUCT_ROWS,
    RISK_ROWS,
    SERIES_ROWS,
    TRAINER_ROWS,
)

CHANGELOGS = (CUSTOMER_ROWS, PRODUCT_ROWS, TRAINER_ROWS, RISK_ROWS, SERIES_ROWS, PAIR_ROWS)
STILL = 2_000
"""ms without a commit that are rest: more than the bench's `idle_after` and a lane's look at the clock."""


class Rest:
    """Watches the changelogs of all stages.

    Args:
        settings: broker and prefix.
        consumer: reads committed records.

    Attributes:
        moved: the look, ms, that saw the last commit; None before there was one.
    """

    def __init__(self, settings: Settings, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self._places = [
            place
            for topic in CHANGELOGS
            for place in reading.partitions(consumer, settings.topic(topic.name))
        ]
        self._ends: dict[TopicPartition, int] = {}
        self.moved: int | None = None

    def look(self, now: int) -> bool:
        """Look once, at `now` (ms); whether nothing has moved for a while."""
        try:
            ends = self._consumer.end_offsets(self._places)
        except KeyError:  # a topic was made a moment ago, and the client has not heard where it is
            return False
        if ends != self._ends:
            self._ends = ends
            if any(ends.values()):
                self.moved = now
        return self.moved is not None and now - self.moved > STILL
