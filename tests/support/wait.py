"""Wait for something to become true, with a deadline and a sentence instead of a hang."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(predicate: Callable[[], T], seconds: float, what: str) -> T:
    """Call `predicate` until its answer is true, and return that answer.

    Raises:
        TimeoutError: it was still false after `seconds`; the last answer is shown.
    """
    deadline = time.monotonic() + seconds
    pause = 0.005
    while True:
        answer = predicate()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}; the last answer was {answer!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)
