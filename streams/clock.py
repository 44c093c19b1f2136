"""The only place where the wall clock is read; everywhere else time is an argument."""

from __future__ import annotations

import time


def now_ms() -> int:
    """Wall clock, milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000  # noqa: TID251 - this is the edge


def monotonic() -> float:
    """Seconds of a clock that never jumps, for measuring how long something took."""
    return time.monotonic()
