"""Which mail is next, which one waits, and which one is given up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerts.policy.examples import an_analyst
from streams.notifier.backoff import Backoff
from streams.notifier.outbox import ORPHANED
from streams.notifier.queries import counts, mails
from streams.notifier.store import Store

from . import tools

SECOND = 1000
ANA = an_analyst()
CLEO = an_analyst(name="Cleo", mail="cleo@example.com")


def filled(store: Store, *steps: tuple[str, str]) -> None:
    log = tools.Log()
    for order, state in steps:
        log.alert(order, state)
    tools.take(store, log, ANA)


def status(store: Store) -> dict[str, tuple[str, str | None]]:
    with store.read() as connection:
        return {
            f"{mail.id} {mail.state}": (mail.status, mail.last_error) for mail in mails(connection, None, 100)
        }


def test_mails_come_in_the_order_of_their_alerts(store: Store) -> None:
    filled(store, ("o-2", "ringing"), ("o-1", "ringing"), ("o-3", "ringing"))
    box = tools.outbox(store)
    assert [mail.id for mail in box.due(tools.NOON, 10)] == [1, 2, 3]
    assert [mail.id for mail in box.due(tools.NOON, 2)] == [1, 2]
    assert box.due(tools.NOON - 1, 10) == []


def test_the_end_of_an_episode_waits_for_its_beginning(store: Store) -> None:
    filled(store, ("o-1", "ringing"), ("o-1", "recovered"), ("o-2", "ringing"))
    box = tools.outbox(store)
    first = box.due(tools.NOON, 10)
    assert [mail.id for mail in first] == [1, 3]
    again = box.again(first[0], "450 later", tools.NOON)
    assert again is not None
    assert [mail.id for mail in box.due(tools.NOON, 10)] == [3]
    assert box.next_ms() == tools.NOON
    box.sent(3, tools.NOON)
    assert box.next_ms() == again
    assert box.waiting(tools.NOON) == 0
    box.sent(1, again)
    assert [mail.id for mail in box.due(again, 10)] == [2]


def test_the_end_of_what_nobody_could_be_told_is_parked_too_and_comes_back_with_it(store: Store) -> None:
    filled(store, ("o-1", "ringing"), ("o-1", "recovered"))
    box = tools.outbox(store)
    box.park(1, "550 no such user")
    assert box.due(tools.NOON, 10) == []
    assert status(store) == {"1 ringing": ("parked", "550 no such user"), "2 recovered": ("parked", ORPHANED)}
    assert box.revive(tools.NOON, 1) == 2
    assert [mail.id for mail in box.due(tools.NOON, 10)] == [1]
    box.sent(1, tools.NOON)
    assert [mail.id for mail in box.due(tools.NOON, 10)] == [2]


def test_a_beginning_parked_long_ago_parks_the_end_when_it_comes(store: Store) -> None:
    filled(store, ("o-1", "ringing"))
    tools.outbox(store).park(1, "550 no such user")
    filled(store, ("o-1", "ringing"), ("o-1", "recovered"))
    assert tools.outbox(store).due(tools.NOON, 10) == []
    assert status(store)["2 recovered"] == ("parked", ORPHANED)


def test_reviving_one_leaves_the_others_parked(store: Store) -> None:
    filled(store, ("o-1", "ringing"), ("o-2", "ringing"), ("o-3", "ringing"))
    box = tools.outbox(store)
    for row in (1, 2):
        box.park(row, "552 too big")
    assert box.revive(tools.NOON, 2) == 1
    assert [mail.id for mail in box.due(tools.NOON, 10)] == [2, 3]
    assert box.revive(tools.NOON, 99) == 0
    assert box.revive(tools.NOON) == 1
    assert [mail.attempts for mail in box.due(tools.NOON, 10)] == [0, 0, 0]


def test_a_mail_that_fails_for_days_is_parked_with_the_last_words(store: Store) -> None:
    filled(store, ("o-1", "ringing"))
    box = tools.outbox(store, first_ms=60 * SECOND, longest_ms=3600 * SECOND, give_up_ms=24 * 3600 * SECOND)
    now, tries = tools.NOON, 0
    while due := box.due(now, 1):
        tries += 1
        next_ms = box.again(due[0], f"451 try {tries}", now)
        if next_ms is None:
            break
        assert box.due(next_ms - 1, 1) == []
        now = next_ms
    assert now - tools.NOON >= 24 * 3600 * SECOND
    assert status(store) == {"1 ringing": ("parked", f"given up after {tries} tries: 451 try {tries}")}


def test_what_is_sent_is_sent_once_and_its_bytes_are_dropped(store: Store) -> None:
    filled(store, ("o-1", "ringing"))
    box = tools.outbox(store)
    box.sent(1, tools.NOON)
    box.park(1, "too late for that")
    assert box.due(tools.NOON + 10**9, 10) == []
    with store.read() as connection:
        assert counts(connection) == {
            "due": 0,
            "sent": 1,
            "parked": 0,
            "alerts": 1,
            "held_for_digest": 0,
            "warm_up": 0,
            "held_back": 0,
            "unreadable": 0,
        }
        assert mails(connection, "sent", 10)[0].sent_ms == tools.NOON
        assert connection.exec_driver_sql("SELECT content FROM outbox").scalar() is None


def test_each_reader_has_a_beginning_of_their_own(store: Store) -> None:
    log = tools.Log()
    log.alert("o-1")
    log.alert("o-1", "recovered")
    tools.take(store, log, ANA, CLEO)
    box = tools.outbox(store)
    assert [mail.recipient for mail in box.due(tools.NOON, 10)] == ["ana@example.com", "cleo@example.com"]
    box.park(1, "550 no such user")
    box.sent(2, tools.NOON)
    assert [mail.recipient for mail in box.due(tools.NOON, 10)] == ["cleo@example.com"]


@given(st.integers(1, 10**9), st.integers(1, 10**6), st.integers(1, 80))
def test_pauses_grow_to_a_limit_and_can_be_foretold(row: int, first: int, attempts: int) -> None:
    backoff = Backoff(first_ms=first, longest_ms=10**7)
    pause = backoff.pause_ms(row, attempts)
    assert pause == backoff.pause_ms(row, attempts)
    step = min(10**7, first * 2 ** (attempts - 1))
    assert 0.74 * step - 1 <= pause <= 1.26 * step


def test_mails_that_failed_together_do_not_come_back_together() -> None:
    pauses = {Backoff().pause_ms(row, 3) for row in range(1, 200)}
    assert len(pauses) > 150
