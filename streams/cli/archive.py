"""`tocsin archive`: events, alerts and scores into files by day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli import _options

if TYPE_CHECKING:
    from streams.archive.writer import Writer

app = typer.Typer()


@app.command("archive")
def archive(
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Where the files go; otherwise TOCSIN_ARCHIVE_DIR."),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="End once everything that is in the topics now is in files.")
    ] = False,
    broker: _options.Broker = None,
    prefix: _options.Prefix = None,
    as_json: _options.Json = False,
) -> None:
    """Keep every event, alert and score in Parquet files by day, until Ctrl-C or SIGTERM.

    The files are `DIR/KIND/day=YYYY-MM-DD/*.parquet`, where the day is the UTC day of the event's time.
    DuckDB and pandas read them; `tocsin backtest` and `tocsin pairs` take DIR in the place of a file. Killed
    at any moment, it goes on where its files end: no event is missing, none is there twice. What is a dead
    letter is counted and left out. A folder has one writer.

    Exit codes: 0 stopped, or everything is in files; 2 a setting or the folder is wrong; 3 the broker or the
    folder cannot be used now.

    Examples:
    - `tocsin archive`
    - `tocsin archive --once --dir var/archive --json`
    """
    import signal  # noqa: PLC0415 - keeps `tocsin --help` quick
    from threading import Event  # noqa: PLC0415 - the same

    from streams.archive.kinds import kinds  # noqa: PLC0415 - the same
    from streams.archive.ledger import Archive  # noqa: PLC0415 - the same
    from streams.archive.service import Service  # noqa: PLC0415 - the same
    from streams.archive.writer import Writer  # noqa: PLC0415 - the same
    from streams.cli import _output  # noqa: PLC0415 - the same
    from streams.clock import now_ms  # noqa: PLC0415 - the same

    settings = _options.settings(broker=broker, topic_prefix=prefix, archive_dir=folder)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    place = Archive(settings.archive_dir)
    with place.opened():
        writer = Writer(place, kinds(), settings.archive_rows)
        Service(settings, writer, now_ms, stop, once=once).run()
        came = _summary(writer)
    if as_json:
        _output.write_json(came)
    else:
        print(f"{came['rows']:,} rows written in {came['files']:,} files, in {settings.archive_dir}.")
        _output.console().print(_table(came))


def _summary(writer: Writer) -> dict[str, Any]:
    tallies = {name: tally.model_dump() for name, tally in sorted(writer.archive.ledger.tallies.items())}
    written = writer.written
    return {"rows": written.rows, "files": written.files, "merged": written.merged, "kinds": tallies}


def _table(came: dict[str, Any]) -> Any:
    from streams.cli import _output  # noqa: PLC0415 - keeps `tocsin --help` quick

    return _output.table(
        "Since the archive began",
        ("kind", "rows#", "duplicates#", "dead letters#"),
        [
            (name, tally["rows"], tally["duplicates"], sum(tally["unreadable"].values()))
            for name, tally in came["kinds"].items()
        ],
    )
