"""A batch enters the store as a whole, once, whatever it holds and however often it comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from alerts.policy.examples import an_analyst
from alerts.render.chart import png
from schemas.alert import AlertEvent
from schemas.errors import Fatal, Permanent
from schemas.shown import Chart
from streams.notifier import tables
from streams.notifier.plan import Record
from streams.notifier.store import Store, StoreUnavailable, upsert

from . import tools

ANA = an_analyst()
BEN = an_analyst(
    name="Ben", mail="ben@example.com", receives=[{"labels": {"region": "South"}}, {"rules": "out_of_stock"}]
)
CLEO = an_analyst(name="Cleo", mail="cleo@example.com", at_most_per_day=2)


def rows(store: Store, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    with store.read() as connection:
        found = connection.execute(select(*[table.c[name] for name in columns]))
        return sorted(tuple(row) for row in found)


def everything(store: Store) -> dict[str, Any]:
    """What the store says, but for times and row numbers."""
    return {
        "inbox": rows(store, tables.inbox, "alert_id", "thread", "rule", "state", "title", "at_ms", "alert"),
        "decisions": rows(
            store, tables.decisions, "alert_id", "recipient", "mailed", "reason", "steps", "day"
        ),
        "outbox": rows(
            store, tables.outbox, "alert_id", "recipient", "kind", "status", "message_id", "content"
        ),
        "dead": rows(store, tables.dead, "offset", "reason", "detail", "value"),
        "offsets": rows(store, tables.offsets, "topic", "partition", "next_offset"),
    }


def test_an_alert_is_decided_for_everybody_and_mailed_to_some(store: Store) -> None:
    log = tools.Log()
    alert = log.alert("o-1")
    took = tools.take(store, log, ANA, BEN, CLEO)
    assert (took.alerts, took.mails, took.dead) == (1, 2, 0)
    assert rows(store, tables.decisions, "recipient", "mailed", "reason") == [
        ("ana@example.com", True, "subscription 1 takes every alert"),
        (
            "ben@example.com",
            False,
            "no subscription takes it: 1 wants region South; 2 wants rule out_of_stock",
        ),
        ("cleo@example.com", True, "subscription 1 takes every alert"),
    ]
    assert rows(store, tables.outbox, "recipient", "status", "thread") == [
        ("ana@example.com", "due", alert.alert_id),
        ("cleo@example.com", "due", alert.alert_id),
    ]
    assert tools.intake(store).offsets(tools.TOPIC) == {0: 1}


def test_what_comes_again_changes_nothing(store: Store) -> None:
    log = tools.Log()
    log.alert("o-1")
    log.alert("o-1")
    log.add(b"no json")
    tools.take(store, log, ANA, now=tools.NOON)
    before = everything(store)
    took = tools.take(store, log, ANA, now=tools.NOON + 60_000)
    assert (took.alerts, took.mails) == (0, 0)
    assert everything(store) == before
    assert len(before["inbox"]) == len(before["outbox"]) == len(before["dead"]) == 1


def test_the_limit_holds_across_batches_and_the_end_follows_the_beginning(store: Store) -> None:
    for order in ("o-1", "o-2", "o-3"):
        log = tools.Log()
        log.alert(order)
        tools.take(store, log, CLEO)
    log = tools.Log()
    for order in ("o-1", "o-3", "o-4"):
        log.alert(order, "recovered")
    tools.take(store, log, CLEO)
    with store.read() as connection:
        mails = connection.execute(select(tables.outbox.c.thread, tables.outbox.c.state)).all()
    threads = {order: tools.late(order).alert_id for order in ("o-1", "o-2", "o-3", "o-4")}
    assert sorted(mails) == sorted(
        [
            (threads["o-1"], "ringing"),
            (threads["o-2"], "ringing"),
            (threads["o-1"], "recovered"),
            (threads["o-4"], "recovered"),  # its beginning is not known, and would have been mailed
        ]
    )


POISON: dict[str, tuple[bytes | None, str]] = {
    "tombstone": (None, "tombstone"),
    "empty": (b"", "invalid"),
    "not UTF-8": (b"\xff\xfe", "invalid"),
    "not JSON": (b"{", "invalid"),
    "deep": (b"[" * 100_000, "invalid"),
    "a number of 5,000 digits": (b'{"id":' + b"9" * 5000 + b"}", "invalid"),
    "huge": (b" " * (1 << 20) + b"{}", "oversized"),
    "another event": (
        b'{"specversion":"1.0","type":"tocsin.order.placed.v1","id":"1","source":"s"}',
        "invalid",
    ),
    "a lone surrogate": (b'{"id":"\\ud800"}', "invalid"),
    "the year 20999": (b'{"time":"20999-01-01T00:00:00Z"}', "invalid"),
}


@pytest.mark.parametrize(("value", "reason"), POISON.values(), ids=POISON.keys())
def test_what_cannot_be_read_is_kept_with_its_reason_and_stops_nothing(
    sqlite_store: Store, value: bytes | None, reason: str
) -> None:
    log = tools.Log()
    log.add(value)
    log.alert("o-1")
    took = tools.take(sqlite_store, log)
    assert (took.dead, took.mails) == (1, 1)
    assert rows(sqlite_store, tables.dead, "offset", "reason", "value") == [(0, reason, value)]


def test_hostile_text_can_be_stored(store: Store) -> None:
    log = tools.Log()
    for number, text in enumerate(
        ("\x00\x07", "\u202e\u2066", "x" * 9000, "'; DROP TABLE outbox; --", "🔥" * 200)
    ):
        log.alert(f"{number}{text}", title=text, rule=text, summary=text)
    assert tools.take(store, log).mails == 5
    assert tools.take(store, log).mails == 0


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_neither_cuts_nor_repeats_change_what_is_decided(tmp_path: Path, data: st.DataObject) -> None:
    log = tools.Log()
    steps = st.sampled_from(["ringing", "recovered", "poison"])
    for step in data.draw(st.lists(st.tuples(steps, st.sampled_from("abc")), min_size=1, max_size=8)):
        if step[0] == "poison":
            log.add(step[1].encode())
        else:
            log.alert(step[1], step[0])
    whole, cut = (fresh(tmp_path, data) for _ in range(2))
    tools.take(whole, log, ANA, CLEO)
    end = 0
    while end < len(log.records):
        # A crash after the commit and before the next read: the same records come again.
        start = data.draw(st.integers(0, end))
        end = data.draw(st.integers(end + 1, len(log.records)))
        tools.intake(cut, ANA, CLEO).take(log.records[start:end], {(tools.TOPIC, 0): end}, tools.NOON)
    assert everything(cut) == everything(whole)
    whole.close()
    cut.close()


def fresh(folder: Path, data: st.DataObject) -> Store:
    made = Store(f"sqlite:///{folder}/{data.draw(st.uuids())}.db")
    made.create()
    return made


def test_a_batch_that_cannot_be_written_leaves_nothing(sqlite_store: Store) -> None:
    log = tools.Log()
    log.alert("o-1")
    with sqlite_store.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON offsets BEGIN SELECT RAISE(FAIL, 'disk full'); END"
        )
    with pytest.raises(Exception, match="disk full"):
        tools.take(sqlite_store, log)
    with sqlite_store.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
    assert everything(sqlite_store)["inbox"] == []
    assert tools.take(sqlite_store, log).mails == 1


def test_another_versions_store_is_left_alone_with_advice(store: Store, store_url: str) -> None:
    with store.write() as connection:
        connection.execute(upsert(connection, tables.meta), {"key": "schema", "value": "99"})
    with pytest.raises(Fatal, match=r"has schema 99.*TOCSIN_STORE_URL"):
        Store(store_url).create()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://h/d", "not supported"),
        ("nonsense", "wanted sqlite:///path"),
        ("sqlite://", "forgets"),
        ("sqlite:///:memory:", "forgets"),
    ],
)
def test_a_store_that_cannot_be_is_refused(url: str, says: str) -> None:
    with pytest.raises(Permanent, match=says):
        Store(url)


def test_a_broken_file_is_a_store_that_cannot_be_used_now(tmp_path: Path) -> None:
    (tmp_path / "tocsin.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreUnavailable, match="not a database"):
        Store(f"sqlite:///{tmp_path}/tocsin.db").create()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        Store(f"sqlite:///{tmp_path}/file/tocsin.db").create()


def test_passwords_do_not_show(tmp_path: Path) -> None:
    del tmp_path
    name = pytest.importorskip("psycopg") and Store("postgresql://me:secret@127.0.0.1:9/none").name
    assert "secret" not in name


def test_a_record_of_any_partition_is_known_by_its_alert_alone(store: Store) -> None:
    value = AlertEvent.of(tools.late("o-1"), "test").model_dump_json().encode()
    records = [Record(tools.TOPIC, partition, 5, None, value) for partition in (0, 3)]
    assert (
        tools.intake(store).take(records, {(tools.TOPIC, 0): 6, (tools.TOPIC, 3): 6}, tools.NOON).mails == 1
    )
    assert tools.intake(store).offsets(tools.TOPIC) == {0: 6, 3: 6}


class Busy(Store):
    """Counts the pictures that are drawn while nobody else can write."""

    drawn = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        before = png.cache_info().misses
        with super().write() as connection:
            yield connection
        self.drawn += png.cache_info().misses - before


def test_pictures_are_drawn_before_the_store_is_held(store: Store) -> None:
    log, busy = tools.Log(), Busy(store.engine.url.render_as_string(hide_password=False))
    for number in range(3):
        times = tuple(range(0, 30 * 3_600_000, 3_600_000))
        log.alert(
            f"o-{number}", chart=Chart(title="Orders", times=times, actual=tuple(range(number, 30 + number)))
        )
    png.cache_clear()
    assert tools.take(busy, log, ANA, CLEO).mails == 5
    assert (busy.drawn, png.cache_info().misses) == (0, 3)
    busy.close()
