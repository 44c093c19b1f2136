"""The brokers that every other test stands on."""

from __future__ import annotations

from streams.broker import answers


def test_each_kind_of_broker_answers(broker: str) -> None:
    assert answers(int(broker.rpartition(":")[2]))
