"""The notifier as a whole: a reader and a sender side by side on one store, and a clean stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

import stamina.instrumentation
import structlog

from alerts.channels import Channel
from alerts.channels.smtp import Server, SmtpChannel
from alerts.config import Config
from alerts.render import Sender as MailSender
from streams.clock import now_ms
from streams.notifier.backoff import Backoff
from streams.notifier.digests import Digests
from streams.notifier.drain import Done, Drain
from streams.notifier.intake import Intake
from streams.notifier.leadership import leadership_of
from streams.notifier.outbox import Outbox
from streams.notifier.reader import Reader
from streams.notifier.sender import Sender
from streams.notifier.slots import Slots
from streams.notifier.store import Store

if TYPE_CHECKING:
    from streams.settings import Settings

log = structlog.get_logger(__name__)

TICK = 0.1
STANDBY_SECONDS = 0.5


@dataclass
class Notifier:
    """Everything wired, nothing running.

    Args:
        stop: set it to end `run` after the batch and the mail at hand.
        patience: seconds that the mail at hand has to end once `stop` is set; then its connection is cut. A
            clean stop takes 20 seconds at most, so half of them are for what follows.
    """

    settings: Settings
    config: Config
    channel: Channel
    stop: Event
    now: Callable[[], int] = now_ms
    patience: float = 8.0

    def __post_init__(self) -> None:
        settings = self.settings
        self._mails = MailSender.of(settings.mail_from, settings.mail_domain)
        self._store = Store(settings.store_url)
        self._leadership = leadership_of(self._store)
        self._outbox = Outbox(self._store, backoff_of(settings))
        wall = settings.clock == "wall"
        quiet = settings.quiet_until
        self._intake = Intake(self._store, self.config.analysts, self._mails, wall=wall, quiet_until=quiet)
        self._digests = Digests(self._store, self._mails, wall=wall)
        self._wake = Event()

    def run(self, drain_seconds: float | None = None) -> Done:
        """Work until `stop` is set, or until all is drained.

        Args:
            drain_seconds: end once everything that is in the topic now has been sent, or this time is over.

        Raises:
            StoreUnavailable: the store cannot be used.
            Permanent: the broker refuses us, or has no such topic.
        """
        stamina.instrumentation.set_on_retry_hooks([_say_retry])
        drain = None
        if drain_seconds is not None:
            drain = Drain(
                self.settings,
                drain_seconds,
                store=self._store,
                outbox=self._outbox,
                intake=self._intake,
                digests=self._digests,
                now=self.now,
            )
        try:
            if self._stand_by(drain):
                self._store.create()
                with self._at_work() as threads:
                    while not self.stop.wait(TICK) and not _ended(threads) and not _over(drain):
                        pass
            return Done() if drain is None else drain.done()
        finally:
            self._leadership.release()
            self._store.close()

    def _stand_by(self, drain: Drain | None) -> bool:
        """Wait until the store is ours; false if there is nothing to do any more."""
        told = False
        while not self._leadership.acquire():
            if not told:
                log.info("another notifier works on the store; standing by", store=self._store.name)
                told = True
            if _over(drain) or self.stop.wait(STANDBY_SECONDS):
                return False
        return True

    @contextmanager
    def _at_work(self) -> Iterator[list[Future[None]]]:
        reader = Reader(
            self.settings,
            self._intake,
            slots=Slots(self.settings, self._digests, self.now),
            confirm=self._leadership.confirm,
            now=self.now,
            wake=self._wake,
            stop=self.stop,
        )
        sender = Sender(
            self._outbox,
            self.channel,
            self._mails.address,
            leadership=self._leadership,
            now=self.now,
            wake=self._wake,
            stop=self.stop,
        )
        with ThreadPoolExecutor(2, "notifier") as pool:
            threads = [pool.submit(reader.run), pool.submit(sender.run)]
            try:
                yield threads
            finally:
                self.stop.set()
                self._wake.set()
                if wait(threads, self.patience).not_done:
                    log.warning("the mail server is slow; its connection is cut")
                    self.channel.abort()
        for thread in threads:
            thread.result()


def smtp_channel(settings: Settings) -> SmtpChannel:
    """The mail server of the settings."""
    return SmtpChannel(
        Server(
            host=settings.smtp_host,
            port=settings.smtp_port,
            tls=settings.smtp_tls,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value(),
            hello=settings.mail_domain,
            timeout=settings.smtp_timeout.total_seconds(),
        )
    )


def backoff_of(settings: Settings) -> Backoff:
    """When mails are tried again, from the settings."""
    ms = timedelta(milliseconds=1)
    return Backoff(
        first_ms=settings.mail_retry_first // ms,
        longest_ms=settings.mail_retry_longest // ms,
        give_up_ms=settings.mail_give_up // ms,
    )


def _ended(threads: list[Future[None]]) -> bool:
    return bool(wait(threads, 0, FIRST_COMPLETED).done)


def _over(drain: Drain | None) -> bool:
    return drain is not None and (drain.finished() or drain.late)


def _say_retry(details: stamina.instrumentation.RetryDetails) -> None:
    log.warning(
        "the broker cannot be used yet; trying again",
        error=str(details.caused_by),
        again_in_s=round(details.wait_for, 1),
    )
