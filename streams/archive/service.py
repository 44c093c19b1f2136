"""The archive's own consumer: reads every topic that is archived, from where the ledger says.

A plain consumer without a group, of committed records: where to read on is in the ledger, in the same step
as what was read.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

import stamina
import structlog
from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from schemas.errors import Transient
from streams.archive.ledger import ArchiveUnavailable
from streams.archive.pile import Record
from streams.archive.writer import Writer
from streams.clock import monotonic
from streams.kafka import clients, reading

if TYPE_CHECKING:
    from streams.settings import Settings

log = structlog.get_logger(__name__)

POLL_MS = 200
# The embedded broker answers an empty fetch at once: polling alone would keep half a core busy.
PAUSE_SECONDS = 0.25
MOST_RECORDS = 2_000
LOOK_SECONDS = 10.0
LONGEST_PAUSE = 4.0
FETCH_BYTES = 16 << 20
MS = timedelta(milliseconds=1)


@dataclass
class Service:
    """One loop over all topics.

    Args:
        settings: broker, prefix, how often to write.
        writer: takes the records.
        now: wall clock, ms.
        stop: ends the loop after the batch at hand.
        once: end at what the logs hold at the start, and do not wait for a broker that is away.
    """

    settings: Settings
    writer: Writer
    now: Callable[[], int]
    stop: Event
    once: bool
    _positions: dict[TopicPartition, int] = field(default_factory=dict)
    _ends: dict[TopicPartition, int] = field(default_factory=dict)
    _looked: float = 0.0
    _flushed: float = field(default_factory=monotonic)

    def run(self) -> None:
        """Read until `stop` is set, or once to the end; then everything that was read is in files.

        Raises:
            ArchiveUnavailable: the folder cannot be written.
            Transient: with `once`, the broker cannot be reached.
            Permanent: the broker refuses us, or there is no such topic.
        """
        while not self.stop.is_set() and not self._over():
            try:
                with ExitStack() as stack:
                    consumer = self._connect(stack)
                    while consumer is not None and not self.stop.is_set() and not self._over():
                        self._step(consumer)
            except ArchiveUnavailable:
                raise
            except Transient as error:
                if self.once:
                    raise
                log.warning("the broker was lost", error=str(error))
        self.writer.flush()

    def _over(self) -> bool:
        return self.once and bool(self._ends) and not self._missing()

    def _missing(self) -> list[str]:
        behind = (place for place, end in self._ends.items() if self._positions[place] < end)
        return [f"{place.topic}[{place.partition}]" for place in behind]

    def _connect(self, stack: ExitStack) -> KafkaConsumer | None:
        """A consumer that stands where we are; None if we were told to stop."""
        for attempt in stamina.retry_context(
            on=_broker_is_away,
            attempts=1 if self.once else None,
            timeout=None,
            wait_initial=0.5,
            wait_max=LONGEST_PAUSE,
        ):
            with attempt:
                stack.close()
                if self.stop.is_set():
                    return None
                consumer = stack.enter_context(
                    clients.reader(
                        self.settings,
                        max_poll_records=MOST_RECORDS,
                        fetch_max_bytes=FETCH_BYTES,
                        metadata_max_age_ms=int(LOOK_SECONDS * 1000),
                    )
                )
                self._assign(consumer)
                return consumer
        return None

    def _assign(self, consumer: KafkaConsumer) -> None:
        """Take every partition of every topic, each from where it was read to."""
        found = reading.spans(consumer, self._places(consumer))
        starts = {place: self._start(place, span) for place, span in found.items()}
        consumer.assign(list(starts))
        for place, start in starts.items():
            consumer.seek(place, start)
        if self.once and not self._ends:
            self._ends = {place: end for place, (_, end) in found.items()}
        self._positions = starts
        self._looked = monotonic()
        log.info("reading", folder=str(self.settings.archive_dir), partitions=len(starts))

    def _places(self, consumer: KafkaConsumer) -> list[TopicPartition]:
        return [
            place
            for kind in self.writer.kinds
            for place in reading.partitions(consumer, self.settings.topic(kind))
        ]

    def _start(self, place: TopicPartition, span: reading.Span) -> int:
        begin, end = span
        known = self.writer.positions(self._kind(place)).get(place.partition, begin)
        start = self._positions.get(place, known)
        if begin <= start <= end:
            return start
        log.warning(
            "records are gone that were not archived yet; going on with the oldest there is"
            if start < begin
            else "the topic ends before what was archived of it; reading it from its beginning",
            topic=place.topic,
            partition=place.partition,
            archived=start,
            begins=begin,
            ends=end,
        )
        return begin

    def _kind(self, place: TopicPartition) -> str:
        name: str = place.topic
        return name.removeprefix(self.settings.topic_prefix)

    def _step(self, consumer: KafkaConsumer) -> None:
        polled = consumer.poll(POLL_MS)
        latest = self.now() + self.settings.future_skew // MS
        for place in sorted(polled):
            self.writer.take(self._kind(place), map(_record, polled[place]), latest)
        moved = self._move(consumer)
        if monotonic() - self._flushed > self.settings.archive_every.total_seconds():
            self.writer.flush()
            self._flushed = monotonic()
        if moved:
            self._looked = monotonic()
            return
        if monotonic() - self._looked > LOOK_SECONDS:
            self._look(consumer)
        if not self._over():
            self.stop.wait(PAUSE_SECONDS)

    def _move(self, consumer: KafkaConsumer) -> bool:
        """Note how far each log was read; transaction markers have offsets but are no records."""
        moved = False
        for place, before in self._positions.items():
            position = consumer.position(place)
            if position is not None and position != before:
                self.writer.move(self._kind(place), place.partition, position)
                self._positions[place] = position
                moved = True
        return moved

    def _look(self, consumer: KafkaConsumer) -> None:
        """After a silence: is the broker still there, and are there new partitions?"""
        if self.once:
            raise Transient(
                f"the broker gave nothing of {', '.join(self._missing())} for {LOOK_SECONDS:g} s."
            )
        places = self._places(consumer)
        reading.spans(consumer, places)
        self._looked = monotonic()
        if len(places) != len(self._positions):
            self._assign(consumer)


def _record(record: Any) -> Record:
    return Record(record.partition, record.offset, record.timestamp, record.value, record.headers or ())


def _broker_is_away(error: Exception) -> bool:
    return isinstance(error, Transient) and not isinstance(error, ArchiveUnavailable)
