"""`tocsin demo`: from real orders to mails, on this machine."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from streams.cli import _exits, _options

if TYPE_CHECKING:
    from rich.console import Console

    from streams.demo.run import Result
    from streams.demo.supervisor import Supervisor
    from streams.sources.strand import Window

app = typer.Typer()

DAY = ["%Y-%m-%d"]
TERMINATED = 143


@app.command("demo")
def demo(
    *,
    short: Annotated[bool, typer.Option("--short", help="April 2017 only: half a minute.")] = False,
    begin: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="First day, UTC; all of it without.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=DAY, help="Last day, UTC, included.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="So many days from --from on.")] = None,
    directory: Annotated[Path, typer.Option("--dir", help="Where everything is kept.")] = Path("var/demo"),
    config: Annotated[Path | None, typer.Option(help="A tocsin.yaml of your own.")] = None,
    keep_running: Annotated[
        bool, typer.Option("--keep-running", help="Leave everything up at the end, until Ctrl-C.")
    ] = False,
    as_json: _options.Json = False,
) -> None:
    """Send a year of real orders through Kafka, worker and notifier on this machine, and look at the mails.

    Starts the embedded broker, a mail sink, a worker and a notifier on free ports; sends the orders of 2,469
    real households and what a written rule generates around them (marked synthetic; docs/demo.md tells the
    rule and the incidents in it); waits until all is judged and mailed; counts; stops everything again.

    Exit codes: 0 all adds up; 1 it does not; 2 wrong usage; 70 something broke; 130 Ctrl-C.

    Examples:
    - `tocsin demo`
    - `tocsin demo --short --json`
    - `tocsin demo --from 2017-11-01 --days 45 --keep-running`
    """
    from streams.cli import _demo_screen, _output  # noqa: PLC0415 - keeps `tocsin --help` quick
    from streams.demo import run as stages  # noqa: PLC0415 - the same

    window = _window(begin, end, days, short=short)
    _options.settings()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminated)
    console = _demo_screen.beside_json() if as_json else _output.console()
    console.print("Tocsin demo: a grocery chain's customers in 2017, from Kafka to mails.\n", style="bold")

    def at_rest(result: Result, supervisor: Supervisor) -> None:
        if keep_running:
            _demo_screen.closing(console, result)
            _linger(console, supervisor)

    with _demo_screen.Terminal(console) as screen:
        result = stages.run(directory, config, window, screen, at_rest)
    if as_json:
        _output.write_json(dict(result.summary))
    if not keep_running:
        _demo_screen.closing(console, result)
    if result.problems:
        raise typer.Exit(_exits.PROBLEMS)


def _window(begin: datetime | None, end: datetime | None, days: int | None, *, short: bool) -> Window:
    """The event times that are sent."""
    from streams.demo import windows  # noqa: PLC0415 - keeps `tocsin --help` quick

    if short and (begin or end or days):
        raise typer.BadParameter("--short is a window of its own; leave --from, --to and --days away.")
    if end and days:
        raise typer.BadParameter("give --to or --days, not both.")
    if short:
        return windows.SHORT
    first = begin.replace(tzinfo=UTC) if begin else windows.day(windows.ALL.start)
    last = windows.day(windows.ALL.end)
    if days:
        last = first + timedelta(days=days)
    elif end:
        last = end.replace(tzinfo=UTC) + timedelta(days=1)
    chosen = windows.of(first, last)
    if chosen.end <= chosen.start:
        raise typer.BadParameter("the last day is before the first.")
    if chosen.end <= windows.ALL.start or chosen.start >= windows.ALL.end:
        raise typer.BadParameter("the orders are of 2017; choose days of it.")
    return chosen


def _linger(console: Console, supervisor: Supervisor) -> None:
    import time  # noqa: PLC0415 - keeps `tocsin --help` quick

    console.print("\nEverything still runs. Ctrl-C ends it.", style="bold")
    while True:
        supervisor.watch()
        time.sleep(0.2)


def _terminated(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(TERMINATED)
