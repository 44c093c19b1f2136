"""`tocsin tail` shows records as they are, and lets none of them paint the terminal."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

import pytest
from support.brokers import settings_for
from support.publish import Sent, in_transaction, publish, transactional

from schemas.alert import Alert, AlertEvent
from streams.cli import main
from streams.kafka import admin
from streams.settings import Settings


def filled(broker: str, prefix: str, topic: str, values: list[bytes | None], partition: int = 0) -> Settings:
    settings = settings_for(broker, prefix, partitions=2)
    admin.create_topics(settings)
    records: list[Sent] = [
        (settings.topic(topic), partition, b"k-%d" % number, value, [("who", b"test")])
        for number, value in enumerate(values)
    ]
    publish(broker, records)
    return settings


def tail(settings: Settings, topic: str, *more: str) -> int:
    return main(["tail", topic, "--broker", settings.broker, "--prefix", settings.topic_prefix, *more])


def test_the_newest_of_all_partitions_in_order_of_time(
    broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = filled(broker, prefix, "orders", [b"one", b"two", b"three"], partition=0)
    filled(broker, prefix, "orders", [b"four", b"five"], partition=1)
    with transactional(broker, prefix) as producer:
        in_transaction(producer, [(settings.topic("orders"), 1, None, b"six", [])])
        in_transaction(producer, [(settings.topic("orders"), 1, None, b"never", [])], commit=False)

    assert tail(settings, "orders", "--from", "-4", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["text"] for line in lines] == ["three", "four", "five", "six"]
    assert lines[0]["headers"] == {"who": "test"}

    assert tail(settings, "orders", "--from", "beginning", "--partition", "0", "--count", "2") == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.rsplit(" ", 1)[1] for line in shown] == ["one", "two"]


def test_chosen_by_key_and_by_what_they_say(
    embedded_broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = filled(embedded_broker, prefix, "orders", [b'{"total": "1.10"}', b"plain", b'{"total": NaN}'])
    assert tail(settings, "orders", "--key", "k-1") == 0
    assert capsys.readouterr().out.endswith("orders[0]@1 key=k-1 plain\n")
    assert tail(settings, "orders", "--grep", "total", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("value", line.get("text")) for line in lines] == [{"total": "1.10"}, '{"total": NaN}']


@pytest.mark.parametrize(
    ("raw", "text", "document"),
    [
        (b"\x1b[2Jgone", "\\x1b[2Jgone", {"text": "\x1b[2Jgone"}),
        ("a\u202eb".encode(), "a\\u202eb", {"text": "a\u202eb"}),
        (b"\xff\xfe", "\\\\xff\\\\xfe", {"base64": "//4="}),
        (None, "(none)", {"value": None}),
        (b"", "", {"text": ""}),
        (b"[" * 100_000, "[[[", {"text": "[" * 100_000}),
        (b"9" * 5_000, "999", {"text": "9" * 5_000}),
    ],
    ids=["escape", "bidi", "not utf-8", "tombstone", "empty", "deep", "long integer"],
)
def test_whatever_came_is_shown_and_nothing_is_obeyed(
    *,
    embedded_broker: str,
    prefix: str,
    capsys: pytest.CaptureFixture[str],
    raw: bytes | None,
    text: str,
    document: dict[str, object],
) -> None:
    settings = filled(embedded_broker, prefix, "orders", [raw])
    assert tail(settings, "orders") == 0
    shown = capsys.readouterr().out
    assert text.replace("\\\\", "\\") in shown
    assert shown[:-1].isprintable()
    assert tail(settings, "orders", "--json") == 0
    line = capsys.readouterr().out
    assert line[:-1].isascii()
    assert line[:-1].isprintable()
    assert document.items() <= json.loads(line).items()


def test_dead_letters_say_why_and_where(
    embedded_broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_for(embedded_broker, prefix)
    admin.create_topics(settings)
    headers = [
        ("tocsin-reason", b"not_json"),
        ("tocsin-detail", b"came \x1b[31m"),
        ("tocsin-topic", b"orders"),
        ("tocsin-partition", b"2"),
        ("tocsin-offset", b"17"),
    ]
    publish(embedded_broker, [(settings.topic("dead-letters"), 2, b"c-1", b"{oops", headers)])
    assert tail(settings, "dead-letters") == 0
    assert "not_json: came \\x1b[31m from orders[2]@17: {oops" in capsys.readouterr().out


def test_alerts_are_told_in_words(
    embedded_broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    moment = datetime(2023, 1, 3, 18, tzinfo=UTC)
    alert = Alert(
        rule="order_late", state="ringing", entity_kind="order", entity="o-1", episode="e", since=moment,
        at=moment, severity="warning", title="Order o-1 is late", summary="Promised for 18:00.",
        synthetic=True,
    )  # fmt: skip
    event = AlertEvent.of(alert, "tocsin").model_dump_json().encode()
    settings = filled(embedded_broker, prefix, "alerts", [event, b"not one of ours"])
    assert tail(settings, "alerts") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("ringing warning order_late (synthetic): Order o-1 is late. Promised for 18:00.")
    assert second.endswith("not one of ours")


def test_following_shows_what_comes(broker: str, prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
    settings = filled(broker, prefix, "orders", [b"old"])
    more = threading.Timer(0.3, publish, (broker, [(settings.topic("orders"), 1, None, b"new", [])]))
    more.start()
    assert tail(settings, "orders", "--follow", "--count", "2") == 0
    more.join()
    assert [line.rsplit(" ", 1)[1] for line in capsys.readouterr().out.splitlines()] == ["old", "new"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["order"], "has no topic"),
        (["orders", "--partition", "9"], "no partition 9"),
        (["orders", "--from", "yesterday"], "'yesterday' is none of"),
        (["orders", "--grep", "("], "no regular expression"),
    ],
)
def test_wrong_usage_is_said_in_words(
    embedded_broker: str,
    prefix: str,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    settings = filled(embedded_broker, prefix, "orders", [])
    assert tail(settings, *arguments) == 2
    assert words in " ".join(capsys.readouterr().err.replace("│", " ").split())
