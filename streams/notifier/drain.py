"""Whether everything that was in the topic at a moment has become mails, and those have been sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.errors import Permanent, Transient
from streams.kafka import clients, reading
from streams.kafka.rows import partition_rows
from streams.notifier.digests import Digests
from streams.notifier.intake import Intake
from streams.notifier.outbox import Outbox
from streams.notifier.slots import all_said
from streams.notifier.store import Store, StoreUnavailable
from streams.topics import ALERTS

if TYPE_CHECKING:
    from streams.settings import Settings


_FOREVER = 1 << 62


@dataclass(frozen=True)
class Done:
    """How a run of the notifier ended.

    Attributes:
        left: what a drain could not do in its time, in words; empty if all is done.
        later: mails whose next try is later than the drain's time.
    """

    left: str = ""
    later: int = 0


class Drain:
    """Looks into broker and store; it does not matter who does the work.

    Args:
        settings: broker and prefix.
        seconds: how long to wait. A mail whose next try is later than that is not waited for.
        now: wall clock, ms.
    """

    def __init__(
        self,
        settings: Settings,
        seconds: float,
        *,
        store: Store,
        outbox: Outbox,
        intake: Intake,
        digests: Digests,
        now: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._topic = settings.topic(ALERTS.name)
        self._store = store
        self._outbox = outbox
        self._intake = intake
        self._digests = digests
        self._now = now
        self._deadline = now() + int(seconds * 1000)
        self._ends: dict[int, tuple[int, int]] | None = None
        self._time: int | None = None
        self._there = False

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return self._now() > self._deadline

    def finished(self) -> bool:
        """Whether all that was there when the drain began has been read and sent."""
        if self._ends is None:
            self._ends = self._find_ends()
        if self._ends is None or not self._store_is_there():
            return False
        return not (self._unread() or self._undigested() or self._outbox.waiting(self._deadline))

    def done(self) -> Done:
        """What is left, now that the work is over."""
        if self._ends is None or not self._there:
            return Done(left=f"the broker at {self._settings.broker} did not say where {self._topic} ends")
        unread, waiting = len(self._unread()), self._outbox.waiting(self._deadline)
        held = self._undigested()
        left = f"{unread} partitions of {self._topic} are not read to the end, {waiting} mails wait"
        left += f", {held} alerts wait for a digest that is due" if held else ""
        later = self._outbox.waiting(_FOREVER) - waiting
        return Done(left=left if unread or waiting or held else "", later=later)

    def _store_is_there(self) -> bool:
        """Whether the tables are made; the notifier that holds the store may be about to make them."""
        if not self._there:
            try:
                self._store.require()
            except Permanent:
                return False
            self._there = True
        return True

    def _unread(self) -> list[int]:
        """Partitions not read to the end, by position: control records have offsets too."""
        stored = self._intake.offsets(self._topic)
        ends = self._ends or {}
        return [
            place for place, (begin, end) in ends.items() if begin < end and stored.get(place, begin) < end
        ]

    def _undigested(self) -> int:
        """Alerts whose digest is due, by the time that it was when the topic had been read."""
        waiting = self._digests.waiting()
        if waiting and self._time is None:
            try:
                self._time = self._find_time()
            except Transient:
                return waiting  # nobody knows the time; the reader says why
        return self._digests.waiting(self._time) if waiting else 0

    def _find_time(self) -> int:
        if self._settings.clock == "wall":
            return self._now()
        return all_said(partition_rows(self._settings)) or 0

    def _find_ends(self) -> dict[int, tuple[int, int]] | None:
        try:
            with clients.reader(self._settings) as consumer:
                places = reading.partitions(consumer, self._topic)
                return {place.partition: span for place, span in reading.spans(consumer, places).items()}
        except StoreUnavailable:
            raise
        except Transient:
            return None  # the reader says so already, and goes on trying
