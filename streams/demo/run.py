"""The demo's stages, one after the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from streams.demo import counting, windows
from streams.demo.fleet import Fleet
from streams.demo.found import Found, Real, found, real
from streams.demo.home import Home, opened
from streams.demo.replaying import Done, Replaying
from streams.demo.screen import Screen
from streams.demo.supervisor import Supervisor
from streams.engine.partition_row import Counts, PartitionRow
from streams.mailbox import Mailbox
from streams.sources.shop import Shop
from streams.sources.strand import Window
from streams.summary import adds_up, summary
from streams.topics import INPUTS
from streams.wiring import read_config


@dataclass(frozen=True)
class Result:
    """What a demo came to.

    Attributes:
        summary: as in `summary.json`.
        incidents: those inside the window, with the alerts that rang for them.
        real: what rang of real events alone.
        ledger: where the events of each topic ended.
        home: where everything is.
        mail: one to open; None if none came.
        problems: what does not add up, in sentences; empty if all is well.
    """

    summary: Mapping[str, Any]
    incidents: list[Found]
    real: list[Real]
    ledger: Mapping[str, Counts]
    home: Home
    mail: Path | None
    problems: list[str]


def run(
    root: Path,
    config: Path | None,
    window: Window,
    screen: Screen,
    at_rest: Callable[[Result, Supervisor], None],
) -> Result:
    """Start everything, send a cut of the shop's year through it, wait until it is at rest, count, stop.

    Args:
        root: the demo's folder.
        config: a `tocsin.yaml` of the user's own.
        window: event times that are sent.
        screen: shows how it goes.
        at_rest: called with the result while everything still runs.

    Raises:
        TocsinError: a stage failed; everything is stopped.
    """
    with opened(root, config) as home, Supervisor(screen.say) as supervisor:
        fleet = Fleet.plan(home, windows.quiet_until(window))
        read_config(fleet.settings)  # a wrong file is told before anything is started
        _start(fleet, supervisor, screen)
        shop = Shop(window)  # while the worker gets ready
        sent = shop.count()
        total = sum(sent.values())
        screen.done("Orders", f"{shop.placed:,} real ones; with all that is around them {total:,} events")
        done = Replaying(fleet, supervisor, screen, total).run(shop.records())
        screen.done("Events", f"{total:,} sent and judged in {done.seconds:.1f} s")
        supervisor.run(fleet.drain())
        Mailbox(home.mails).write_index()
        result = _count(fleet, window, sent, done)
        screen.done("Mails", f"{sum(result.summary['mails'].values()):,} in {home.mails}")
        if (quiet := fleet.settings.quiet_until) is not None:
            spared = (
                f"{counting.warm_up(fleet.settings):,} that would have been mailed before {quiet:%Y-%m-%d}"
            )
            screen.done("Warm-up", f"{spared} are stored only")
        home.summary.write_text(json.dumps(result.summary, indent=2) + "\n", encoding="utf-8")
        at_rest(result, supervisor)
    return result


def _start(fleet: Fleet, supervisor: Supervisor, screen: Screen) -> None:
    settings = fleet.settings
    supervisor.start(fleet.broker())
    screen.done("Broker", f"answers at {settings.broker}")
    supervisor.run(fleet.topics())
    screen.done("Topics", f"created, {settings.partitions} partitions each")
    supervisor.start(fleet.sink())
    screen.done("Mail sink", f"takes mails at {settings.smtp_host}:{settings.smtp_port}")
    workers = fleet.workers()
    for worker in workers:
        supervisor.start(worker)
    screen.done("Workers", f"{len(workers)} started, to share the partitions")
    supervisor.start(fleet.notifier())
    screen.done("Notifier", "started")


def _count(fleet: Fleet, window: Window, sent: Mapping[str, int], done: Done) -> Result:
    home, alerts, closed = fleet.home, counting.alerts(fleet.settings), counting.windows(fleet.settings)
    rows = [PartitionRow.loads(orjson.dumps(row)) for stage in done.rows.values() for row in stage.values()]
    taken = {size.topic: size.records for size in done.status.topics if size.topic in _PUBLIC}
    mails = counting.mails(home.mails)
    totals = summary(taken, rows, mails=mails, seconds=done.seconds, closed=closed)
    problems = []
    if taken != {topic: sent.get(topic, 0) for topic in taken}:
        problems.append(f"sent were {dict(sent)}, but the topics hold {taken}.")
    if not adds_up(totals):
        problems.append("processed + dead letters + duplicates + too late is not what was sent.")
    if totals["alerts"] != counting.kinds(alerts):
        problems.append(
            f"the topic alerts holds {counting.kinds(alerts)}, the ledger says {totals['alerts']}."
        )
    return Result(
        summary=totals,
        incidents=found(alerts, window),
        real=real(alerts),
        ledger=done.status.ledger.topics,
        home=home,
        mail=counting.newest_ringing(home.mails),
        problems=problems,
    )


_PUBLIC = frozenset(topic.name for topic in INPUTS)
