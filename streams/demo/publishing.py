"""Publish in a thread, so that the main thread can watch the children and show how far everything is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from typing import Self

from streams.clock import monotonic
from streams.publish import publish
from streams.settings import Settings
from streams.sources.record import Record


class _GivenUp(Exception):  # noqa: N818 - a wish, not an error
    """Nobody wants the rest any more."""


class Publishing:
    """A publisher at work from the moment it is made.

    As a context manager it gives the rest up when the block ends early.

    Args:
        settings: broker and topic prefix.
        records: what is sent.
        ahead: how many records it may be ahead of the worker.

    Attributes:
        sent: records acknowledged so far.
        reached: event time (ms) of the newest of them.
        ended: records that the worker is done with; whoever looks at the worker sets it.
        began: when the first was about to be sent, seconds of `streams.clock.monotonic`.
    """

    def __init__(self, settings: Settings, records: Iterable[Record], ahead: int) -> None:
        self.sent = 0
        self.ended = 0
        self._ahead = ahead
        self.reached: int | None = None
        self.began = monotonic()
        self._settings, self._records = settings, records
        self._given_up = False
        self._error: BaseException | None = None
        # A daemon: if the broker is gone, nobody waits at exit for a publisher that still hopes.
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up = True

    @property
    def done(self) -> bool:
        """Whether everything was sent.

        Raises:
            TocsinError: it cannot be: what `publish` raised.
        """
        if self._thread.is_alive():
            return False
        if self._error is not None:
            raise self._error
        return True

    def _run(self) -> None:
        try:
            asyncio.run(publish(self._settings, self._records, progress=self._note, hold=self._is_far_ahead))
        except _GivenUp:
            pass
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody asks
            self._error = error

    def _is_far_ahead(self, sent: int) -> bool:
        if self._given_up:
            raise _GivenUp
        return sent - self.ended > self._ahead

    def _note(self, sent: int, reached: int | None) -> None:
        self.sent, self.reached = sent, reached
