"""What a channel promises, and the errors that say what happens next.

Transient         this mail may go later: retry it alone
`-- Unavailable   nothing can be sent now: pause everything, then retry
    `-- Misconfigured   and a person must mend a setting first: pause, and be loud
Permanent         this mail will never be taken: park it with the server's words
"""

from __future__ import annotations

from typing import Protocol

from schemas.errors import Transient


class Unavailable(Transient):
    """Nothing can be sent at the moment: the server is away, or lost us in the middle."""


class Misconfigured(Unavailable):
    """Nothing will be sent until a person mends a setting: login, TLS, the sender's address."""


class Channel(Protocol):
    """Sends finished mails, one after the other, over a connection that it keeps for a run of them."""

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        """Hand one mail over; once this returns, the other side is responsible for it.

        Raises:
            Permanent: this mail will never be taken.
            Unavailable: nothing can be sent now.
            Transient: this mail may be taken later.
        """
        ...

    def close(self) -> None:
        """End the connection politely; the next `send` opens another."""
        ...

    def abort(self) -> None:
        """Cut the connection, from any thread: a `send` that waits ends with `Unavailable`."""
        ...
