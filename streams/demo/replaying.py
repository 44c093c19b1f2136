"""Send everything, look at the worker now and then, and know when all of it is done."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from kafka import KafkaConsumer

from schemas.errors import Fatal, Transient
from streams.clock import monotonic
from streams.demo.fleet import Fleet
from streams.demo.publishing import Publishing
from streams.demo.rest import Rest, time_is_final
from streams.demo.screen import Screen
from streams.demo.supervisor import Supervisor
from streams.kafka import clients
from streams.kafka.look import look_with
from streams.kafka.rows import Rows, read_rows
from streams.sources.record import Record
from streams.status import Status

# Partitions come forward one after the other; what one is ahead of another in event time has to wait in its
# rows until all have passed it. And the embedded broker sends all that follows an offset with each fetch.
AHEAD = 60_000
TICK = 0.1
LOOK_EVERY = 2.0
LOOK_SHARE = 3  # a look that took a second is followed by three without one: looking must not slow the work
QUIET = (
    2.5  # seconds in which nothing may move any more; a lane without input looks at the time twice a second
)
STALLED = 60.0
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Done:
    """Where everything stands at the end.

    Attributes:
        status: topics, lags, ledger.
        rows: the partition rows.
        seconds: from the first record sent until the last had ended.
    """

    status: Status
    rows: Rows
    seconds: float


@dataclass
class Replaying:
    """One replay.

    Attributes:
        fleet: where it goes.
        supervisor: looks after the children meanwhile.
        screen: shows how far it is.
        total: records that there will be.
    """

    fleet: Fleet
    supervisor: Supervisor
    screen: Screen
    total: int
    _ended: int = field(default=0, init=False)
    _took: float = field(default=0.0, init=False)
    _refused: str = field(default="", init=False)

    def run(self, records: Iterable[Record]) -> Done:
        """Send the records and return once everything is at rest.

        Raises:
            Fatal: a child died too often, or nothing moves any more.
            Transient: the broker is gone.
        """
        settings = self.fleet.settings
        rest = Rest(QUIET, STALLED, monotonic())
        with clients.reader(settings) as consumer, Publishing(settings, records, AHEAD) as publishing:
            next_look = 0.0
            while True:
                self.supervisor.watch()
                if (now := monotonic()) >= next_look:
                    done = self._look(consumer, publishing, rest, now)
                    if done is not None:
                        return done
                    next_look = monotonic() + max(LOOK_EVERY, LOOK_SHARE * (monotonic() - now))
                self._show(publishing)
                time.sleep(TICK)

    def _look(self, consumer: KafkaConsumer, publishing: Publishing, rest: Rest, now: float) -> Done | None:
        try:
            status = look_with(consumer, self.fleet.settings)
            rows = read_rows(consumer, self.fleet.settings)
        except Transient as error:
            # A broker that was started again; if it stays away, nothing moves and we give up.
            status, self._refused = None, f" The last look failed: {error}"
        if status is not None:
            self._refused = ""
            rest.look(status, now)
            if status.ledger.ended != self._ended:
                self._ended = publishing.ended = status.ledger.ended
                self._took = now - publishing.began
            final = time_is_final(rows, self.fleet.settings.disorder // _MS)
            if publishing.done and rest.reached(status, self.total, now, final=final):
                return Done(status, rows, self._took)
        if rest.hopeless(now):
            missing = self.total - self._ended
            raise Fatal(
                f"nothing has moved for {STALLED:g} s; {missing:,} of {self.total:,} events have not ended. "
                f"The logs are in {self.fleet.home.logs}.{self._refused}"
            )
        return None

    def _show(self, publishing: Publishing) -> None:
        self.screen.progress(
            sent=publishing.sent,
            ended=self._ended,
            total=self.total,
            reached=publishing.reached,
            rate=self._ended / self._took if self._took else 0.0,
        )
