"""Faust's transport for high volume: one event per fetched batch, begun where the partition rows say.

Stock Faust hands over record by record, at a cost that exceeds the work. Here `getmany` hands one Faust event
per fetched partition batch (its value: the list of records; its offset: the last one's). Where reading begins
is asked of the partition rows, not of the group's committed offsets; those are for lag monitors only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any

import aiokafka
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.clock import now_ms
from streams.settings import Settings

FRESH_MS = 1_000
TakeOver = Callable[[set[Any]], Awaitable[Mapping[Any, int]]]


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The thread that owns the aiokafka consumer."""

    def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ARG002 - Faust calls it with it
        settings: Settings = self.app.tocsin_settings
        # Range gives partition p of every topic to one member: all have the same number of partitions.
        self._assignor = RangePartitionAssignor
        session_ms = int(settings.session_timeout.total_seconds() * 1000)
        return aiokafka.AIOKafkaConsumer(
            bootstrap_servers=settings.broker,
            client_id=f"tocsin-{settings.worker_id}",
            group_id=self.app.conf.id,
            group_instance_id=settings.worker_id,
            partition_assignment_strategy=[RangePartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            # Aborted transactions of publishers, and of our own stages, never happened.
            isolation_level="read_committed",
            max_poll_records=settings.batch,
            max_partition_fetch_bytes=4 << 20,
            # A fetch asks for every partition, and its answer is read by Python: some at a time are enough.
            fetch_min_bytes=64 << 10,
            fetch_max_wait_ms=50,
            session_timeout_ms=session_ms,
            rebalance_timeout_ms=max(session_ms, 30_000),
            heartbeat_interval_ms=max(100, session_ms // 6),
            # A lane that computes for long is watched by its own errors, not by how often Faust fetches.
            max_poll_interval_ms=3_600_000,
        )


class BatchConsumer(driver.Consumer):  # type: ignore[misc]
    """Hands over batches; see the module."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.handed: dict[TP, int] = {}

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 - Faust's name
        """One message per fetched batch of a partition."""
        records, active = await self._wait_next_records(timeout)
        if records is None or self.should_stop or not self.flow_active:
            return
        generation = self.app.consumer_generation_id
        for tp, batch in records.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if not batch or not (active is None or tp in active or tp in self._buffered_partitions):
                continue
            last = batch[-1]
            self.handed[tp] = last.offset + 1
            yield tp, self._to_message(tp, _envelope(batch, last))

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Begin where the partition rows say that everything before is done."""
        assignment = self.assignment()
        self.handed.clear()
        positions = await self.app.take_over(assignment)
        if positions:
            await self._thread.seek_wait(positions)
        return dict(positions)

    def drained(self, tp: TP, done: int) -> bool:
        """Whether the log has been read to its end just now, and all that was handed over is done.

        `done` is the next offset that is not. Read across threads without a lock: what arrives in between
        resets the quiet that follows from it. An end that was seen long ago is none: a starved fetch knows
        nothing of what was appended since, and time would pass before it.
        """
        consumer = self._thread._consumer  # noqa: SLF001 - Faust offers no position without a round trip
        subscription = consumer._subscription.subscription if consumer else None  # noqa: SLF001 - the same
        if subscription is None or subscription.assignment is None or tp not in subscription.assignment.tps:
            return False
        state = subscription.assignment.state_value(tp)
        if not state.has_valid_position or state.highwater is None:
            return False
        if state.timestamp is None or now_ms() - state.timestamp > FRESH_MS:
            return False
        return bool(state.position >= state.highwater and done >= self.handed.get(tp, 0))

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Batches leave no gaps to track."""

    def _new_offset(self, tp: TP) -> int | None:
        """The end of the batches acked so far; a partition's batches are acked in order."""
        acked = self._acked[tp]
        if not acked:
            return None
        newest = max(acked)
        acked.clear()
        self._acked_index[tp].clear()
        return int(newest) + 1


def _envelope(batch: list[Any], last: Any) -> SimpleNamespace:
    """A record, as far as Faust looks, that carries a whole batch."""
    return SimpleNamespace(
        topic=last.topic,
        partition=last.partition,
        offset=last.offset,
        timestamp=last.timestamp,
        timestamp_type=last.timestamp_type,
        headers=(),
        key=None,
        value=batch,
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
    )


class Transport(driver.Transport):  # type: ignore[misc]
    """aiokafka with batches."""

    Consumer = BatchConsumer
