"""`tocsin broker`: the embedded broker in the foreground."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from streams.cli import _options

app = typer.Typer()


@app.command("broker")
def broker(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 picks a free port.")] = 9092,
    data_dir: Annotated[Path, typer.Option(help="Where it keeps its data and its log.")] = Path("var/broker"),
    keep: Annotated[
        bool, typer.Option(help="Keep records on disk for the next start; without, it is far quicker.")
    ] = True,
    as_json: _options.Json = False,
) -> None:
    """Run the embedded broker until Ctrl-C or SIGTERM. For trying out only, never for production.

    It keeps its data in one folder, listens on this machine only, and may lose what was written just before
    it is killed. In production run Apache Kafka: `docker compose up` starts one.

    The first line on stdout says that it answers, and where.

    Examples:
    - `tocsin broker`
    - `tocsin broker --no-keep`: for a large replay; its records are gone with it
    - `tocsin broker --port 0 --data-dir var/broker-2 --json`
    """
    from streams import broker as embedded  # noqa: PLC0415 - keeps `tocsin --help` quick
    from streams.cli import _output  # noqa: PLC0415 - the same

    _options.settings()
    running = embedded.start(data_dir, port, keeps=keep, own_group=True)
    signal.signal(signal.SIGTERM, _end)
    try:
        if as_json:
            _output.write_json_line({"broker": running.address, "pid": running.process.pid})
        else:
            print(f"The embedded broker answers at {running.address} (for trying out only).", flush=True)
        running.wait()
    except _Ended:
        pass
    finally:
        running.stop()


class _Ended(BaseException):
    """SIGTERM came: a wished end, not an error."""


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise _Ended
