"""The notifier between a real broker and a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from kafka import KafkaProducer
from support.brokers import settings_for
from support.wait import until

from alerts.config import load
from alerts.render import IMMEDIATE, message_id
from schemas.alert import Alert, AlertEvent
from streams.broker import free_port
from streams.cli._exits import code_of
from streams.kafka.admin import create_topics
from streams.mailbox import Mailbox
from streams.notifier.drain import Done
from streams.notifier.queries import counts
from streams.notifier.service import Notifier, smtp_channel
from streams.notifier.store import Store
from streams.settings import Settings
from streams.sink import Faults, Sink, running
from streams.topics import ALERTS

from . import tools

READERS = "analysts: [{name: Ana, mail: ana@example.com, receives: [{}]}]"


class Place:
    """A topic of a test's own, a store and a mail server."""

    def __init__(self, settings: Settings, sink: Sink) -> None:
        self.settings = settings
        self.sink = sink

    def publish(self, *alerts: Alert | bytes | None, commit: bool = True) -> None:
        """In one transaction, as the worker does."""
        producer = KafkaProducer(
            bootstrap_servers=self.settings.broker, transactional_id=f"{self.settings.topic_prefix}test"
        )
        producer.init_transactions()
        producer.begin_transaction()
        for alert in alerts:
            value = (
                AlertEvent.of(alert, "test").model_dump_json().encode() if isinstance(alert, Alert) else alert
            )
            key = alert.episode if isinstance(alert, Alert) else "x"
            producer.send(self.settings.topic(ALERTS.name), value, key=key.encode())
        producer.flush()
        if commit:
            producer.commit_transaction()
        else:
            producer.abort_transaction()
        producer.close()

    def notifier(self, stop: Event | None = None, **changes: Any) -> Notifier:
        settings = self.settings.model_copy(update=changes)
        config = load(READERS, "tocsin.yaml")
        return Notifier(settings, config, smtp_channel(settings), stop or Event(), patience=0.5)

    def drain(self, seconds: float = 60, **changes: Any) -> Done:
        return self.notifier(**changes).run(seconds)

    @contextmanager
    def working(self, **changes: Any) -> Iterator[Thread]:
        """A notifier at work for the length of a `with` block."""
        stop = Event()
        thread = Thread(target=self.notifier(stop, **changes).run)
        thread.start()
        try:
            yield thread
        finally:
            stop.set()
            thread.join(30)
            assert not thread.is_alive()

    def counts(self) -> dict[str, int]:
        store = Store(self.settings.store_url)
        with store.read() as connection:
            found = counts(connection)
        store.close()
        return found


@pytest.fixture
def place(broker: str, prefix: str, tmp_path: Path) -> Iterator[Place]:
    sink = Sink(Mailbox(tmp_path / "mails"))
    with running(sink) as port:
        settings = settings_for(
            broker,
            prefix,
            partitions=2,
            store_url=f"sqlite:///{tmp_path}/var/tocsin.db",
            smtp_port=port,
            mail_retry_first=timedelta(milliseconds=200),
        )
        create_topics(settings, [ALERTS])
        yield Place(settings, sink)


def ids(*alerts: Alert) -> set[str]:
    return {message_id(alert.alert_id, "ana@example.com", IMMEDIATE, "tocsin.localhost") for alert in alerts}


def test_a_drain_sends_all_that_is_committed_and_nothing_else(place: Place) -> None:
    told = [tools.late(f"o-{number}") for number in range(20)] + [tools.late("o-3", "recovered")]
    place.publish(*told, b"no json", None)
    place.publish(tools.late("never"), commit=False)
    place.publish(tools.late("o-1"))  # the worker's repetition
    assert place.drain() == Done()
    assert set(place.sink.taken) == ids(*told)
    assert len(place.sink.taken) == len(told)
    begin, end = (
        place.sink.taken.index(*ids(tools.late("o-3", state))) for state in ("ringing", "recovered")
    )
    assert begin < end
    assert place.counts() == {
        "due": 0,
        "sent": 21,
        "parked": 0,
        "alerts": 21,
        "held_for_digest": 0,
        "warm_up": 0,
        "held_back": 0,
        "unreadable": 2,
    }
    assert place.drain() == Done()
    assert len(place.sink.taken) == len(told)


