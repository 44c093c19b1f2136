"""From Kafka to files and back: what was published is what DuckDB, pandas and a backtest find."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from support.archive_world import alert, order, score
from support.brokers import settings_for
from support.events import encode, example
from support.publish import in_transaction, publish, transactional
from support.wait import until

from streams.cli import main
from streams.kafka import admin
from streams.settings import Settings
from streams.summary import adds_up

TOCSIN = Path(sys.executable).with_name("tocsin")
EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = [
    str(EXAMPLES / f"{name}.jsonl") for name in ("contacts", "customers", "orders", "tickets", "web-events")
]
FLEETING = ("seconds", "events_per_second")


@pytest.fixture
def settings(broker: str, prefix: str, tmp_path: Path) -> Settings:
    made = settings_for(broker, prefix, partitions=3, archive_dir=tmp_path / "archive")
    admin.create_topics(made)
    return made


@pytest.fixture
def archived(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    """Runs `tocsin archive --once` and returns its summary."""

    def call() -> dict[str, Any]:
        capsys.readouterr()
        place = ["--broker", settings.broker, "--prefix", settings.topic_prefix]
        assert main(["archive", "--once", "--dir", str(settings.archive_dir), *place, "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return call


def query(settings: Settings, kind: str, columns: str) -> list[tuple[Any, ...]]:
    where = f"read_parquet('{settings.archive_dir}/{kind}/*/*.parquet', union_by_name=true)"
    return duckdb.sql(f"SELECT {columns} FROM {where} ORDER BY ALL").fetchall()


def test_duckdb_and_pandas_find_what_was_published(
    settings: Settings, archived: Callable[[], dict[str, Any]]
) -> None:
    topic = settings.topic("orders")
    orders = [order(number, number * 1.5) for number in range(40)]
    # Kafka has them in another order, one comes twice, and one is in a partition that is not its customer's.
    sent = [(topic, None, event["data"]["customer_id"].encode(), encode(event), []) for event in orders]
    random.Random(1).shuffle(sent)
    sent += [sent[0], (topic, 0, b"other", b"{nonsense", []), (topic, 1, b"gone", None, [])]
    publish(settings.broker, [*sent[:5], (topic, 2, b"astray", encode(order(99, 3)), []), *sent[5:]])
    orders.append(order(99, 3))

    came = archived()

    assert came["kinds"]["orders"] == {
        "rows": 41,
        "duplicates": 1,
        "unreadable": {"not_json": 1, "tombstone": 1},
    }
    wanted = sorted(
        (
            event["id"],
            event["data"]["order_id"],
            Decimal(event["data"]["total"]),
            Decimal(event["data"]["lines"][1]["amount"]),
            datetime.fromisoformat(event["time"]).date(),
        )
        for event in orders
    )
    assert query(settings, "orders", "id, order_id, total, lines[2].amount, day") == wanted
    frame = pd.read_parquet(settings.archive_dir / "orders")
    assert sorted(frame["event"].map(json.loads).map(json.dumps)) == sorted(map(json.dumps, orders))
    times = {event["id"]: pd.Timestamp(event["time"]) for event in orders}
    assert frame.set_index("id")["time"].to_dict() == times
    assert (frame["time"].dt.strftime("%Y-%m-%d") == frame["day"].astype(str)).all()


def test_an_event_in_binary_mode_is_archived_whole(
    settings: Settings, archived: Callable[[], dict[str, Any]]
) -> None:
    event = example("tocsin.ticket.opened.v1")
    headers = [(f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"]
    publish(settings.broker, [(settings.topic("tickets"), 0, b"k", encode(event["data"]), headers)])
    archived()
    ((text, key),) = query(settings, "tickets", "event, key")
    assert {**json.loads(text), "synthetic": False} == {**event, "synthetic": False}
    assert key == event["data"]["customer_id"]


def test_alerts_and_scores_are_archived_and_what_was_taken_back_is_not(
    settings: Settings, archived: Callable[[], dict[str, Any]]
) -> None:
    alerts, scores = settings.topic("alerts"), settings.topic("customer-scores")
    with transactional(settings.broker, f"{settings.topic_prefix}worker") as producer:
        in_transaction(producer, [(alerts, 0, b"a", alert(1, 1), []), (scores, 0, b"c-1", score(1, 1), [])])
        in_transaction(producer, [(alerts, 0, b"a", alert(2, 2), [])], commit=False)
        in_transaction(producer, [(alerts, 0, b"a", alert(3, 30), []), (scores, 0, b"c-1", score(1, 9), [])])
    assert archived()["rows"] == 4
    assert archived()["rows"] == 0
    found = query(settings, "alerts", "entity, state, severity, CAST(day AS VARCHAR)")
    assert found == [("o-1", "ringing", "warning", "2026-03-01"), ("o-3", "ringing", "warning", "2026-03-02")]
    columns = "customer, probability, probabilities[60], reasons[1].family, value.high, hour(time)"
    row = ("c-1", 0.25, 0.5, "rhythm", 20.5)
    assert query(settings, "customer-scores", columns) == [(*row, 1), (*row, 9)]


def test_a_real_kill_loses_and_doubles_nothing(
    settings: Settings, archived: Callable[[], dict[str, Any]]
) -> None:
    topic = settings.topic("orders")
    first, second = ([order(n, n / 20) for n in part] for part in (range(800), range(800, 1_600)))
    environment = settings.environment() | {"TOCSIN_ARCHIVE_ROWS": "60", "TZ": "UTC"}
    publish(settings.broker, [(topic, n % 3, b"k", encode(event), []) for n, event in enumerate(first)])
    child = subprocess.Popen([str(TOCSIN), "archive"], env=environment, stderr=subprocess.DEVNULL)
    try:
        files = settings.archive_dir / "orders"
        until(lambda: len(list(files.rglob("*.parquet"))) > 2, 30, "the first files")
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.wait()
    publish(settings.broker, [(topic, n % 3, b"k", encode(event), []) for n, event in enumerate(second)])
    archived()
    found = Counter(name for (name,) in query(settings, "orders", "id"))
    assert found == Counter(event["id"] for event in first + second)


def test_a_folder_has_one_writer_and_a_clean_stop_writes_what_was_read(
    settings: Settings, archived: Callable[[], dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    publish(settings.broker, [(settings.topic("orders"), 0, b"k", encode(order(1, 1)), [])])
    child = subprocess.Popen([str(TOCSIN), "archive"], env=settings.environment(), stderr=subprocess.PIPE)
    assert child.stderr is not None
    try:
        assert b"reading" in child.stderr.readline()
        place = ["--broker", settings.broker, "--prefix", settings.topic_prefix]
        assert main(["archive", "--once", "--dir", str(settings.archive_dir), *place]) == 3
        assert "another tocsin archive writes to" in capsys.readouterr().err
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0
    finally:
        child.kill()
        child.wait()
    archived()
    assert query(settings, "orders", "id") == [("placed-1",)]


def backtest(
    capsys: pytest.CaptureFixture[str], out: Path, *files: str
) -> tuple[dict[str, Any], list[bytes]]:
    capsys.readouterr()
    config = str(EXAMPLES / "tocsin.yaml")
    assert main(["backtest", *files, "--out", str(out), "--config", config, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert adds_up(found)
    told = (out / "alerts.jsonl").read_bytes().splitlines()
    return {name: value for name, value in found.items() if name not in FLEETING}, told


def test_a_backtest_of_the_archive_is_a_backtest_of_what_was_published(
    settings: Settings,
    archived: Callable[[], dict[str, Any]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["replay", *FILES, "--broker", settings.broker, "--prefix", settings.topic_prefix]) == 0
    assert archived()["rows"] == sum(len(Path(file).read_text().splitlines()) for file in FILES)
    found, alerts = backtest(capsys, tmp_path / "a", str(settings.archive_dir))
    assert (found, alerts) == backtest(capsys, tmp_path / "b", *FILES)
    assert len(alerts) > 5


def test_lateness_is_that_of_the_log(
    broker: str, prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One partition holds the order of the file: what was late in it is late in the archive, days apart."""
    settings = settings_for(broker, prefix, partitions=1)
    admin.create_topics(settings)
    chance = random.Random(3)
    times = [
        max(0, n / 4 - (chance.choice([1, 30, 300]) if chance.random() < 0.2 else 0)) for n in range(1_200)
    ]
    file = tmp_path / "orders.jsonl"
    file.write_bytes(b"".join(encode(order(n, hours)) + b"\n" for n, hours in enumerate(times)))
    place = ["--broker", settings.broker, "--prefix", settings.topic_prefix]
    assert main(["replay", str(file), *place]) == 0
    archive = tmp_path / "archive"
    assert main(["archive", "--once", "--dir", str(archive), *place]) == 0
    found, alerts = backtest(capsys, tmp_path / "a", str(archive))
    assert found["too_late"] > 10
    assert (found, alerts) == backtest(capsys, tmp_path / "b", str(file))


def test_pairs_of_the_archive_are_pairs_of_the_file(
    settings: Settings,
    archived: Callable[[], dict[str, Any]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    events = [order(n, n) for n in range(100)]
    for n, event in enumerate(events):
        products = "ab" if n < 20 else "cdef"[n % 4]
        event["data"]["lines"] = [{"product_id": p, "quantity": "1", "amount": "1.00"} for p in products]
    publish(settings.broker, [(settings.topic("orders"), None, b"k", encode(event), []) for event in events])
    file = tmp_path / "orders.jsonl"
    file.write_bytes(b"".join(encode(event) + b"\n" for event in events))
    archived()
    told = []
    for source in (settings.archive_dir, file):
        capsys.readouterr()
        assert (
            main(["pairs", str(source), "--format", "csv", "--from", "2026-03-01", "--to", "2026-03-31"]) == 0
        )
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    assert "a,b,20" in told[0]


def test_topics_that_are_not_there_are_told(
    broker: str, prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--broker", broker, "--prefix", prefix, "--dir", str(tmp_path / "archive")]
    assert main(["archive", "--once", *place]) == 2
    assert "tocsin topics create" in capsys.readouterr().err
