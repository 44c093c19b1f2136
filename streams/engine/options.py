"""What a stage must know besides its input; the shell fills it from settings and `tocsin.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel


@dataclass(frozen=True)
class Options:
    """Spans in ms.

    Attributes:
        partitions: of every keyed topic.
        disorder: how far events may be out of order.
        idle_after: a drained input that is quiet this long no longer holds time.
        future_skew: an event further ahead of the wall clock is a dead letter.
        horizon: how long an event id is remembered, in effective time.
        wall: whether the wall clock moves time on when every input is idle.
        rules: each rule's settings, by name.
        slice: rows whose moment has passed that one step looks at, at most.
    """

    partitions: int
    disorder: int = 600_000
    idle_after: int = 30_000
    future_skew: int = 600_000
    horizon: int = 7 * 86_400_000
    wall: bool = True
    rules: dict[str, BaseModel] = field(default_factory=dict)
    slice: int = 2_000

    @property
    def announce_every(self) -> int:
        """Progress of event time that is worth telling other partitions, ms."""
        return min(self.disorder, self.idle_after) // 2


Clock = Literal["wall", "events"]
