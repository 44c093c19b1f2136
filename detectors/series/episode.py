"""When to ring, when to hold still, and when it is over. Alert discipline is half of detection."""

from __future__ import annotations

from typing import ClassVar

from detectors.series.memory import Memory
from detectors.series.point import Ended

CALM = 3  # values in a row
NEAR = 3.0  # spreads from where it was


class Episode(Memory):
    """From a first alert until the series is back, or has settled elsewhere. Times are ms; -1 is never."""

    __slots__ = ("base", "calm", "rang_ms", "silent", "since_ms", "spread", "strange_ms")
    KEPT: ClassVar[tuple[str, ...]] = (
        "since_ms",
        "rang_ms",
        "strange_ms",
        "calm",
        "silent",
        "base",
        "spread",
    )

    def __init__(self) -> None:
        self.since_ms = -1
        self.rang_ms = -1
        self.strange_ms = -1  # where the present run of strange values began
        self.calm = 0
        self.silent = 0
        self.base = self.spread = 0.0

    def rings(self, at_ms: int, surprise: float, ring_at: float, *, held: bool) -> bool:
        """Whether this value rings: strange enough, and nothing holds the bell."""
        if surprise < ring_at / 2.0:
            self.strange_ms = -1
            return False
        if self.strange_ms < 0:
            self.strange_ms = at_ms
        if surprise < ring_at or held:
            return False
        self.rang_ms = at_ms
        return True

    def held(self, at_ms: int, quiet_ms: int) -> bool:
        """Whether the last alert was too short a time ago."""
        return self.rang_ms >= 0 and at_ms - self.rang_ms < quiet_ms

    def begin(self, base: float, spread: float, *, silent: bool = False) -> None:
        """Note what was usual before; an episode that is on goes on."""
        self.calm = 0
        if self.since_ms < 0:
            self.since_ms = self.strange_ms if self.strange_ms >= 0 else self.rang_ms
            self.base, self.spread, self.silent = base, spread, int(silent)

    def ends(self, value: float, surprise: float, ring_at: float, *, held: bool) -> Ended:
        """`recovered` when it is back where it was, `settled` when it is calm elsewhere, otherwise nothing.

        What rang for its silence is back with its first value.
        """
        self.calm = self.calm + 1 if surprise < ring_at / 2.0 else 0
        if self.silent or (self.calm >= CALM and abs(value - self.base) <= NEAR * self.spread):
            self.since_ms = -1
            return "recovered"
        if self.calm >= CALM and not held:
            self.since_ms = -1
            return "settled"
        return ""
