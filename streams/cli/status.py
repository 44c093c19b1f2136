"""`tocsin status`: topics, lag, watermarks, the ledger, churn and what rang."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import _exits, _options

if TYPE_CHECKING:
    from streams.settings import Settings
    from streams.status import Status

app = typer.Typer()


@app.command("status")
def status(
    *,
    broker: _options.Broker = None,
    prefix: _options.Prefix = None,
    watch: Annotated[
        float | None, typer.Option(min=0.2, metavar="SECONDS", help="Look again so often, until Ctrl-C.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit code 1 if records wait and the worker does nothing.")
    ] = False,
    patience: Annotated[
        float, typer.Option(min=0.0, metavar="SECONDS", help="With --check: how long to wait for progress.")
    ] = 10.0,
    as_json: _options.Json = False,
) -> None:
    """Show topics, lag, watermarks, the ledger, churn and what rang, as the worker last committed them.

    `--check` is a health check: it ends with 0 as soon as nothing waits or the worker moves, and with 1 if
    records waited all the time and it did not.

    Examples:
    - `tocsin status`
    - `tocsin status --watch 2`
    - `tocsin status --json | jq .ledger`
    - `tocsin status --check --patience 20`
    """
    from streams.kafka import clients, look  # noqa: PLC0415 - keeps `tocsin --help` quick

    settings = _options.settings(broker=broker, topic_prefix=prefix)
    with clients.reader(settings) as consumer:
        seen = look.look_at_all(consumer, settings)
        _show(settings, seen, as_json=as_json)
        while watch is not None:
            time.sleep(watch)
            _show(settings, look.look_at_all(consumer, settings), as_json=as_json)
        if not check:
            return
        first, waited = seen, 0.0
        while seen.lag and seen.progress == first.progress and waited < patience:
            time.sleep(min(1.0, patience))
            waited += min(1.0, patience)
            seen = look.look_with(consumer, settings)
    if seen.lag and seen.progress == first.progress:
        print(f"{seen.lag:,} records wait, and the worker did nothing for {patience:g} s.")
        raise typer.Exit(_exits.PROBLEMS)


def _show(settings: Settings, seen: Status, *, as_json: bool) -> None:
    from streams.cli import _output, _status_tables  # noqa: PLC0415 - keeps `tocsin --help` quick

    if as_json:
        _output.write_json_line(asdict(seen))
    else:
        console = _output.console()
        for table in _status_tables.tables(settings, seen):
            console.print(table)
            console.print()