def test_an_empty_topic_is_drained_at_once(place: Place) -> None:
    assert place.drain() == Done()


def test_a_drain_ends_at_what_comes_after_it_began(place: Place) -> None:
    place.publish(tools.late("o-1"), commit=False)  # the log ends with a transaction marker
    assert place.drain() == Done()


def test_a_drain_says_what_it_could_not_do(place: Place) -> None:
    place.publish(*(tools.late(f"o-{number}") for number in range(30)))
    done = place.drain(2, smtp_port=free_port(), mail_retry_first=timedelta(hours=1))
    assert "alerts are not read to the end" in done.left
    assert "mails wait" in done.left
    assert place.drain(0.2, broker=f"127.0.0.1:{free_port()}").left.startswith("the broker at 127.0.0.1:")


def test_a_mail_that_is_put_off_does_not_hold_a_drain_up(place: Place) -> None:
    place.sink.faults = Faults("rcpt_450")
    place.publish(tools.late("o-1"))
    assert place.drain(30, mail_retry_first=timedelta(hours=1)) == Done(later=1)


def test_what_comes_while_it_works_is_sent_at_once(place: Place) -> None:
    with place.working():
        for number in range(3):
            place.publish(tools.late(f"o-{number}"))
            until(partial(_arrived, place, number + 1), 60, "the mail")
    assert set(place.sink.taken) == ids(*(tools.late(f"o-{number}") for number in range(3)))


def _arrived(place: Place, count: int) -> bool:
    return len(place.sink.taken) == count


def test_a_second_notifier_waits_for_the_first(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    place.publish(tools.late("o-1"))
    with place.working():
        # It looks at what the other one does.
        assert place.drain() == Done()
        assert "standing by" in "".join(capfd.readouterr())
        assert len(place.sink.taken) == 1
    place.publish(tools.late("o-2"))
    assert place.drain() == Done()
    assert len(place.sink.taken) == 2


def test_a_broker_that_is_away_is_waited_for(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    said = ""

    def told() -> bool:
        nonlocal said
        said += "".join(capfd.readouterr())
        return "the broker cannot be used yet; trying again" in said

    with place.working(broker=f"127.0.0.1:{free_port()}"):
        until(told, 60, "the log to say so")


def test_a_server_that_hangs_does_not_hold_a_stop_up(place: Place) -> None:
    place.sink.faults = Faults("slow", left=1, seconds=3600)
    place.publish(tools.late("o-1"))
    with place.working():
        until(lambda: place.sink.faults.left == 0, 60, "the mail to be under way")
    assert place.sink.taken == []
    assert place.drain() == Done()
    assert set(place.sink.taken) == ids(tools.late("o-1"))


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"store_url": "mysql://h/d"}, 2, "not supported"),
        ({"mail_from": "nobody"}, 2, "TOCSIN_MAIL_FROM"),
        ({"store_url": "sqlite:////proc/none/tocsin.db"}, 3, "the lock of the store"),
        ({"topic_prefix": "nobody-made-this."}, 2, "has no topic 'nobody-made-this.alerts'"),
    ],
)
def test_what_cannot_work_ends_with_a_code_and_a_sentence(
    place: Place, change: dict[str, str], code: int, says: str
) -> None:
    with pytest.raises(Exception, match=says) as caught:
        place.drain(**change)
    assert code_of(caught.value) == code


def test_a_store_that_breaks_ends_the_process_with_3(place: Place) -> None:
    file = Path(place.settings.store_url.removeprefix("sqlite:///"))
    file.parent.mkdir()
    file.write_bytes(b"not a database" * 1000)
    with pytest.raises(Exception, match="not a database") as caught:
        place.drain()
    assert code_of(caught.value) == 3


def test_a_log_that_lost_what_comes_next_is_read_from_its_beginning(
    place: Place, capfd: pytest.CaptureFixture[str]
) -> None:
    place.publish(tools.late("o-1"))
    assert place.drain() == Done()
    store = Store(place.settings.store_url)
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE offsets SET next_offset = 1000000")
    store.close()
    with place.working():
        until(lambda: "reading from its beginning" in "".join(capfd.readouterr()), 60, "the log to say so")
        place.publish(tools.late("o-2"))
        until(lambda: len(place.sink.taken) == 2, 60, "the new mail, and the old one only once")
