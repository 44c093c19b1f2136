"""Real processes on a real broker: started, killed, frozen, started again, as supervisors and bad luck do.

`Fleet` is a context manager; whatever it started is gone afterwards, and when a test fails the last lines of
every process are printed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer
from support.shop import Record
from support.wait import until

from streams.broker import HOST, answers, free_port

TOCSIN = Path(sys.executable).with_name("tocsin")
STOP_SECONDS = 20.0
LAST_LINES = 60


@dataclass(eq=False)
class Child:
    """One process and the words that start it again."""

    name: str
    command: Sequence[str]
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)
    starts: int = 0

    def start(self) -> None:
        """Start it, again if it was there before; its output is added to its log."""
        self.starts += 1
        with self.log.open("ab") as log:
            log.write(f"--- start {self.starts}\n".encode())
            log.flush()
            self.process = subprocess.Popen(
                [str(TOCSIN), *self.command],
                # Of ours it gets what programs need to run; every setting of Tocsin is in `env`.
                env={**os.environ, **self.env},  # noqa: TID251
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def running(self) -> bool:
        """It has not ended."""
        return self.process.poll() is None

    @property
    def has_spoken(self) -> bool:
        """It has said something since it was started last, so it is at work."""
        return not self.log.read_bytes().endswith(f"--- start {self.starts}\n".encode())

    def kill(self) -> None:
        """SIGKILL: no last words."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """SIGSTOP: it stands still and does not know."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT: it goes on as if nothing had happened."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """Ask it to end and return its exit code.

        Raises:
            subprocess.TimeoutExpired: it is still there after the time that a clean stop may take.
        """
        if self.running:
            self.process.terminate()
        return self.process.wait(STOP_SECONDS)


class Fleet:
    """The processes of one test.

    Args:
        broker: host:port.
        prefix: of its topics and its consumer groups.
        home: a folder of its own for store, config, mails and logs.
        settings: more `TOCSIN_*` settings, by their lower-case names.
    """

    def __init__(self, broker: str, prefix: str, home: Path, **settings: str) -> None:
        self.broker = broker
        self.prefix = prefix
        self.home = home
        self.mails = home / "mails"
        self.smtp_port = free_port()
        self.children: dict[str, Child] = {}
        everywhere = {
            "broker": broker,
            "topic_prefix": prefix,
            "clock": "events",
            "store_url": f"sqlite:///{home / 'tocsin.db'}",
            "config": str(home / "tocsin.yaml"),
            "smtp_host": HOST,
            "smtp_port": str(self.smtp_port),
        } | settings
        self.env = {f"TOCSIN_{name.upper()}": value for name, value in everywhere.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self.children.values():
            child.kill()
        if error is not None:
            for child in self.children.values():
                lines = child.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
                print(f"===== {child.name} ({child.log})", *lines, sep="\n")  # noqa: T201 - pytest shows it

    def configure(self, text: str) -> None:
        """Write `tocsin.yaml`."""
        (self.home / "tocsin.yaml").write_text(text)

    def create_topics(self) -> None:
        """`tocsin topics create`."""
        child = self._child("topics", ["topics", "create"])
        assert child.process.wait(60) == 0, child.log.read_text(errors="replace")
        del self.children["topics"]

    def start_sink(self) -> None:
        """`tocsin sink`, and wait until it takes mails."""
        child = self._child("sink", ["sink", str(self.mails), "--port", str(self.smtp_port)])
        until(lambda: answers(self.smtp_port), 15, f"the sink to listen; see {child.log}")

    def start_worker(self, worker_id: str = "worker-1", **settings: str) -> Child:
        """`tocsin worker`."""
        return self._child(worker_id, ["worker"], worker_id=worker_id, **settings)

    def start_notifier(self) -> Child:
        """`tocsin notifier`."""
        return self._child("notifier", ["notifier"])

    def tend(self) -> list[str]:
        """Start again what ended by itself, as a supervisor does; returns the names."""
        ended = [child for child in self.children.values() if not child.running]
        for child in ended:
            child.start()
        return [child.name for child in ended]

    def publish(self, records: Iterable[Record]) -> None:
        """Append the records to their logs, each log in order, and wait until the broker has them all."""
        asyncio.run(_publish(self.broker, self.prefix, list(records)))

    def _child(self, name: str, command: Sequence[str], **settings: str) -> Child:
        env = self.env | {f"TOCSIN_{key.upper()}": value for key, value in settings.items()}
        child = Child(name, command, env, self.home / f"{name}.log")
        self.children[name] = child
        child.start()
        return child


async def _publish(broker: str, prefix: str, records: list[Record]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=broker, enable_idempotence=True, linger_ms=5, max_request_size=2 << 20
    )
    await producer.start()
    try:
        sent = [
            await producer.send(
                prefix + record.topic,
                value=record.value,
                key=record.key,
                partition=record.partition,
                headers=list(record.headers),
            )
            for record in records
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
