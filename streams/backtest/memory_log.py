"""The log of a stage in a backtest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from streams.engine.records import Send
from streams.engine.state import Outcome


@dataclass
class MemoryLog:
    """A log whose commits cannot fail: nothing else can happen in between."""

    commits: Callable[[Sequence[Send]], None]

    async def fence(self) -> None:
        """Nobody else is there."""

    async def restore(self) -> AsyncIterator[Sequence[tuple[bytes, bytes | None]]]:
        """There is nothing to restore."""
        nothing: Sequence[tuple[bytes, bytes | None]]
        for nothing in ():
            yield nothing

    async def commit(self, outcome: Outcome) -> None:
        """Everything at once."""
        self.commits(outcome.sends)
