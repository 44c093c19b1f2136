"""Sends what the outbox holds, over one channel, until it is told to stop.

The order of steps makes every crash harmless: the mail is in the store before it is sent, and marked after
the server took it. A crash between the two sends the same bytes again, under the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import structlog

from alerts.channels import Channel, Misconfigured, Unavailable
from schemas.errors import Permanent, Transient
from streams.notifier.leadership import Leadership
from streams.notifier.outbox import Due, Outbox

log = structlog.get_logger(__name__)

RUN = 50
IDLE_SECONDS = 1.0
LONGEST_PAUSE_MS = 60_000
FIRST_PAUSE_MS = 500


class Sender:
    """One loop over the outbox.

    Args:
        outbox: what to send.
        channel: how.
        address: sender of every mail.
        leadership: confirmed before each run.
        now: wall clock, ms.
        wake: set by others when there may be something to send, or when `stop` was set.
        stop: ends the loop after the mail at hand.
    """

    def __init__(
        self,
        outbox: Outbox,
        channel: Channel,
        address: str,
        *,
        leadership: Leadership,
        now: Callable[[], int],
        wake: Event,
        stop: Event,
    ) -> None:
        self._outbox = outbox
        self._channel = channel
        self._address = address
        self._leadership = leadership
        self._now = now
        self._wake = wake
        self._stop = stop
        self._failures = 0
        self._paused_until = 0

    def run(self) -> None:
        """Send until `stop` is set.

        Raises:
            StoreUnavailable: the store cannot be used; nothing is lost, but no mark can be made.
        """
        try:
            while not self._stop.is_set():
                self._wake.clear()
                if not self.run_once():
                    self._channel.close()
                    self._wake.wait(self._idle_seconds())
        finally:
            self._channel.close()

    def run_once(self) -> bool:
        """Send what is due, at most a run of it; whether there may be more right now."""
        if self._now() < self._paused_until:
            return False
        self._leadership.confirm()
        run = self._outbox.due(self._now(), RUN)
        for mail in run:
            if self._stop.is_set() or not self._send(mail):
                return False
        return bool(run)

    def _send(self, mail: Due) -> bool:
        """Send one mail and mark what became of it; whether others may follow."""
        tell = log.bind(id=mail.id, to=mail.recipient, message_id=mail.message_id, attempt=mail.attempts + 1)
        try:
            self._channel.send(self._address, mail.recipient, mail.content)
        except Permanent as error:
            self._outbox.park(mail.id, str(error))
            tell.warning("mail parked: the server will never take it", error=str(error))
        except Unavailable as error:
            return self._pause(mail, error)
        except Transient as error:
            self._again(mail, error)
        else:
            self._outbox.sent(mail.id, self._now())
            self._failures = 0
            tell.debug("mail sent")
        return True

    def _again(self, mail: Due, error: Transient) -> None:
        now = self._now()
        next_ms = self._outbox.again(mail, str(error), now)
        if next_ms is None:
            log.warning("mail parked: tried long enough", id=mail.id, to=mail.recipient, error=str(error))
        else:
            seconds = round((next_ms - now) / 1000, 1)
            log.warning(
                "mail not taken yet", id=mail.id, to=mail.recipient, again_in_s=seconds, error=str(error)
            )

    def _pause(self, mail: Due, error: Unavailable) -> bool:
        """Nothing can be sent: one mail is the probe, the others wait without being tried."""
        if self._stop.is_set():
            return False  # we cut the connection ourselves; the mail stays due as it was
        now = self._now()
        self._outbox.again(mail, str(error), now)
        pause = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** min(self._failures, 20))
        self._failures += 1
        self._paused_until = now + pause
        loud = isinstance(error, Misconfigured)
        tell = log.error if loud else log.warning
        what = "no mail can be sent until a setting is mended" if loud else "the mail server cannot be used"
        tell(what, error=str(error), again_in_s=round(pause / 1000, 1))
        return False

    def _idle_seconds(self) -> float:
        next_ms = self._outbox.next_ms()
        if next_ms is None:
            return IDLE_SECONDS
        wait = max(next_ms, self._paused_until) - self._now()
        return min(IDLE_SECONDS, max(0.0, wait / 1000))
