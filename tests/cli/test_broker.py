"""`tocsin broker`: a ready line, a clean end, clear words."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.wait import until

from schemas.errors import Permanent
from streams import broker as embedded
from streams.broker import answers

COMMAND = [sys.executable, "-c", "import sys; from streams.cli import main; sys.exit(main())", "broker"]


@contextmanager
def started(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, object]]]:
    command = [*COMMAND, "--port", "0", "--data-dir", str(folder), "--json", *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def port_of(ready: dict[str, object]) -> int:
    return int(str(ready["broker"]).rpartition(":")[2])


@pytest.mark.parametrize(("signal_sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_answers_when_it_says_so_and_leaves_nothing_behind(
    tmp_path: Path, signal_sent: signal.Signals, code: int
) -> None:
    with started(tmp_path) as (process, ready):
        assert answers(port_of(ready))
        process.send_signal(signal_sent)
        assert process.wait(15) == code
        assert not answers(port_of(ready))


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    from support.publish import publish  # noqa: PLC0415 - kafka is imported by this test only

    from streams.kafka import admin, clients, reading  # noqa: PLC0415 - the same
    from streams.settings import Settings  # noqa: PLC0415 - the same

    with embedded.running(tmp_path) as broker:
        admin.create_topics(Settings(broker=broker.address))
        publish(broker.address, [("orders", 0, b"k", b"kept", [])])
    with embedded.running(tmp_path) as broker, clients.reader(Settings(broker=broker.address)) as consumer:
        places = reading.partitions(consumer, "orders")
        records = reading.read(consumer, reading.spans(consumer, places))
        assert [record.value for record in records] == [b"kept"]


def test_what_need_not_be_kept_is_gone_and_ends_at_once(tmp_path: Path) -> None:
    from support.publish import publish  # noqa: PLC0415 - kafka is imported by this test only

    from streams.kafka import admin  # noqa: PLC0415 - the same
    from streams.settings import Settings  # noqa: PLC0415 - the same

    with started(tmp_path, "--no-keep") as (process, ready):
        address = str(ready["broker"])
        admin.create_topics(Settings(broker=address))
        publish(address, [("orders", 0, b"k", b"not kept", [])])
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert not answers(port_of(ready))
    assert not (tmp_path / "kafka.json").exists()


def test_a_child_that_dies_ends_the_command_with_its_last_words(tmp_path: Path) -> None:
    with started(tmp_path) as (process, ready):
        subprocess.run(["kill", "-KILL", str(ready["pid"])], check=True)
        _, said = process.communicate(timeout=15)
    assert process.returncode == 70
    assert "the embedded broker ended by itself (exit code -9)" in said


def test_a_taken_port_is_wrong_usage(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Permanent, match="is taken by another program"):
            embedded.start(tmp_path, other.getsockname()[1])


def test_stopping_twice_changes_nothing(tmp_path: Path) -> None:
    broker = embedded.start(tmp_path)
    first = broker.stop()
    assert broker.stop() == first
    until(lambda: not answers(int(broker.address.rpartition(":")[2])), 5, "the port to be free")
