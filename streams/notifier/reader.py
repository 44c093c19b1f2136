"""Reads the topic `alerts`, all partitions, and takes each batch in.

A plain consumer without a group: where to read on is in the store, in the same transaction as what was read.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from threading import Event
from typing import TYPE_CHECKING

import stamina
import structlog
from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from schemas.errors import Transient
from streams.clock import monotonic
from streams.kafka import clients, reading
from streams.notifier.intake import Intake, Place
from streams.notifier.plan import Record
from streams.notifier.slots import Slots
from streams.notifier.store import StoreUnavailable
from streams.topics import ALERTS

if TYPE_CHECKING:
    from streams.settings import Settings

log = structlog.get_logger(__name__)

POLL_MS = 50
# The embedded broker answers an empty fetch at once, whatever wait was asked: polling alone would keep half a
# core busy. The longer nothing comes, the longer the pause.
PAUSE_SECONDS = 0.25
LONGEST_IDLE = 1.0
MOST_RECORDS = 500
LOOK_SECONDS = 10.0
# Well under the 20 seconds in which a stop must be done: the pause between two tries cannot be interrupted.
LONGEST_PAUSE = 4.0


class Reader:
    """One loop over the topic.

    Args:
        settings: broker and prefix.
        intake: takes the records in.
        slots: asked after each step whether a digest is due.
        confirm: called before each batch is taken in; raises if the store is no longer ours.
        now: wall clock, ms.
        wake: set when there is something new to send.
        stop: ends the loop after the batch at hand.
    """

    def __init__(
        self,
        settings: Settings,
        intake: Intake,
        *,
        slots: Slots,
        confirm: Callable[[], None],
        now: Callable[[], int],
        wake: Event,
        stop: Event,
    ) -> None:
        self._settings = settings
        self._topic = settings.topic(ALERTS.name)
        self._intake = intake
        self._slots = slots
        self._confirm = confirm
        self._now = now
        self._wake = wake
        self._stop = stop
        self._positions: dict[Place, int] = {}
        self._looked = 0.0
        self._pause = PAUSE_SECONDS

    def run(self) -> None:
        """Read until `stop` is set; a broker that is away is waited for.

        Raises:
            StoreUnavailable: the store cannot be used; nothing counts as read that is not in it.
            Permanent: the broker refuses us, or there is no such topic.
        """
        while not self._stop.is_set():
            try:
                with ExitStack() as stack:
                    consumer = self._connect(stack)
                    while consumer is not None and not self._stop.is_set():
                        self._step(consumer)
                        self._pass_slots()
            except StoreUnavailable:
                raise
            except Transient as error:
                log.warning("the broker was lost", error=str(error))

    def _connect(self, stack: ExitStack) -> KafkaConsumer | None:
        """A consumer that stands where the store says; None if we were told to stop."""
        for attempt in stamina.retry_context(
            on=_broker_is_away, attempts=None, timeout=None, wait_initial=0.5, wait_max=LONGEST_PAUSE
        ):
            with attempt:
                stack.close()
                if self._stop.is_set():
                    return None
                consumer = stack.enter_context(
                    clients.reader(
                        self._settings,
                        max_poll_records=MOST_RECORDS,
                        max_partition_fetch_bytes=2 * ALERTS.max_bytes,
                        metadata_max_age_ms=int(LOOK_SECONDS * 1000),
                    )
                )
                self._assign(consumer)
                return consumer
        return None

    def _assign(self, consumer: KafkaConsumer) -> None:
        """Take every partition, each from its stored offset, else from its beginning."""
        places = reading.partitions(consumer, self._topic)
        stored = self._intake.offsets(self._topic)
        consumer.assign(places)
        self._positions = {}
        spans = reading.spans(consumer, places)
        for place, (begin, end) in spans.items():
            start = stored.get(place.partition, begin)
            if not begin <= start <= end:
                log.warning(
                    "the topic does not have what comes next; reading from its beginning",
                    topic=place.topic,
                    partition=place.partition,
                    stored=start,
                    begins=begin,
                    ends=end,
                )
                start = begin
            consumer.seek(place, start)
            self._positions[place.topic, place.partition] = start
        self._slots.begin({place.partition: end for place, (begin, end) in spans.items() if begin < end})
        self._looked = monotonic()
        log.info("reading alerts", topic=self._topic, partitions=len(places))

    def _step(self, consumer: KafkaConsumer) -> None:
        polled = consumer.poll(POLL_MS)
        records = [
            Record(record.topic, record.partition, record.offset, record.key, record.value)
            for place in sorted(polled)
            for record in polled[place]
        ]
        # Transaction markers have offsets but are no records: a position may move without one.
        moved = {
            place: position
            for place, before in self._positions.items()
            if (position := consumer.position(TopicPartition(*place))) not in {before, None}
        }
        if records or moved:
            self._take(records, moved)
            self._looked = monotonic()
            self._pause = PAUSE_SECONDS
            return
        if monotonic() - self._looked > LOOK_SECONDS:
            self._look(consumer)
        self._stop.wait(self._pause)
        self._pause = min(2 * self._pause, LONGEST_IDLE)

    def _take(self, records: list[Record], moved: dict[Place, int]) -> None:
        self._confirm()
        took = self._intake.take(records, moved, self._now())
        self._positions |= moved
        if took.mails:
            self._wake.set()
        if records:
            log.info("alerts taken in", records=len(records), alerts=took.alerts, mails=took.mails)
        if took.dead:
            log.warning("alerts that cannot be read are kept in the store", count=took.dead)

    def _pass_slots(self) -> None:
        positions = {partition: offset for (_, partition), offset in self._positions.items()}
        if self._slots.due(positions):
            self._confirm()
            if self._slots.write():
                self._wake.set()

    def _look(self, consumer: KafkaConsumer) -> None:
        """After a silence: is the broker still there, and are there new partitions?"""
        places = reading.partitions(consumer, self._topic)
        reading.spans(consumer, places)
        self._looked = monotonic()
        if len(places) != len(self._positions):
            self._assign(consumer)


def _broker_is_away(error: Exception) -> bool:
    return isinstance(error, Transient) and not isinstance(error, StoreUnavailable)
