"""The rows of one kind that a step changes. They are copies: nothing changes until a step is committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Protocol, Self, TypeVar

from streams.engine.state import Outcome, State

_SLACK = 2  # times as many values as are told apart may wait in a row to be put together


class Kept(Protocol):
    """What is kept in a row."""

    def copy(self) -> Self:
        """An independent copy."""
        ...

    def trim(self, values: int, slack: int = 1) -> None:
        """Put together what is beyond so many values of a column, if there are `slack` times as many."""
        ...

    def dumps(self) -> bytes | None:
        """The row; None where there is nothing in it."""
        ...


K = TypeVar("K", bound=Kept)


class Touched(Generic[K]):
    """The rows of a kind.

    Args:
        state: the partition's state before the step.
        new: makes one that says nothing.
        loads: makes one of a row.
    """

    def __init__(self, state: State, new: Callable[[], K], loads: Callable[[bytes], K]) -> None:
        self.state, self._new, self._loads = state, new, loads
        self._open: dict[bytes, K] = {}

    def __iter__(self) -> Iterator[bytes]:
        """The keys of what was touched."""
        return iter(self._open)

    def open(self, key: bytes) -> K:
        """What is kept under a key, to be added to."""
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = self._known(key)
        return found

    def take(self, key: bytes) -> K:
        """The same, for the last time: it will not be written any more."""
        found = self._open.pop(key, None)
        return self._known(key) if found is None else found

    def _known(self, key: bytes) -> K:
        row = self.state.rows.get(key)
        if row is None:
            return self._new()
        known: K | None = self.state.decoded.get(key)
        return self._loads(row) if known is None else known.copy()

    def write(self, outcome: Outcome, values: int) -> None:
        """Write what has changed."""
        for key, kept in self._open.items():
            kept.trim(values, slack=_SLACK)
            row = kept.dumps()
            if row != self.state.rows.get(key):
                outcome.rows[key] = row
                if row is not None:
                    outcome.decoded[key] = kept
