"""What goes into a step and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

Headers = Sequence[tuple[str, bytes]]


class Record(Protocol):
    """One record of a partition's log; the Kafka client's own objects fit."""

    @property
    def offset(self) -> int:
        """Its place in the log."""
        ...

    @property
    def key(self) -> bytes | None:
        """Its key as published."""
        ...

    @property
    def value(self) -> bytes | None:
        """Its bytes; None for a tombstone."""
        ...

    @property
    def headers(self) -> Headers:
        """Its headers."""
        ...


class Input(NamedTuple):
    """A record made by hand: backtests, tests, the simulator."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Batch(NamedTuple):
    """Consecutive records of one topic (without the prefix) and one partition."""

    topic: str
    records: Sequence[Record]


class Send(NamedTuple):
    """A record to publish; `partition` None lets murmur2 of the key decide."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
