"""A partition's log as Kafka keeps it: data, control records, which have offsets too, the stable end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Headers = tuple[tuple[str, bytes], ...]


class Transaction:
    """What its coordinator decided; a log knows it only from the marker on."""

    __slots__ = ("committed", "number", "open")

    def __init__(self, number: int) -> None:
        self.number = number
        self.open = True
        self.committed = False


class Entry(NamedTuple):
    """One offset of a log; it fits the engine's `Record`."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    transaction: Transaction | None = None
    control: bool = False


class Log:
    """The log of one (topic, partition)."""

    __slots__ = ("_first", "entries")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._first: dict[Transaction, int] = {}  # of transactions that have no marker here yet

    @property
    def end(self) -> int:
        """The high watermark: the next offset, whatever is open."""
        return len(self.entries)

    @property
    def stable(self) -> int:
        """The last stable offset: where the first transaction without a marker begins, else the end."""
        # Transactions come in the order of their first offsets.
        return next(iter(self._first.values())) if self._first else len(self.entries)

    def append(self, records: Sequence[tuple[bytes | None, bytes | None, Headers]], by: Transaction) -> None:
        """A batch of one transaction: all of it or nothing."""
        self._first.setdefault(by, len(self.entries))
        for key, value, headers in records:
            self.entries.append(Entry(len(self.entries), key, value, headers, by))

    def publish(self, key: bytes | None, value: bytes | None, headers: Headers = ()) -> None:
        """A record outside of transactions."""
        self.entries.append(Entry(len(self.entries), key, value, headers))

    def mark(self, transaction: Transaction) -> None:
        """The control record that tells readers how a transaction ended. It takes an offset."""
        self.entries.append(Entry(len(self.entries), None, None, (), transaction, control=True))
        self._first.pop(transaction, None)

    def committed(self, position: int, most: int = 1 << 60) -> tuple[list[Entry], int]:
        """What a `read_committed` reader gets from a position on, and its next position."""
        found: list[Entry] = []
        stable = self.stable
        while position < stable and len(found) < most:
            entry = self.entries[position]
            position += 1
            if not entry.control and (entry.transaction is None or entry.transaction.committed):
                found.append(entry)
        return found, position

    def uncommitted(self, position: int, most: int = 1 << 60) -> tuple[list[Entry], int]:
        """What a `read_uncommitted` reader gets: everything, decided or not."""
        read = self.entries[position : position + most]
        return [entry for entry in read if not entry.control], position + len(read)
