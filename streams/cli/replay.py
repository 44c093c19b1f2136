"""`tocsin replay`: publish events from files."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import _exits, _options
from streams.cli._text import one_line

if TYPE_CHECKING:
    from streams.sources.survey import Survey

app = typer.Typer()

SHOWN = 20


@app.command("replay")
def replay(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="JSON lines; .gz is read too.")],
    *,
    speed: Annotated[
        float | None,
        typer.Option(min=0.001, help="Seconds of event time per second; as fast as it goes without it."),
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Send every line as it is, readable or not: tries out dead letters.")
    ] = False,
    topic: Annotated[
        str, typer.Option(help="With --raw: where lines go that do not name a topic themselves.")
    ] = "orders",
    broker: _options.Broker = None,
    prefix: _options.Prefix = None,
    as_json: _options.Json = False,
) -> None:
    r"""Publish events from files, merged by event time, each file in its own order.

    A line is a CloudEvent, or `{"topic": ..., "key": ..., "event": {...}}`. All files are looked through
    first: a line that cannot be read is told with file and line, nothing is sent, and the exit code is 1.

    A worker that should not compare a replayed past with the wall clock runs with TOCSIN_CLOCK=events.

    Examples:
    - `tocsin replay examples/orders.jsonl`
    - `tocsin replay orders.jsonl.gz tickets.jsonl.gz --speed 3600` (an hour in a second)
    - `tocsin replay broken.jsonl --raw --topic tickets`
    """
    import asyncio  # noqa: PLC0415 - keeps `tocsin --help` quick
    from functools import partial  # noqa: PLC0415 - the same

    from schemas.decode import TOPICS  # noqa: PLC0415 - the same
    from streams.cli import _bars  # noqa: PLC0415 - the same
    from streams.clock import monotonic  # noqa: PLC0415 - the same
    from streams.publish import publish  # noqa: PLC0415 - the same
    from streams.sources import files as sources  # noqa: PLC0415 - the same
    from streams.sources.survey import survey  # noqa: PLC0415 - the same

    if topic not in TOPICS:
        raise typer.BadParameter(f"{topic!r} is no public topic; they are {', '.join(TOPICS)}.")
    settings = _options.settings(broker=broker, topic_prefix=prefix)
    read = partial(sources.raw_record, topic=topic) if raw else sources.record
    found = survey(files, read)
    if found.refused:
        _refuse(found, as_json=as_json)
    began = monotonic()
    records = sources.merged([map(read, sources.lines(file)) for file in files])
    with nullcontext() if as_json else _bars.bar("Sending", found.total) as progress:
        sent = asyncio.run(publish(settings, records, speed=speed, progress=progress))
    _tell(found, sent, monotonic() - began, as_json=as_json)


def _refuse(found: Survey, *, as_json: bool) -> None:
    from streams.cli import _output  # noqa: PLC0415 - keeps `tocsin --help` quick

    if as_json:
        refused = [{"place": place, "problem": problem} for place, problem in found.refused]
        _output.write_json({"sent": 0, "refused": refused})
    else:
        console = _output.console()
        for place, problem in found.refused[:SHOWN]:
            console.print(one_line(f"{place}: {problem}"))
        if len(found.refused) > SHOWN:
            console.print(f"and {len(found.refused) - SHOWN:,} more.")
        console.print("Nothing was sent. Correct the lines, or send them as they are with --raw.")
    raise typer.Exit(_exits.PROBLEMS)


def _tell(found: Survey, sent: int, seconds: float, *, as_json: bool) -> None:
    from streams.cli import _output  # noqa: PLC0415 - keeps `tocsin --help` quick

    if as_json:
        _output.write_json(
            {
                "sent": sent,
                "topics": found.records,
                "seconds": round(seconds, 3),
                "events_per_second": round(sent / seconds) if seconds else sent,
            }
        )
        return
    topics = ", ".join(f"{count:,} to {name}" for name, count in sorted(found.records.items()))
    rate = f" ({sent / seconds:,.0f} a second)" if seconds else ""
    _output.console().print(f"Sent {sent:,} events in {seconds:.1f} s{rate}: {topics or 'no line held one'}.")
