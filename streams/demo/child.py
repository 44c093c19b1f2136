"""One child process: started on a leash in a group of its own, its output in a log, ended politely or not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
LAST_WORDS = 5


def _at_once() -> bool:
    return True


@dataclass(frozen=True)
class Spec:
    """How a child is started.

    Attributes:
        name: short, for people and the log's name.
        argv: program and arguments.
        env: its whole environment.
        log: where its output goes; appended.
        ready: whether it can be used now; asked again and again, must answer quickly.
        ready_within: seconds it may take to become ready.
        stop_within: seconds it may take to end after SIGTERM, before it is killed.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    log: Path
    ready: Callable[[], bool] = field(default=_at_once)
    ready_within: float = 20.0
    stop_within: float = 25.0


class Child:
    """A running child; its process group holds whatever it starts itself."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._process = spawn(spec)

    @property
    def pid(self) -> int:
        """Process id, also of its group."""
        return self._process.pid

    def poll(self) -> int | None:
        """Exit code, None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask it to end."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and what it started, now; also sweeps what an ended child left in its group."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def spawn(spec: Spec) -> subprocess.Popen[bytes]:
    """Start the process. It must be called from the main thread: the leash is tied to the calling thread."""
    spec.log.parent.mkdir(parents=True, exist_ok=True)
    with spec.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own programs, no shell
            [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *spec.argv],
            env=dict(spec.env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C at the terminal reaches us only; we end the children in order.
            start_new_session=True,
        )


def last_words(log: Path, count: int = LAST_WORDS) -> str:
    """The last lines of a log, one line of text; what is not text is escaped."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - 8192))
            lines = stream.read().decode("utf-8", "backslashreplace").splitlines()
    except OSError:
        lines = []
    said = [line.strip() for line in lines if line.strip()]
    return " / ".join(said[-count:]) or "it said nothing"
