"""`tocsin replay` as a person runs it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from support.brokers import settings_for

from streams.cli import main
from streams.kafka import admin, clients, reading
from streams.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def settings(broker: str, prefix: str) -> Settings:
    made = settings_for(broker, prefix)
    admin.create_topics(made)
    return made


def replay(settings: Settings, *options: str | Path) -> int:
    where = ["--broker", settings.broker, "--prefix", settings.topic_prefix]
    return main(["replay", *map(str, options), *where])


def values(settings: Settings, topic: str) -> list[bytes]:
    with clients.reader(settings) as consumer:
        spans = reading.spans(consumer, reading.partitions(consumer, settings.topic(topic)))
        return [record.value for record in reading.read(consumer, spans)]


def test_files_are_published_to_their_topics_and_counted(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = tmp_path / "tickets.jsonl.gz"
    packed.write_bytes(gzip.compress((EXAMPLES / "tickets.jsonl").read_bytes()))
    assert replay(settings, EXAMPLES / "orders.jsonl", packed, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["sent"] == said["topics"]["orders"] + said["topics"]["tickets"]
    for topic in ("orders", "tickets"):
        lines = (EXAMPLES / f"{topic}.jsonl").read_bytes().splitlines()
        assert sorted(values(settings, topic)) == sorted(lines)


def test_one_line_that_cannot_be_read_stops_all_of_it_before_anything_is_sent(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(settings, EXAMPLES / "orders.jsonl", EXAMPLES / "broken.jsonl") == 1
    said = capsys.readouterr().out
    assert f"{EXAMPLES / 'broken.jsonl'}:2: invalid: time:" in said
    assert "Nothing was sent" in said
    assert values(settings, "orders") == []


def test_raw_sends_what_cannot_be_read(settings: Settings) -> None:
    assert replay(settings, EXAMPLES / "broken.jsonl", "--raw", "--topic", "contacts") == 0
    lines = (EXAMPLES / "broken.jsonl").read_bytes().splitlines()
    assert sorted(values(settings, "contacts")) == sorted(lines[:-1])
    # The last one is wrapped and names its topic.
    assert values(settings, "tickets") == [json.dumps(json.loads(lines[-1])["event"]).encode()]


def test_wrong_usage_and_a_broker_that_is_away_have_their_exit_codes(
    free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    away = Settings(broker=f"127.0.0.1:{free_port}")
    assert replay(away, EXAMPLES / "orders.jsonl") == 3
    assert "no broker answers" in capsys.readouterr().err
    assert replay(away, EXAMPLES / "nowhere.jsonl") == 2
    assert replay(away, EXAMPLES / "orders.jsonl", "--topic", "alerts") == 2
