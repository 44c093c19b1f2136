"""What counts as a mismatch."""

from __future__ import annotations

import pytest

from streams.kafka.topic_check import Found, Wanted, compare, not_verifiable

DELETED = {"cleanup.policy": "delete", "retention.ms": "1000", "max.message.bytes": "2000"}
COMPACTED = {"cleanup.policy": "compact", "delete.retention.ms": "500", "max.message.bytes": "2000"}


def wrong(config: dict[str, str], **found: str) -> list[str]:
    wanted = Wanted("orders", 4, 2, config)
    config_found = config | {name.replace("_", "."): value for name, value in found.items()}
    return [one.what for one in compare([wanted], {"orders": Found(4, 2, config_found)})]


@pytest.mark.parametrize(
    ("config", "found", "names"),
    [
        (DELETED, {}, []),
        (DELETED, {"retention_ms": "999"}, ["retention.ms"]),
        (DELETED, {"retention_ms": "1001"}, []),
        (DELETED, {"retention_ms": "-1"}, []),
        (DELETED, {"max_message_bytes": "1999"}, ["max.message.bytes"]),
        (DELETED, {"max_message_bytes": "9999"}, []),
        (DELETED, {"cleanup_policy": "compact"}, ["cleanup.policy"]),
        (COMPACTED, {"cleanup_policy": "delete"}, ["cleanup.policy"]),
        (COMPACTED, {"cleanup_policy": "compact,delete"}, ["cleanup.policy"]),
        (COMPACTED, {"delete_retention_ms": "499"}, ["delete.retention.ms"]),
    ],
)
def test_settings(config: dict[str, str], found: dict[str, str], names: list[str]) -> None:
    assert wrong(config, **found) == names


@pytest.mark.parametrize(("replicas", "names"), [(1, ["replication"]), (2, []), (3, [])])
def test_more_replicas_than_wanted_are_welcome(replicas: int, names: list[str]) -> None:
    found = {"orders": Found(4, replicas, DELETED)}
    assert [one.what for one in compare([Wanted("orders", 4, 2, DELETED)], found)] == names


@pytest.mark.parametrize("partitions", [3, 5])
def test_partitions_must_be_equal(partitions: int) -> None:
    found = {"orders": Found(partitions, 2, DELETED)}
    assert [one.what for one in compare([Wanted("orders", 4, 2, DELETED)], found)] == ["partitions"]


def test_what_a_broker_does_not_tell_is_no_mismatch() -> None:
    wanted = [Wanted("orders", 4, 2, DELETED), Wanted("absent", 4, 2, DELETED)]
    found = {"orders": Found(4, 2, None)}
    assert [(one.topic, one.what) for one in compare(wanted, found)] == [("absent", "topic")]
    assert not_verifiable(wanted, found) == [("orders", name) for name in DELETED]
