"""When a digest goes out: by the wall clock, or in a replay by the worker's own time."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest
from kafka import KafkaProducer

from alerts.config import load
from schemas.alert import Alert
from streams.engine.partition_row import KEY, PartitionRow
from streams.kafka.admin import create_topics
from streams.kafka.rows import CHANGELOGS
from streams.notifier.digests import Digests
from streams.notifier.drain import Done
from streams.notifier.service import Notifier, smtp_channel
from streams.notifier.slots import Slots
from streams.notifier.store import Store
from streams.settings import Settings

from . import tools
from .test_digests import HOUR, SLOT, at, taken
from .test_service import Place, place

__all__ = ["place"]

READERS = """
timezone: Europe/Berlin
analysts: [{name: Max, mail: max@example.com, receives: [{digest: daily}]}]
"""


def drain(place: Place, now: Callable[[], int], clock: str = "wall") -> Done:
    settings = place.settings.model_copy(update={"clock": clock})
    config = load(READERS, "tocsin.yaml")
    return Notifier(settings, config, smtp_channel(settings), Event(), now=now, patience=0.5).run(60)


def late(order: str, moment: int) -> Alert:
    return tools.late(order, at=at(moment), since=at(moment - HOUR))


def subjects(place: Place) -> list[str]:
    files = place.sink.mailbox.files()
    return sorted(
        line for file in files for line in file.read_text().splitlines() if line.startswith("Subject")
    )


def test_a_digest_is_sent_once_its_time_of_day_has_come(place: Place) -> None:
    clock = tools.Clock(tools.NOON)
    place.publish(late("o-1", tools.NOON - HOUR), late("o-2", tools.NOON - HOUR))
    assert drain(place, clock) == Done()
    assert place.sink.taken == []
    clock.ms = SLOT
    assert drain(place, clock) == Done()
    assert drain(place, clock) == Done()
    assert subjects(place) == ["Subject: Digest of Wed 4 Jan 2017: 2 new"]
    assert len(place.sink.taken) == 1


def test_after_days_away_everything_is_read_before_the_one_digest_is_written(place: Place) -> None:
    clock = tools.Clock(tools.NOON)
    place.publish(late("o-1", tools.NOON - HOUR))
    assert drain(place, clock) == Done()
    clock.ms = SLOT + 50 * HOUR
    place.publish(*(late(f"o-{number}", SLOT + number * HOUR) for number in range(2, 30)))
    assert drain(place, clock) == Done()
    assert subjects(place) == ["Subject: Digest of Fri 6 Jan 2017: 29 new"]


def work_has_come_to(place: Place, settled: int, watermark: int | None = None) -> None:
    """The worker's row says how far event time is, and of which time all is said."""
    producer = KafkaProducer(bootstrap_servers=place.settings.broker)
    for topic in CHANGELOGS.values():
        row = PartitionRow()
        if topic.name == "customer-rows":
            row = PartitionRow(watermark=watermark or settled, settled=settled)
        producer.send(place.settings.topic(topic.name), row.dumps(), key=KEY, partition=0)
    producer.flush()
    producer.close()


def test_a_replay_sends_digests_as_event_time_passes(place: Place) -> None:
    create_topics(place.settings, list(CHANGELOGS.values()))
    place.publish(late("o-1", tools.NOON - HOUR), late("o-2", SLOT + HOUR), late("o-3", SLOT + 60 * HOUR))
    clock = tools.Clock(SLOT + 10_000 * HOUR)
    work_has_come_to(place, SLOT - 1)
    assert drain(place, clock, "events") == Done()
    work_has_come_to(place, SLOT - 1, watermark=SLOT + 50 * HOUR)
    assert drain(place, clock, "events") == Done()
    assert place.sink.taken == [], "the worker has more to say of the time before"
    work_has_come_to(place, SLOT + 50 * HOUR)
    assert drain(place, clock, "events") == Done()
    assert subjects(place) == [
        "Subject: Digest of Thu 5 Jan 2017: 1 new",
        "Subject: Digest of Wed 4 Jan 2017: 1 new",
    ]


@pytest.fixture
def waiting(sqlite_store: Store) -> Slots:
    """Slots of a store in which a digest is due."""
    taken(sqlite_store, ("o-1", tools.NOON), now=tools.NOON)
    digests = Digests(sqlite_store, tools.TOCSIN, wall=True)
    return Slots(Settings(), digests, tools.Clock(SLOT))


def test_nothing_is_due_before_the_topic_has_been_read(waiting: Slots) -> None:
    waiting.begin({0: 5, 3: 2})
    assert not waiting.due({0: 5, 3: 1})
    assert not waiting.due({0: 5})
    assert waiting.due({0: 5, 3: 2})
    assert waiting.write() == 1


def test_without_waiting_the_backlog_would_miss_its_digest(sqlite_store: Store, waiting: Slots) -> None:
    """The guard off: written before the backlog is read, which then has to wait for another day."""
    assert waiting.write() == 1
    taken(sqlite_store, ("o-2", tools.NOON + HOUR), now=SLOT + HOUR)
    digests = Digests(sqlite_store, tools.TOCSIN, wall=True)
    assert digests.write(SLOT + HOUR, SLOT + HOUR) == 0
    assert digests.waiting() == 1
