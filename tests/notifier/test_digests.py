"""What is held becomes one digest for each reader, calendar and slot: nothing lost, nothing told twice."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData, event, select

from alerts.digest.calendar import Calendar
from alerts.digest.issue import issue_id
from alerts.policy.examples import an_analyst
from alerts.render import DIGEST, message_id
from schemas.errors import Permanent
from streams.notifier import tables
from streams.notifier.digests import Digests
from streams.notifier.intake import Intake
from streams.notifier.queries import counts
from streams.notifier.store import Store

from . import tools

MAX = an_analyst(name="Max", mail="max@example.com", receives=[{"digest": "daily"}])
DAILY = Calendar("07:30", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "Europe/Berlin")
HOUR, DAY = 3_600_000, 86_400_000
SLOT = DAILY.after(tools.NOON)  # Wed 4 Jan 2017, 07:30 in Berlin


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def taken(store: Store, *orders: tuple[str, int] | tuple[str, int, str], now: int, wall: bool = True) -> None:
    """Alerts of these orders, each with its moment, come in at `now`."""
    log = tools.Log()
    for order, moment, *state in orders:
        log.alert(order, *state, at=at(moment), since=at(moment - HOUR))
    Intake(store, [MAX], tools.TOCSIN, wall=wall).take(log.records, {}, now)


def test_nothing_of_the_warm_up_is_mailed_or_told_in_a_digest_and_all_of_it_is_counted(store: Store) -> None:
    ana = an_analyst()
    log = tools.Log()
    quiet = at(tools.NOON)
    for order, moment, state in (
        ("early", tools.NOON - HOUR, "ringing"),
        ("early", tools.NOON + HOUR, "recovered"),
        ("later", tools.NOON + HOUR, "ringing"),
    ):
        log.alert(order, state, at=at(moment), since=at(tools.NOON - 2 * HOUR))
    Intake(store, [MAX, ana], tools.TOCSIN, quiet_until=quiet).take(log.records, {}, tools.NOON + HOUR)
    assert digests(store).write(SLOT, SLOT) == 1
    assert [subject.partition(" ")[0] for subject, _ in mails(store)] == ["Order", "Digest"]
    assert not any("early" in body for _, body in mails(store))
    with store.read() as connection:
        counted = counts(connection)
        assert (counted["alerts"], counted["warm_up"], counted["held_back"]) == (3, 2, 2)


def digests(store: Store, *, wall: bool = True) -> Digests:
    return Digests(store, tools.TOCSIN, wall=wall)


def mails(store: Store) -> list[tuple[str, str]]:
    """Subject and plain text of each mail in the outbox, in order."""
    with store.read() as connection:
        columns = tables.outbox.c.subject, tables.outbox.c.content
        rows = connection.execute(select(*columns).order_by(tables.outbox.c.id)).all()
    parsed = [(subject, BytesParser(policy=policy.SMTP).parsebytes(content)) for subject, content in rows]
    return [
        (subject, str(mail.get_body(("plain",)).get_content()).replace("\r\n", "\n"))
        for subject, mail in parsed
    ]


def test_what_is_held_is_told_once_at_its_slot(store: Store) -> None:
    taken(store, ("o-1", tools.NOON), ("o-2", tools.NOON + HOUR), now=tools.NOON + HOUR)
    assert mails(store) == []
    assert digests(store).write(SLOT - 1, SLOT - 1) == 0
    assert digests(store).write(SLOT, SLOT) == 1
    assert digests(store).write(SLOT + DAY, SLOT + DAY) == 0  # the next slot is empty: no mail
    ((subject, text),) = mails(store)
    assert subject == "Digest of Wed 4 Jan 2017: 2 new"
    assert "Digest of Wed 4 Jan 2017, 07:30 CET" in text
    assert "From Tue 3 Jan 2017, 07:30 CET to Wed 4 Jan 2017, 07:30 CET\n" in text
    assert "You get this because subscription 1 takes every alert, in a digest every day at 07:30." in text
    with store.read() as connection:
        assert connection.scalar(select(tables.outbox.c.message_id)) == message_id(
            issue_id("max@example.com", DAILY, SLOT), "max@example.com", DIGEST, "tocsin.example.com"
        )


def test_days_away_become_one_digest_that_says_so(store: Store) -> None:
    taken(store, ("o-1", tools.NOON), now=tools.NOON)
    back = SLOT + 3 * DAY + HOUR
    # What rang while nobody was there comes in late, and before anything is written.
    taken(store, ("o-2", SLOT + DAY + HOUR), ("o-3", SLOT + 3 * DAY - HOUR), now=back)
    assert digests(store).write(back, back) == 1
    assert digests(store).write(back, back) == 0
    ((subject, text),) = mails(store)
    assert subject == "Digest of Sat 7 Jan 2017: 3 new"
    assert "with what 3 earlier digests would have told" in text
    assert "From Tue 3 Jan 2017, 07:30 CET to Sat 7 Jan 2017, 07:30 CET" in text


def test_a_replay_of_the_past_has_a_digest_for_each_slot(store: Store) -> None:
    now = SLOT + 900 * DAY
    days = [("o-1", tools.NOON), ("o-2", tools.NOON + DAY), ("o-3", tools.NOON + 4 * DAY)]
    taken(store, *days, now=now, wall=False)
    assert digests(store, wall=False).write(SLOT + DAY, now) == 2
    assert digests(store, wall=False).write(SLOT + 30 * DAY, now) == 1
    assert [subject for subject, _ in mails(store)] == [
        "Digest of Wed 4 Jan 2017: 1 new",
        "Digest of Thu 5 Jan 2017: 1 new",
        "Digest of Sun 8 Jan 2017: 1 new",
    ]


def test_what_comes_too_late_for_its_digest_is_in_the_next(store: Store) -> None:
    taken(store, ("o-1", tools.NOON), now=tools.NOON)
    digests(store).write(SLOT, SLOT)
    taken(store, ("o-2", tools.NOON), now=SLOT + HOUR)
    assert digests(store).write(SLOT + HOUR, SLOT + HOUR) == 0
    assert digests(store).write(SLOT + DAY, SLOT + DAY) == 1
    assert len(mails(store)) == 2


def test_an_alert_of_the_far_future_does_not_wait_for_it(store: Store) -> None:
    taken(store, ("o-1", tools.NOON + 5_000 * DAY), now=tools.NOON)
    assert digests(store).write(SLOT, SLOT) == 1


def test_rows_that_slip_in_behind_a_written_digest_move_on(store: Store) -> None:
    """Two notifiers on one PostgreSQL may overlap for a moment: one takes in what the other has just told."""
    taken(store, ("o-1", tools.NOON), ("o-2", tools.NOON), now=tools.NOON)
    digests(store).write(SLOT, SLOT)
    with store.write() as connection:
        late = tables.held.update().where(tables.held.c.alert_id == tools.late("o-2").alert_id)
        connection.execute(late.values(digest_id=None))
    assert digests(store).write(SLOT + HOUR, SLOT + HOUR) == 0
    assert digests(store).write(SLOT + DAY, SLOT + DAY) == 1
    assert len(mails(store)) == 2


def race(url: str, rounds: int = 6) -> int:
    """Two schedulers write the same slots at the same time; how many digests there are for these slots."""
    stores = [Store(url) for _ in range(2)]
    gate = threading.Barrier(2)

    def run(opened: Store, until: int) -> None:
        gate.wait(30)
        digests(opened).write(until, until)

    with ThreadPoolExecutor(2) as pool:
        for number in range(rounds):
            until = SLOT + number * DAY
            taken(stores[0], (f"o-{number}", until - HOUR), now=until - HOUR)
            for done in [pool.submit(run, opened, until) for opened in stores]:
                done.result(30)
    with stores[0].read() as connection:
        found = connection.execute(select(tables.outbox.c.id)).all()
    for opened in stores:
        opened.close()
    return len(found)


def test_two_schedulers_make_one_digest(store: Store, store_url: str) -> None:
    assert race(store_url) == 6
    with store.read() as connection:
        assert counts(connection)["held_for_digest"] == 0


def test_without_the_unique_slot_they_would_make_two(store: Store) -> None:
    """The guard off: both look before either writes, and nothing tells the second one to stop."""
    taken(store, ("o-1", tools.NOON), now=tools.NOON)
    one, other = digests(store), digests(store)
    (slot,) = other._due(SLOT)
    one.write(SLOT, SLOT)
    with store.write() as connection:
        connection.execute(tables.held.update().values(digest_id=None))
        guard = tables.digests.delete(), tables.outbox.update().values(alert_id="x")
        for statement in guard:
            connection.execute(statement)
    assert other._write(slot, SLOT)
    assert len(mails(store)) == 2
    # And on: the slot is taken, and stays one.
    with store.write() as connection:
        connection.execute(tables.held.update().values(digest_id=None, slot_ms=SLOT))
    assert not other._write(slot, SLOT)
    assert len(mails(store)) == 2


class Crash(Exception):  # noqa: N818 - the end of a process, not an error of it
    """Stands for a kill."""


def test_a_crash_at_any_statement_tells_all_of_it_once(tmp_path: Path) -> None:
    reached = set()
    for step in range(1, 40):
        store = Store(f"sqlite:///{tmp_path}/{step}.db")
        store.create()
        taken(store, ("o-1", tools.NOON), ("o-2", tools.NOON), now=tools.NOON)
        count = 0

        def tick(*_: Any, step: int = step) -> None:
            nonlocal count
            count += 1
            if count == step:
                raise Crash

        event.listen(store.engine, "before_cursor_execute", tick)
        event.listen(store.engine, "commit", tick)
        try:
            digests(store).write(SLOT, SLOT)
        except Crash:
            reached.add(step)
        store.close()
        again = Store(f"sqlite:///{tmp_path}/{step}.db")
        digests(again).write(SLOT + HOUR, SLOT + HOUR)
        ((subject, _),) = mails(again)
        assert subject == "Digest of Wed 4 Jan 2017: 2 new", step
        again.close()
    assert len(reached) > 8


def test_what_rings_again_before_it_is_over_is_worse(store: Store) -> None:
    taken(store, ("o-1", tools.NOON), ("o-2", tools.NOON), now=tools.NOON)
    digests(store).write(SLOT, SLOT)
    log = tools.Log()
    log.alert("o-1", at=at(SLOT + HOUR), episode="again", severity="critical")
    log.alert("o-2", "recovered", at=at(SLOT + HOUR))
    log.alert("o-2", at=at(SLOT + 2 * HOUR), episode="anew")
    Intake(store, [MAX], tools.TOCSIN).take(log.records, {}, SLOT + 3 * HOUR)
    digests(store).write(SLOT + DAY, SLOT + DAY)
    _, (subject, text) = mails(store)
    assert subject == "Digest of Thu 5 Jan 2017: 1 new, 1 worse, 1 over"
    assert "[critical · was warning] Order o-1041 is late" in text
    assert ["order", "late", "2", "1", "2"] in [line.split() for line in text.splitlines()]


def test_what_was_decided_stays_although_the_file_has_changed(store: Store) -> None:
    taken(store, ("o-1", tools.NOON), now=tools.NOON)
    # Max is no longer named; another calendar, nobody at all: the digest that was promised comes.
    Intake(store, [an_analyst()], tools.TOCSIN).take([], {}, tools.NOON)
    assert digests(store).write(SLOT, SLOT) == 1


def test_a_digest_that_cannot_be_put_into_words_stops_nothing(store: Store) -> None:
    taken(store, ("o-1", tools.NOON), now=tools.NOON)
    broken = Digests(store, tools.Sender("Tocsin", "tocsin@example.com", "dömain"), wall=True)
    assert broken.write(SLOT, SLOT) == 1
    assert mails(store) == []
    with store.read() as connection:
        assert "Unicode" in (connection.scalar(select(tables.digests.c.failed)) or "")
    assert digests(store).write(SLOT + DAY, SLOT + DAY) == 0


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_every_alert_is_in_exactly_one_digest_whenever_somebody_looks(
    tmp_path: Path, data: st.DataObject
) -> None:
    store = Store(f"sqlite:///{tempfile.mkdtemp(dir=tmp_path)}/tocsin.db")
    store.create()
    now, number = tools.NOON, 0
    for _ in range(data.draw(st.integers(1, 8))):
        now += data.draw(st.integers(0, 40)) * HOUR
        if data.draw(st.booleans()):
            moments = data.draw(st.lists(st.integers(-30, 3), max_size=3))
            taken(store, *((f"o-{number + n}", now + m * HOUR) for n, m in enumerate(moments)), now=now)
            number += len(moments)
        else:
            digests(store).write(now, now)
    digests(store).write(now + 3 * DAY, now + 3 * DAY)
    with store.read() as connection:
        told = connection.execute(select(tables.held.c.alert_id, tables.held.c.digest_id)).all()
        slots = connection.execute(select(tables.digests.c.slot_ms, tables.digests.c.alerts)).all()
        assert counts(connection)["due"] == len(slots)
    assert len(told) == number == sum(many for _, many in slots)
    assert all(digest_id for _, digest_id in told)
    assert all(many > 0 for _, many in slots)
    assert len({slot for slot, _ in slots}) == len(slots)
    store.close()


@pytest.fixture
def first_version(tmp_path: Path) -> Iterator[Store]:
    """A store as the version before digests made it, with a mail in it."""
    store = Store(f"sqlite:///{tmp_path}/old.db")
    old = MetaData()
    for name, table in tables.metadata.tables.items():
        if name not in {"held", "digests"}:
            table.to_metadata(old)
    with store.write() as connection:
        old.create_all(connection)
        connection.execute(tables.meta.insert().values(key="schema", value="1"))
    yield store
    store.close()


def test_a_store_of_the_version_before_is_brought_up_to_date(first_version: Store) -> None:
    with pytest.raises(Permanent, match="earlier version's; `tocsin notifier` adds what it lacks"):
        first_version.require()
    first_version.create()
    first_version.require()
    taken(first_version, ("o-1", tools.NOON), now=tools.NOON)
    assert digests(first_version).write(SLOT, SLOT) == 1
