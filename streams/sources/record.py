"""One record on its way to a topic, before a broker has seen it."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """What a publisher sends.

    Attributes:
        topic: without the prefix, one of `streams.topics.INPUTS`.
        key: customer id, or session id where no customer is known; None lets the publisher spread it.
        value: the event's bytes; None is a tombstone.
        at: event time in ms since 1970 UTC; None where the bytes could not be read.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    at: int | None
