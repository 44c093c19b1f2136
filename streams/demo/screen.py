"""What a demo tells the person in front of it while it runs."""

from __future__ import annotations

from typing import Protocol


class Screen(Protocol):
    """Shows; decides nothing."""

    def done(self, what: str, detail: str) -> None:
        """A stage is done."""
        ...

    def say(self, sentence: str) -> None:
        """Something happened that was not planned."""
        ...

    def progress(self, *, sent: int, ended: int, total: int, reached: int | None, rate: float) -> None:
        """How far it is.

        Args:
            sent: records that the broker has.
            ended: records that the worker is done with.
            total: records that there will be.
            reached: event time (ms) of the newest record sent.
            rate: records a second that the worker has done so far.
        """
        ...
