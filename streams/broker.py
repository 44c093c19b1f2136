"""The embedded broker: a `noida-db` child process that speaks Kafka.

For trying out and tests, never for production: it never expires a crashed group member, ignores fetch
sizes, and a SIGKILL right after a produce can lose the record.

Every few seconds noida-db 0.2.3 writes all that it holds anew, as JSON, to a draft that becomes its data.
That costs more than all else that it does (160 of 167 seconds of CPU in the demo's year), and as much memory
again. Where nothing has to outlive it, a pipe that nobody reads takes the draft's place: the thread that
saves waits for a reader for good.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import Fatal, Permanent
from streams.clock import monotonic

START_SECONDS = 15.0
STOP_SECONDS = 10.0
HOST = "127.0.0.1"
DRAFT = "kafka.tmp"


@dataclass(frozen=True)
class EmbeddedBroker:
    """A running embedded broker.

    Attributes:
        address: host:port for clients.
        process: the child; `stop` ends it.
        log: where its output goes.
        keeps: whether what it holds outlives it.
    """

    address: str
    process: subprocess.Popen[bytes]
    log: Path
    keeps: bool

    def wait(self) -> None:
        """Return never while it runs.

        Raises:
            Fatal: it ended by itself.
        """
        code = self.process.wait()
        raise Fatal(f"the embedded broker ended by itself (exit code {code}): {_last_words(self.log)}")

    def stop(self) -> int:
        """Ask it to end, insist after a while, and return its exit code; a second call changes nothing."""
        if self.process.poll() is None and not self.keeps:
            self.process.kill()  # it would wait until it has saved, and nobody reads what it saves
        elif self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


def start(data_dir: Path, port: int = 0, *, keeps: bool = True, own_group: bool = False) -> EmbeddedBroker:
    """Start the embedded broker and return once it answers.

    Args:
        data_dir: where it keeps its data and its log; created if absent.
        port: 0 picks a free one.
        keeps: whether what it holds outlives it; not to keep it is far cheaper.
        own_group: give it a process group of its own, so that a Ctrl-C at the terminal reaches us only.

    Raises:
        Permanent: the package noida-db is not installed, or the port is taken.
        Fatal: it did not come up.
    """
    program = find_program()
    data_dir.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    if answers(port):
        raise Permanent(f"port {port} is taken by another program; choose another one, or 0 for a free one.")
    _prepare(data_dir / DRAFT, keeps=keeps)
    log = data_dir / "broker.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(  # noqa: S603 - the program comes from the installed package
            [
                str(program), "start", "--only", "kafka", "--host", HOST,
                "--kafka-port", str(port), "--data-dir", str(data_dir),
            ],
            stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, process_group=0 if own_group else None,
        )  # fmt: skip
    broker = EmbeddedBroker(f"{HOST}:{port}", process, log, keeps)
    deadline = monotonic() + START_SECONDS
    while not answers(port):
        if process.poll() is not None or monotonic() > deadline:
            code = broker.stop()
            raise Fatal(f"the embedded broker did not come up (exit code {code}): {_last_words(log)}")
    return broker


def _prepare(draft: Path, *, keeps: bool) -> None:
    draft.unlink(missing_ok=True)
    if not keeps:
        os.mkfifo(draft)


@contextmanager
def running(data_dir: Path, port: int = 0, *, keeps: bool = True) -> Iterator[EmbeddedBroker]:
    """The embedded broker for the length of a `with` block."""
    broker = start(data_dir, port, keeps=keeps, own_group=True)
    try:
        yield broker
    finally:
        broker.stop()


def find_program() -> Path:
    """The executable that the package noida-db brings.

    Raises:
        Permanent: the package is not installed.
    """
    spec = importlib.util.find_spec("noida_db")
    if spec is None or spec.origin is None:
        raise Permanent(
            "the embedded broker is not installed; install the extra: pip install 'tocsin[demo]'."
        )
    program = Path(spec.origin).parent / "noida-db"
    if not program.is_file():
        raise Permanent(f"the package noida-db has no program for this machine at {program}.")
    if not os.access(program, os.X_OK):
        program.chmod(0o755)  # some installers drop the bit
    return program


def free_port() -> int:
    """A TCP port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((HOST, port)) == 0


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if "GLIBC" not in line]
    return " / ".join(lines[-3:]) or "it said nothing"
