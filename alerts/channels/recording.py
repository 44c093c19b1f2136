"""A channel that keeps what it is given: for trying out, and for tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Sent(NamedTuple):
    """One mail as it was handed over."""

    sender: str
    recipient: str
    content: bytes


@dataclass
class RecordingChannel:
    """Keeps every mail that it took.

    Args:
        answers: errors to raise instead of taking a mail, in turn; None, and the end of them, takes it.

    >>> channel = RecordingChannel([ConnectionError("later"), None])
    >>> channel.send("a@b", "c@d", b"hello")
    Traceback (most recent call last):
    ...
    ConnectionError: later
    >>> channel.send("a@b", "c@d", b"hello")
    >>> channel.sent[0].recipient
    'c@d'
    """

    answers: Iterable[Exception | None] = ()
    sent: list[Sent] = field(default_factory=list)
    closed: int = 0
    _turn: Iterator[Exception | None] = field(init=False)

    def __post_init__(self) -> None:
        self._turn = iter(self.answers)

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        """Take the mail, or raise what is next in turn."""
        error = next(self._turn, None)
        if error is not None:
            raise error
        self.sent.append(Sent(sender, recipient, content))

    def close(self) -> None:
        """Count it."""
        self.closed += 1

    def abort(self) -> None:
        """Nothing ever waits here."""
