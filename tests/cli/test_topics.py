"""`tocsin topics create|check` on both brokers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.brokers import settings_for

from schemas.errors import Fatal
from streams.cli import main
from streams.kafka import admin, clients
from streams.topics import TOPICS


def at(broker: str, prefix: str) -> list[str]:
    return ["--broker", broker, "--prefix", prefix]


def test_created_once_and_as_wanted_afterwards(
    broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["topics", "create", "--json", *at(broker, prefix)]) == 0
    first = json.loads(capsys.readouterr().out)
    assert sorted(first["created"]) == sorted(prefix + topic.name for topic in TOPICS)
    assert (first["mismatches"], first["not_verifiable"]) == ([], [])

    assert main(["topics", "create", "--json", *at(broker, prefix)]) == 0
    assert json.loads(capsys.readouterr().out)["created"] == []
    assert main(["topics", "check", *at(broker, prefix)]) == 0
    assert capsys.readouterr().out.count("as wanted") == len(TOPICS)


def test_a_missing_topic_is_a_problem_that_names_its_cure(
    broker: str, prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["topics", "check", *at(broker, prefix)]) == 1
    assert "tocsin topics create" in capsys.readouterr().out


def test_other_partitions_stop_a_worker(broker: str, prefix: str) -> None:
    settings = settings_for(broker, prefix, partitions=2)
    admin.create_topics(settings, TOPICS[:2])
    admin.require_topics(settings, TOPICS[:2])
    with pytest.raises(Fatal, match=rf"{prefix}orders, {prefix}tickets: partitions is 2, wanted 3"):
        admin.require_topics(settings_for(broker, prefix, partitions=3), TOPICS[:2])


def test_settings_are_compared_as_the_broker_keeps_them(broker: str, prefix: str) -> None:
    settings = settings_for(broker, prefix)
    orders = TOPICS[0]
    admin.create_topics(settings, [orders])
    larger = replace(orders, max_bytes=orders.max_bytes + 1)
    smaller = replace(orders, max_bytes=orders.max_bytes - 1)
    compacted = replace(orders, keep=None)
    assert [wrong.what for wrong in admin.check_topics(settings, [larger])[0]] == ["max.message.bytes"]
    assert admin.check_topics(settings, [smaller])[0] == []
    assert [wrong.what for wrong in admin.check_topics(settings, [compacted])[0]] == ["cleanup.policy"]


def test_somebody_else_may_create_them_at_the_same_time(broker: str, prefix: str) -> None:
    settings = settings_for(broker, prefix)
    admin.create_topics(settings, TOPICS[:1])
    with clients.admin(settings) as client:
        answer = client.create_topics(
            {f"{prefix}orders": {"num_partitions": 4, "replication_factor": 1}}, raise_errors=False
        )
    assert admin._created(answer["topics"][0]) is None


def test_a_broker_that_is_not_there_is_said_in_words(
    prefix: str, capsys: pytest.CaptureFixture[str], free_port: int
) -> None:
    assert main(["topics", "check", *at(f"127.0.0.1:{free_port}", prefix)]) == 3
    assert f"the broker at 127.0.0.1:{free_port} does not answer" in capsys.readouterr().err


def test_an_address_that_cannot_be_one_is_said_in_words(
    prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["topics", "check", *at("127.0.0.1:port", prefix)]) == 2
    assert "127.0.0.1:port" in capsys.readouterr().err
