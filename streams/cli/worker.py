"""`tocsin worker`: the streams at work."""

from __future__ import annotations

import signal
from types import FrameType
from typing import NoReturn

import typer

from streams.cli import _options

app = typer.Typer()


def _stopped_early(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Nothing has begun, so there is nothing to finish; the application puts its own handler here."""
    raise SystemExit(0)


@app.command("worker")
def worker(broker: _options.Broker = None, prefix: _options.Prefix = None) -> None:
    """Run a worker until Ctrl-C or SIGTERM: it reads every input, keeps the rows, and rings.

    Start as many as there are partitions, each with its own TOCSIN_WORKER_ID; they share the partitions.
    A clean stop takes less than 20 seconds. Exit codes: 0 stopped cleanly; 2 a setting, tocsin.yaml or a
    topic is not as it must be; 3 no broker; 70 it cannot go on (a supervisor starts it again, and nothing
    is lost).

    Examples:
    - `tocsin worker`
    - `TOCSIN_WORKER_ID=worker-2 tocsin worker --broker kafka:9092`
    """
    signal.signal(signal.SIGTERM, _stopped_early)
    from streams import worker as shell  # noqa: PLC0415 - keeps `tocsin --help` quick

    raise typer.Exit(shell.run(_options.settings(broker=broker, topic_prefix=prefix)))
