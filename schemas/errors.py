"""Errors are named for what happens next.

TocsinError
|-- Poison      this input can never be read: a dead letter, and on with the next
|-- Transient   the same call may succeed later: retry
|-- Permanent   the same call will never succeed: park it, and say so
`-- Fatal       going on would be wrong: stop the process, the supervisor starts it again
"""

from __future__ import annotations


class TocsinError(Exception):
    """Root of everything raised on purpose."""


class Poison(TocsinError):  # noqa: N818 - named for what happens next
    """An input that no retry can make readable.

    Args:
        reason: one of `schemas.decode.REASONS`, a short name that counters use.
        detail: a sentence for people: what came, what was wanted, where.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Transient(TocsinError):  # noqa: N818 - named for what happens next
    """The same call may succeed later."""


class Permanent(TocsinError):  # noqa: N818 - named for what happens next
    """The same call will never succeed."""


class Fatal(TocsinError):  # noqa: N818 - named for what happens next
    """Going on would be wrong; the process ends and its supervisor starts it again."""
