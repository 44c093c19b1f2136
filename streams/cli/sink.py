"""`tocsin sink`: a mail server that keeps every mail in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import _options

if TYPE_CHECKING:
    from streams.sink import Fault, Sink

app = typer.Typer()


@app.command("sink")
def sink(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the mails go; made if absent.")],
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen on; only this machine by default.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = 2525,
    fault: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Misbehave: rcpt_450, rcpt_550, data_451, data_552, drop_before_store, accept_then_drop "
            "or slow.",
        ),
    ] = None,
    fault_first: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Misbehave N times, then behave; otherwise always.")
    ] = None,
    slow_seconds: Annotated[float, typer.Option(min=0, help="How long the fault `slow` takes.")] = 3.0,
) -> None:
    """Run a mail server that delivers nowhere and keeps each mail as `.eml` and `.html`.

    Once it listens it prints one line, `ready smtp://HOST:PORT`. A mail with a Message-ID that is there
    already replaces it. When it is stopped (Ctrl-C or SIGTERM) it writes `DIR/index.html`.

    Examples:
    - `tocsin sink var/mails`
    - `tocsin sink var/mails --port 0 --fault rcpt_450 --fault-first 3` (greylists three times)
    """
    import asyncio  # noqa: PLC0415 - keeps `tocsin --help` quick

    from streams.mailbox import Mailbox  # noqa: PLC0415
    from streams.sink import FAULTS, Faults, Sink  # noqa: PLC0415

    _options.settings()
    known: dict[str, Fault] = {name: name for name in FAULTS}
    if fault is not None and fault not in known:
        raise typer.BadParameter(f"known are {', '.join(FAULTS)}", param_hint="--fault")
    kind = known[fault] if fault is not None else None
    asyncio.run(_serve(Sink(Mailbox(folder), Faults(kind, fault_first, slow_seconds)), host, port))


async def _serve(sink: Sink, host: str, port: int) -> None:
    import asyncio  # noqa: PLC0415
    import signal  # noqa: PLC0415

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with sink.serving(host, port) as bound:
        print(f"ready smtp://{host}:{bound}", flush=True)
        await stop.wait()
    print(f"{len(sink.mailbox.files())} mails in {sink.mailbox.folder}", flush=True)
