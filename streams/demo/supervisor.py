"""Keeps children running and ends them in order, whatever happens to us."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any, Self

from schemas.errors import Fatal
from streams.clock import monotonic
from streams.demo.child import Child, Spec, last_words

RESTARTS = 5
BACKOFF = 0.5  # seconds; doubles with each restart of the same child
TICK = 0.02
WRONG_USAGE = 2  # starting again would find the same wrong setting


@dataclass
class _Place:
    """A child's place: who is in it, how often it was filled again, and when it is due next."""

    spec: Spec
    child: Child | None
    restarts: int = 0
    due: float = 0.0


class Supervisor:
    """Children, started one after the other and stopped in the opposite order.

    As a context manager it stops them however the block ends. Call `watch` often: it starts the dead again.

    Args:
        say: told in a sentence when a child dies and is started again.
        clock: seconds that only grow.
        sleep: waits a number of seconds.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._say = say
        self._clock = clock
        self._sleep = sleep
        self._places: list[_Place] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, spec: Spec) -> None:
        """Start a child and return once it is ready; it is started again if it dies before.

        Raises:
            Fatal: it does not become ready in time, or dies too often.
        """
        self._places.append(_Place(spec, Child(spec)))
        self.wait(spec.ready, spec.ready_within, f"{spec.name} to become ready")

    def wait(self, ready: Callable[[], bool], seconds: float, what: str) -> None:
        """Watch the children until something is true.

        Raises:
            Fatal: it did not become true in time, or a child dies too often.
        """
        deadline = self._clock() + seconds
        while True:
            self.watch()
            if ready():
                return
            if self._clock() > deadline:
                raise Fatal(f"waited {seconds:g} s for {what} in vain.")
            self._sleep(TICK)

    def run(self, spec: Spec) -> None:
        """Run a child to its end, while the others are watched.

        Raises:
            Fatal: it fails, or takes longer than its `ready_within`.
        """
        child = Child(spec)
        try:
            self.wait(lambda: child.poll() is not None, spec.ready_within, f"{spec.name} to end")
        finally:
            child.kill()
        if code := child.poll():
            raise Fatal(f"{spec.name} failed with exit code {code}: {last_words(spec.log)}")

    def watch(self) -> None:
        """Look after every child once: note the dead, start again those whose pause is over.

        Raises:
            Fatal: a child died too often, or says that starting it again is useless.
        """
        for place in self._places:
            if place.child is None:
                if self._clock() >= place.due:
                    place.child = Child(place.spec)
            elif (code := place.child.poll()) is not None:
                self._bury(place, code)

    def pid(self, name: str) -> int | None:
        """Process id of a child; None while it is not running."""
        for place in self._places:
            if place.spec.name == name and place.child is not None:
                return place.child.pid
        return None

    @property
    def restarts(self) -> dict[str, int]:
        """How often each child was started again."""
        return {place.spec.name: place.restarts for place in self._places}

    def stop(self) -> None:
        """End the children, the last started first. A second signal makes it short: the rest is killed.

        Nothing may leave a child behind, so signals are caught until the last one is gone.
        """
        hurry = _Hurry()
        with hurry:
            while self._places:
                place = self._places.pop()
                if place.child is not None:
                    self._end(place.child, hurry)

    def _bury(self, place: _Place, code: int) -> None:
        spec, child = place.spec, place.child
        if child is not None:
            child.kill()
        place.child = None
        words = f"{spec.name} ended with {_code(code)}: {last_words(spec.log)}"
        if code == WRONG_USAGE:
            raise Fatal(f"{words}. Starting it again would not help; its log is {spec.log}.")
        if place.restarts >= RESTARTS:
            raise Fatal(f"{words}. It was started again {RESTARTS} times; its log is {spec.log}.")
        pause = BACKOFF * 2**place.restarts
        place.restarts += 1
        place.due = self._clock() + pause
        self._say(f"{words}. It is started again in {pause:g} s ({place.restarts} of {RESTARTS}).")

    def _end(self, child: Child, hurry: _Hurry) -> None:
        child.terminate()
        deadline = self._clock() + child.spec.stop_within
        while child.poll() is None and self._clock() < deadline and not hurry:
            self._sleep(TICK)
        if child.poll() is None and not hurry:
            self._say(f"{child.spec.name} did not end within {child.spec.stop_within:g} s and is killed.")
        child.kill()


class _Hurry:
    """Holds signals back while children are ended, and tells whether one came."""

    def __init__(self) -> None:
        self._came = False
        self._before: dict[int, Any] = {}

    def __bool__(self) -> bool:
        return self._came

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Signals can be set in the main thread only; elsewhere none can interrupt us.
            with suppress(ValueError):
                self._before[number] = signal.signal(number, self._note)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        self._came = True


def _code(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
