"""`tocsin status` on logs that were written as the worker writes them."""

from __future__ import annotations

import json

import pytest
from support.brokers import settings_for
from support.models import document, publish_versions
from support.publish import in_transaction, publish, transactional

from streams.cli import main
from streams.engine.partition_row import KEY, Counts, PartitionRow
from streams.kafka import admin
from streams.settings import Settings

OFFSETS = {"orders": 3, "tickets": 0, "rerouted": 2}


def worked(broker: str, prefix: str, *, waiting: int) -> Settings:
    """One partition: 3 orders and an example done, `waiting` of each not; one was rerouted, an alert rang."""
    settings = settings_for(broker, prefix, partitions=1)
    admin.create_topics(settings)
    publish(broker, [(settings.topic("orders"), 0, b"c", b"{}", [])] * (3 + waiting))
    done = PartitionRow(offsets=OFFSETS, watermark=1_700_000_000_000)
    done.ledger["orders"] = Counts(processed=1, duplicates=1, rerouted=1, dead_letters={"not_json": 1})
    done.publishers["crm"] = 1
    done.alerts = {"order_late.ringing": 2, "order_late.recovered": 1}
    done.closed = 1_699_920_000_000
    done.missed, done.pairs = 23, {"missed": 7}
    learnt = PartitionRow(offsets={"churn-examples": 1}, watermark=1_699_833_600_000)
    publish(broker, [(settings.topic("churn-examples"), 0, None, b"{}", [])] * (1 + waiting))
    with transactional(broker, prefix) as producer:
        in_transaction(producer, [(settings.topic("rerouted"), 0, b"c", b"{}", [])] * 2)
        in_transaction(producer, [(settings.topic("customer-rows"), 0, KEY, done.dumps(), [])])
        in_transaction(producer, [(settings.topic("trainer-rows"), 0, KEY, learnt.dumps(), [])])
    publish_versions(settings, {"2026-01-01-a": document("2026-01-01-a", 7)})
    return settings


def status(settings: Settings, *more: str) -> int:
    return main(["status", "--broker", settings.broker, "--prefix", settings.topic_prefix, *more])


def test_everything_an_operator_asks_for(
    broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = worked(broker, prefix, waiting=4)
    assert status(settings, "--json") == 0
    seen = json.loads(capsys.readouterr().out)

    lags = {each["topic"]: (each["next"], each["end"], each["lag"]) for each in seen["inputs"]}
    assert lags["orders"] == (3, 7, 4)
    # Two records and a marker: done to the last record, although the log's end is beyond it.
    assert lags["rerouted"] == (2, 3, 0)
    assert lags["churn-examples"] == (1, 5, 4)
    assert seen["watermarks"]["customer"] == {"0": 1_700_000_000_000}
    assert seen["watermarks"]["trainer"] == {"0": 1_699_833_600_000}
    assert seen["closed"] == {"0": 1_699_920_000_000}
    assert seen["models"] == {"newest": "2026-01-01-a", "learnt": 7, "pinned": None}
    assert seen["ledger"]["topics"]["orders"]["dead_letters"] == {"not_json": 1}
    assert (seen["ledger"]["taken"], seen["ledger"]["ended"]) == (3, 3)
    assert seen["ledger"]["verdict"] == "adds up"
    assert seen["alerts"] == {"order_late": {"ringing": 2, "recovered": 1}}
    assert seen["publishers"] == {"crm": 1}
    assert seen["uncounted"] == {"events": 23, "orders": 7}


def test_tables_say_the_same_to_people(
    embedded_broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(worked(embedded_broker, prefix, waiting=4)) == 0
    shown = capsys.readouterr().out
    for words in (
        "8 records wait",
        "2023-11-14 22:13:20 UTC",
        "2023-11-14 00:00:00 UTC",
        "2026-01-01-a",
        "3 ended of 3 taken; adds up",
        "not_json 1",
        "crm",
        "events in no bucket of series",
    ):
        assert words in shown


def test_health_is_bad_only_while_records_wait_and_nothing_moves(
    embedded_broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(worked(embedded_broker, prefix, waiting=0), "--check") == 0
    assert status(worked(embedded_broker, f"{prefix}2.", waiting=1), "--check", "--patience", "0") == 1
    assert "2 records wait" in capsys.readouterr().out


def test_before_the_topics_exist_it_says_what_to_do(
    embedded_broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(settings_for(embedded_broker, prefix)) == 2
    assert "tocsin topics create" in capsys.readouterr().err
