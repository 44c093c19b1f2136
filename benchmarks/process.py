"""A measured process: started, watched until something is true, ended by its id."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.meter import Meter
from streams.clock import monotonic

LOOK_EVERY = 0.05  # seconds
STOP_SECONDS = 25.0
LAST_LINES = 25


@contextmanager
def running(command: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[Running]:
    """A process for the length of a `with` block."""
    with log.open("wb") as sink:
        process = subprocess.Popen(
            command, env=dict(env), stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        )
    try:
        yield Running(process, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Running:
    """The process and its meter."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process, self.log = process, log
        self.meter = Meter(process.pid)

    def watch(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        """Look at it until `done`, at least once after it.

        Raises:
            SystemExit: it ended by itself, or took too long; its last words are told.
        """
        deadline = monotonic() + seconds
        while True:
            over = done()
            if self._process.poll() is not None:
                raise SystemExit(f"it ended with {self._process.returncode} before {what}:\n{self.words()}")
            self.meter.look()
            if over:
                return
            if monotonic() > deadline:
                raise SystemExit(f"waited {seconds:g} s for {what}:\n{self.words()}")
            time.sleep(LOOK_EVERY)

    def words(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])
