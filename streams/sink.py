"""A mail server that delivers nowhere: it keeps every mail in a folder. For the demo, trying out and tests.

It can misbehave in the ways in which real servers do, each as often as asked.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, Literal, TypeVar, get_args

from aiosmtpd.smtp import SMTP

from schemas.errors import Permanent
from streams.mailbox import Mailbox

T = TypeVar("T")
Fault = Literal[
    "rcpt_450", "rcpt_550", "data_451", "data_552", "drop_before_store", "accept_then_drop", "slow"
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
LARGEST = 32 << 20

_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass
class Faults:
    """Which misbehaviour, and how often it is left.

    Attributes:
        kind: None behaves well.
        left: how many more times; None means always.
        seconds: how long `slow` lets the client wait.
    """

    kind: Fault | None = None
    left: int | None = None
    seconds: float = 3.0

    def strikes(self, *kinds: Fault) -> bool:
        """Whether one of these faults is due now; counts it."""
        if self.kind not in kinds or self.left == 0:
            return False
        if self.left is not None:
            self.left -= 1
        return True


@dataclass
class Sink:
    """Takes mails by SMTP and keeps them.

    Attributes:
        mailbox: where they go.
        faults: how to misbehave; may be changed while it runs.
        taken: Message-IDs in the order in which they were kept, a double each time it comes.
    """

    mailbox: Mailbox
    faults: Faults = field(default_factory=Faults)
    taken: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Accept a recipient, or not."""
        if self.faults.strikes("rcpt_450"):
            return "450 4.2.0 greylisted, try later"
        if self.faults.strikes("rcpt_550"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the same
        """Keep a mail, or not."""
        if self.faults.strikes("data_451"):
            return "451 4.3.0 try again"
        if self.faults.strikes("data_552"):
            return "552 5.3.4 too big"
        if self.faults.strikes("drop_before_store"):
            server.transport.abort()
            return "421 gone"
        if self.faults.strikes("slow"):
            await asyncio.sleep(self.faults.seconds)
        self._keep(envelope.content)
        if self.faults.strikes("accept_then_drop"):
            server.transport.abort()
        return "250 OK"

    def _keep(self, content: bytes) -> None:
        found = _MESSAGE_ID.search(content.split(b"\r\n\r\n", 1)[0])
        message_id = found[1].decode("latin-1") if found else ""
        self.mailbox.keep(message_id, content)
        self.taken.append(message_id)

    @asynccontextmanager
    async def serving(self, host: str, port: int) -> AsyncIterator[int]:
        """Listen for the length of an `async with` block; yields the port. The index is written at its end.

        Raises:
            Permanent: the port cannot be had.
        """
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(
                lambda: SMTP(self, hostname="sink", data_size_limit=LARGEST, loop=loop), host, port
            )
        except OSError as error:
            raise Permanent(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            self.mailbox.write_index()


@contextmanager
def running(sink: Sink, host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Serve from a thread of its own for the length of a `with` block; yields the port."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="sink", daemon=True)
    thread.start()

    def call(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    serving = sink.serving(host, port)
    try:
        yield call(serving.__aenter__())
    finally:
        call(serving.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
