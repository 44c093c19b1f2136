"""Keeps a worker at the version of the models that counts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.engine.following import Following
from streams.engine.models import Adopted
from streams.kafka import clients
from streams.kafka.models import read_versions
from streams.topics import MODELS

if TYPE_CHECKING:
    from streams.settings import Settings

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between tries to follow
_WAIT_MS = 1_000

Adopt = Callable[[Adopted], None]


class Follower:
    """Keeps a process at the version that counts, for as long as the process lives.

    It works between the steps of the lanes, so that a step sees one version only. Whatever fails here is said
    and tried again: scoring with an older version is better than not scoring.

    Args:
        settings: broker and prefix.
        following: what is used so far.
        adopt: takes each version that comes to be used.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        settings: Settings,
        following: Following,
        adopt: Adopt,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings, self._following, self._adopt, self._sleep = settings, following, adopt, sleep
        self._pause = FIRST_PAUSE

    def begin(self) -> None:
        """Adopt what counts before the first step: a worker that starts again scores as it did before.

        Raises:
            Transient: the broker is not reachable.
            Permanent: there is no topic `models`.
        """
        with clients.reader(self._settings) as consumer:
            self._following.versions = read_versions(consumer, self._settings)
        self._look()
        if self._following.adopted is None:
            log.info("no model has been published yet; the prior alone scores")

    async def run(self) -> None:
        """Follow without an end."""
        while True:
            try:
                await self._follow()
            except Exception as error:  # noqa: BLE001 - whatever it is, the lanes must go on
                log.warning(
                    "the models cannot be followed; the one in use stays, trying again",
                    error=str(error),
                    kind=type(error).__name__,
                    seconds=self._pause,
                )
            await self._sleep(self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.broker,
            client_id=f"tocsin-models-{self._settings.worker_id}",
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            place = TopicPartition(self._settings.topic(MODELS.name), 0)
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            end = (await consumer.end_offsets([place]))[place]
            self._following.anew()
            changed = True
            while True:
                # Before the end is reached, what was the newest once would be taken for the newest.
                if changed and await consumer.position(place) >= end:
                    self._look()
                    self._pause, changed = FIRST_PAUSE, False
                for records in (await consumer.getmany(place, timeout_ms=_WAIT_MS)).values():
                    for record in records:
                        self._following.versions.take(record.key, record.value)
                        changed = True
        finally:
            await consumer.stop()

    def _look(self) -> None:
        before = self._following.adopted
        for refusal in self._following.look():
            log.warning("a version of the models is not used", version=refusal.version, why=refusal.why)
        now = self._following.adopted
        if now is not None and now is not before:
            self._adopt(now)
            log.info("model adopted", version=now.version, learnt=now.learnt)
