"""The rows of one kind that a step changes. They are copies: nothing changes until a step is committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, NamedTuple, Protocol, Self, TypeVar

from streams.engine.state import Outcome, State

BUCKET = b"b/"

_SLACK = 2  # times as many values as are told apart may wait in a row to be put together


class Place(NamedTuple):
    """Where a row stands: first when it is told, since that is the order in which rows are.

    Attributes:
        end: when it is told, ms.
        start: of the base bucket, ms.
        group: the topic, of slices; empty for what is not cut.
    """

    end: int
    start: int
    group: str = ""

    @property
    def key(self) -> bytes:
        """The row's key.

        >>> Place(7_200_000, 3_600_000, "orders").key
        b'b/000000007200000/000000003600000/orders'
        """
        key = b"b/%015d/%015d" % self[:2]
        return key + b"/" + self.group.encode() if self.group else key

    @classmethod
    def of(cls, key: bytes) -> Self:
        """The place of a row by its key."""
        _, end, start, *group = key.split(b"/")
        return cls(int(end), int(start), b"".join(group).decode())


class Kept(Protocol):
    """What is kept in a row."""

    def copy(self) -> Self:
        """An independent copy."""
        ...

    def trim(self, values: int, slack: int = 1) -> None:
        """Put together what is beyond so many values of a dimension, if there are `slack` times as many."""
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
        self._open: dict[Place, K] = {}

    def __iter__(self) -> Iterator[Place]:
        """Where there is something that was touched."""
        return iter(self._open)

    def open(self, place: Place) -> K:
        """What is kept there, to be added to."""
        found = self._open.get(place)
        if found is None:
            found = self._open[place] = self._known(place)
        return found

    def take(self, place: Place) -> K:
        """The same, for the last time: it will not be written any more."""
        found = self._open.pop(place, None)
        return self._known(place) if found is None else found

    def _known(self, place: Place) -> K:
        key = place.key
        row = self.state.rows.get(key)
        if row is None:
            return self._new()
        known: K | None = self.state.decoded.get(key)
        return self._loads(row) if known is None else known.copy()

    def write(self, outcome: Outcome, values: int) -> None:
        """Write what has changed."""
        for place, kept in self._open.items():
            kept.trim(values, slack=_SLACK)
            key, row = place.key, kept.dumps()
            if row != self.state.rows.get(key):
                outcome.rows[key] = row
                if row is not None:
                    outcome.decoded[key] = kept
