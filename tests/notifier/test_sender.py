"""What becomes of a mail, by what the channel says; and that the sender neither hammers nor sleeps in."""

from __future__ import annotations

from threading import Event, Thread

from support.wait import until

from alerts.channels import Channel, Misconfigured, Unavailable
from alerts.channels.recording import RecordingChannel
from schemas.errors import Permanent, Transient
from streams.notifier.leadership import leadership_of
from streams.notifier.outbox import Outbox
from streams.notifier.queries import Mail, mails
from streams.notifier.sender import Sender
from streams.notifier.store import Store

from . import tools


def filled(store: Store, orders: int) -> None:
    log = tools.Log()
    for number in range(orders):
        log.alert(f"o-{number}")
    tools.take(store, log)


def sender(store: Store, channel: Channel, clock: tools.Clock, box: Outbox | None = None) -> Sender:
    return Sender(
        box or tools.outbox(store),
        channel,
        "tocsin@example.com",
        leadership=leadership_of(store),
        now=clock,
        wake=Event(),
        stop=Event(),
    )


def rows(store: Store) -> list[Mail]:
    with store.read() as connection:
        return sorted(mails(connection, None, 1000), key=lambda mail: mail.id)


def test_each_mail_goes_to_its_reader_once(sqlite_store: Store) -> None:
    filled(sqlite_store, 120)
    channel = RecordingChannel()
    work = sender(sqlite_store, channel, tools.Clock())
    while work.run_once():
        pass
    assert len(channel.sent) == len({sent.content for sent in channel.sent}) == 120
    assert {(sent.sender, sent.recipient) for sent in channel.sent} == {
        ("tocsin@example.com", "ana@example.com")
    }
    assert {row.status for row in rows(sqlite_store)} == {"sent"}


def test_a_mail_refused_for_good_is_parked_and_the_others_go(sqlite_store: Store) -> None:
    filled(sqlite_store, 3)
    channel = RecordingChannel([None, Permanent("mail server: 550 5.1.1 no such user")])
    work = sender(sqlite_store, channel, tools.Clock())
    while work.run_once():
        pass
    assert [(row.status, row.last_error) for row in rows(sqlite_store)] == [
        ("sent", None),
        ("parked", "mail server: 550 5.1.1 no such user"),
        ("sent", None),
    ]


def test_a_mail_put_off_waits_alone_and_is_the_same_when_it_comes_again(sqlite_store: Store) -> None:
    filled(sqlite_store, 2)
    clock = tools.Clock()
    box = tools.outbox(sqlite_store)
    before = box.due(clock(), 1)[0].content
    channel = RecordingChannel([Transient("451 4.3.0 later")])
    work = sender(sqlite_store, channel, clock, box)
    while work.run_once():
        pass
    assert [row.status for row in rows(sqlite_store)] == ["due", "sent"]
    clock.ms = rows(sqlite_store)[0].next_ms
    while work.run_once():
        pass
    assert [row.attempts for row in rows(sqlite_store)] == [2, 1]
    assert channel.sent[1].content == before


def test_while_the_server_is_away_one_mail_is_the_probe(sqlite_store: Store) -> None:
    filled(sqlite_store, 5)
    clock = tools.Clock()
    channel = RecordingChannel([Unavailable("refused")] * 4)
    work = sender(sqlite_store, channel, clock)
    tried = 0
    for _ in range(600):
        work.run_once()
        clock.ms += 100
        tried = sum(row.attempts for row in rows(sqlite_store)) if tried < 9 else tried
    # Half a second, one, two and four seconds of pause, then all five go.
    assert [row.status for row in rows(sqlite_store)] == ["sent"] * 5
    assert sum(row.attempts for row in rows(sqlite_store)) == 9


def test_a_wrong_setting_is_retried_for_it_may_be_mended(sqlite_store: Store) -> None:
    filled(sqlite_store, 1)
    clock = tools.Clock()
    channel = RecordingChannel([Misconfigured("535 5.7.8 wrong password")])
    work = sender(sqlite_store, channel, clock)
    assert not work.run_once()
    assert not work.run_once()
    (row,) = rows(sqlite_store)
    assert (row.status, row.last_error) == ("due", "535 5.7.8 wrong password")
    clock.ms = row.next_ms
    assert work.run_once()
    assert rows(sqlite_store)[0].status == "sent"


def test_the_loop_wakes_for_new_mails_and_ends_when_told(sqlite_store: Store) -> None:
    channel = RecordingChannel()
    wake, stop = Event(), Event()
    work = Sender(
        tools.outbox(sqlite_store),
        channel,
        "tocsin@example.com",
        leadership=leadership_of(sqlite_store),
        now=tools.Clock(),
        wake=wake,
        stop=stop,
    )
    thread = Thread(target=work.run)
    thread.start()
    filled(sqlite_store, 3)
    wake.set()
    until(lambda: len(channel.sent) == 3, 20, "three mails")
    until(lambda: channel.closed, 20, "the connection to be closed when there is nothing to send")
    stop.set()
    wake.set()
    thread.join(20)
    assert not thread.is_alive()


def test_only_one_notifier_works_on_a_store(store: Store) -> None:
    first, second = (
        leadership_of(store),
        leadership_of(Store(store.engine.url.render_as_string(hide_password=False))),
    )
    assert first.acquire()
    assert first.acquire()
    assert not second.acquire()
    first.confirm()
    first.release()
    assert second.acquire()
    second.release()
