"""A process follows the topic `models`: new versions, pins, bad ones, a broker that is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from support.brokers import settings_for
from support.models import document, publish_versions, taught
from support.publish import in_transaction, transactional

from streams.engine.following import Following
from streams.engine.models import Adopted
from streams.engine.options import ChurnOptions
from streams.engine.versions import Version
from streams.kafka import admin
from streams.kafka.follower import FIRST_PAUSE, LONGEST_PAUSE, Follower
from streams.kafka.models import pin
from streams.settings import Settings
from streams.topics import MODELS

FIRST, SECOND, THIRD = "2026-01-01-aaaaaaaa", "2026-01-02-bbbbbbbb", "2026-01-03-cccccccc"
SECONDS = 15.0


class Process:
    """A process that follows, and what it adopted in turn."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.adopted: asyncio.Queue[Adopted] = asyncio.Queue()
        self.follower = Follower(settings, Following(ChurnOptions()), self.adopted.put_nowait)

    async def next(self) -> str:
        """The version that it adopts next."""
        return (await asyncio.wait_for(self.adopted.get(), SECONDS)).version

    async def publish(self, versions: dict[str, bytes | None]) -> None:
        """Publish, while it goes on."""
        await asyncio.to_thread(publish_versions, self.settings, versions)

    async def pin(self, version: Version | None) -> None:
        """Pin, while it goes on."""
        await asyncio.to_thread(pin, self.settings, version)


@pytest.fixture
def topic(broker: str, prefix: str) -> Settings:
    settings = settings_for(broker, prefix)
    admin.create_topics(settings, [MODELS])
    return settings


def play(settings: Settings, scene: Callable[[Process], Awaitable[None]]) -> None:
    """A process begins, follows, and lives through a scene."""

    async def run() -> None:
        process = Process(settings)
        process.follower.begin()
        task = asyncio.create_task(process.follower.run())
        await scene(process)
        assert process.adopted.empty()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_it_goes_along_with_versions_and_pins(topic: Settings) -> None:
    async def scene(process: Process) -> None:
        await process.publish({FIRST: document(FIRST, 1)})
        assert await process.next() == FIRST
        await process.publish({SECOND: document(SECOND, 2)})
        assert await process.next() == SECOND
        await process.pin(Version(FIRST, document(FIRST, 1)))
        assert await process.next() == FIRST
        await process.publish({THIRD: document(THIRD, 3), FIRST: None})
        await process.pin(None)
        assert await process.next() == THIRD

    play(topic, scene)


def test_what_cannot_be_read_is_passed_and_it_follows_on(topic: Settings) -> None:
    async def scene(process: Process) -> None:
        assert await process.next() == FIRST
        await process.publish({SECOND: b'{"version": 7}', "": b""})
        await process.publish({THIRD: document(THIRD, 3)})
        assert await process.next() == THIRD

    publish_versions(topic, {FIRST: document(FIRST, 1)})
    play(topic, scene)


def test_a_worker_that_starts_later_begins_with_the_pin_and_with_nothing_before_it(topic: Settings) -> None:
    publish_versions(topic, {name: document(name, 2) for name in (FIRST, SECOND, THIRD)})
    pin(topic, Version(SECOND, document(SECOND, 2)))
    publish_versions(topic, {SECOND: None})
    found: list[Adopted] = []
    Follower(topic, Following(ChurnOptions()), found.append).begin()
    assert [each.version for each in found] == [SECOND]
    weights, expected = (each.churn.horizons[30].regression.weights for each in (found[0], taught(SECOND, 2)))
    assert dict(weights) == dict(expected)


def test_versions_that_never_were_are_not_adopted(topic: Settings) -> None:
    """A trainer that dies in its transaction has published nothing."""
    publish_versions(topic, {FIRST: document(FIRST, 1)})
    with transactional(topic.broker, f"{topic.topic_prefix}dying") as producer:
        never = (topic.topic("models"), 0, SECOND.encode(), document(SECOND, 2), [])
        in_transaction(producer, [never], commit=False)
    found: list[Adopted] = []
    Follower(topic, Following(ChurnOptions()), found.append).begin()
    assert [each.version for each in found] == [FIRST]


class Enough(BaseException):
    """Ends a follower from within its pause."""


def test_a_broker_that_is_away_is_tried_again_with_longer_and_longer_pauses(free_port: int) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            raise Enough

    away = settings_for(f"127.0.0.1:{free_port}", "")
    found: list[Adopted] = []
    with pytest.raises(Enough):
        asyncio.run(Follower(away, Following(ChurnOptions()), found.append, sleep).run())
    assert (pauses[0], pauses[-1], found) == (FIRST_PAUSE, LONGEST_PAUSE, [])
    assert pauses == sorted(pauses)
