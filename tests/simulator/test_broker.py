"""The simulated broker keeps Kafka's promises; the tests of brokers hold the real ones to the same."""

from __future__ import annotations

import pytest
from simulator.broker import BUSY, Broker, FencedError

AT, OTHER = ("rows", 0), ("alerts", 0)


def values(broker: Broker) -> list[bytes | None]:
    return [entry.value for entry in broker.logs[AT].committed(0)[0]]


def owner(broker: Broker) -> int:
    epoch = broker.begin_epoch("t")
    assert isinstance(epoch, int)
    return epoch


def write_markers(broker: Broker) -> None:
    while broker.markers:
        broker.markers[0].go()


def test_a_transaction_is_visible_after_its_marker_and_takes_an_offset_more() -> None:
    broker = Broker()
    epoch = owner(broker)
    broker.produce("t", epoch, AT, [(b"k", b"1", ()), (b"k", b"2", ())])
    assert (values(broker), broker.logs[AT].stable, broker.logs[AT].end) == ([], 0, 2)
    broker.end("t", epoch, commit=True)
    assert values(broker) == []
    write_markers(broker)
    assert values(broker) == [b"1", b"2"]
    assert broker.logs[AT].committed(2) == ([], 3)


def test_an_aborted_one_is_never_visible_but_to_who_reads_uncommitted() -> None:
    broker = Broker()
    epoch = owner(broker)
    broker.produce("t", epoch, AT, [(b"k", b"1", ())])
    broker.end("t", epoch, commit=False)
    write_markers(broker)
    assert values(broker) == []
    assert [entry.value for entry in broker.logs[AT].uncommitted(0)[0]] == [b"1"]


def test_an_open_transaction_holds_back_what_others_commit_after_it() -> None:
    broker = Broker()
    epoch = owner(broker)
    broker.produce("t", epoch, AT, [(b"k", b"1", ())])
    broker.logs[AT].publish(b"k", b"2")
    assert (values(broker), broker.logs[AT].stable, broker.logs[AT].end) == ([], 0, 2)
    assert broker.expire()
    write_markers(broker)
    assert values(broker) == [b"2"]


def test_a_new_owner_aborts_what_is_open_fences_and_waits_for_the_markers() -> None:
    broker = Broker()
    old = owner(broker)
    broker.produce("t", old, AT, [(b"k", b"1", ())])
    assert broker.begin_epoch("t") is BUSY
    with pytest.raises(FencedError):
        broker.end("t", old, commit=True)
    write_markers(broker)
    new = owner(broker)
    assert new > old
    with pytest.raises(FencedError):
        broker.produce("t", old, AT, [(b"k", b"2", ())])
    assert values(broker) == []


def test_a_decided_commit_survives_the_takeover() -> None:
    broker = Broker()
    old = owner(broker)
    broker.produce("t", old, AT, [(b"k", b"1", ())])
    broker.produce("t", old, OTHER, [(b"k", b"a", ())])
    broker.end("t", old, commit=True)
    assert broker.begin_epoch("t") is BUSY
    broker.markers[0].go()
    assert broker.begin_epoch("t") is BUSY
    write_markers(broker)
    assert owner(broker) > old
    assert values(broker) == [b"1"]


def test_the_next_transaction_waits_for_the_markers_of_the_last() -> None:
    broker = Broker()
    epoch = owner(broker)
    broker.produce("t", epoch, AT, [(b"k", b"1", ())])
    broker.end("t", epoch, commit=True)
    assert broker.produce("t", epoch, AT, [(b"k", b"2", ())]) is BUSY
    assert broker.end("t", epoch, commit=True) is BUSY
    write_markers(broker)
    assert broker.produce("t", epoch, AT, [(b"k", b"2", ())]) is None
