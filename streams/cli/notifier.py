"""`tocsin notifier`: alerts become mails."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import _exits, _options
from streams.cli._text import one_line

if TYPE_CHECKING:
    from threading import Event

    from alerts.config import Config
    from streams.settings import Settings

app = typer.Typer()


@app.command("notifier")
def notifier(
    *,
    broker: _options.Broker = None,
    prefix: _options.Prefix = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Analysts and filters; otherwise TOCSIN_CONFIG.")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Inbox and outbox: sqlite or postgresql; otherwise TOCSIN_STORE_URL."
        ),
    ] = None,
    quiet_until: _options.QuietUntil = None,
    drain: Annotated[
        bool, typer.Option("--drain", help="End once everything that is in the topic now has been sent.")
    ] = False,
    drain_timeout: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long a drain may take.")
    ] = 60.0,
    check: Annotated[
        bool, typer.Option("--check", help="Only check the settings file, and say what it does.")
    ] = False,
) -> None:
    """Read alerts, decide who gets them, and send the mails, until Ctrl-C or SIGTERM.

    What is read and what is to be sent lies in one SQL store; killed at any moment, it goes on where it was,
    and a mail that may have been sent is sent again under the same Message-ID. A second notifier on the same
    store waits until the first is gone.

    Exit codes: 0 stopped or drained; 1 not drained in time; 2 a setting or the settings file is wrong;
    3 the store cannot be used; 70 the store is another version's.

    Examples:
    - `tocsin notifier`
    - `tocsin notifier --quiet-until 2026-03-01` (the first start, over a history that was sent again)
    - `tocsin notifier --drain --drain-timeout 120` (send what is there, then end)
    - `tocsin notifier --check --config tocsin.yaml` (who gets what, or what is wrong on which line)
    """
    from threading import Event  # noqa: PLC0415 - keeps `tocsin --help` quick

    from streams.wiring import read_config  # noqa: PLC0415

    settings = _options.settings(
        broker=broker, topic_prefix=prefix, config=config, store_url=store, quiet_until=quiet_until
    )
    readers = read_config(settings)
    if check:
        _explain(settings, readers)
        return
    stop = Event()
    _stop_on_signals(stop)
    from streams.notifier.service import Notifier, smtp_channel  # noqa: PLC0415

    _warn(readers)
    done = Notifier(settings, readers, smtp_channel(settings), stop).run(drain_timeout if drain else None)
    if done.later:
        print(f"{done.later} mails are to be tried again later; a running notifier does so.")
    if done.left:
        print(f"not drained within {drain_timeout:g} s: {done.left}")
        raise typer.Exit(_exits.PROBLEMS)


def _stop_on_signals(stop: Event) -> None:
    import signal  # noqa: PLC0415

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def _warn(config: Config) -> None:
    import structlog  # noqa: PLC0415

    if not config.analysts:
        structlog.get_logger(__name__).warning("no analyst is named in the settings file; nobody gets a mail")


def _explain(settings: Settings, config: Config) -> None:
    print(f"{one_line(str(settings.config))} is right.")
    if settings.quiet_until is not None:
        print(f"Warm-up: nothing of before {settings.quiet_until.isoformat()} is mailed.")
    _explain_watched(config)
    for analyst in config.analysts:
        limit = f", at most {analyst.at_most_per_day} new a day" if analyst.at_most_per_day else ""
        print(f"{analyst.name} <{analyst.mail}>, {analyst.timezone}{limit}")
        for number, subscription in enumerate(analyst.receives, 1):
            end = "" if subscription.recovered else ", but not when it is over"
            print(f"  {number}. {one_line(subscription.words())}{end}")
    if not config.analysts:
        print("No analyst is named; nobody gets a mail.")


def _explain_watched(config: Config) -> None:
    from alerts.config.fields import span  # noqa: PLC0415

    buckets = "" if config.series is None else ", ".join(map(span, config.series.buckets))
    print(f"Series are watched in buckets of {buckets}." if config.series else "Series are not watched.")
    windows = "" if config.pairs is None else ", ".join(map(span, config.pairs.windows))
    print(f"Pairs are looked at over {windows}." if config.pairs else "Pairs are not looked at.")
    for question in config.watch:
        print(f"Question: {one_line(f'{question.name}: {question.words()}')}")
