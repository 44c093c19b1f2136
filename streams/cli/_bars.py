"""Progress bars on stderr, where they do not mix with what a pipe reads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Update = Callable[[int, int | None], None]


@contextmanager
def bar(what: str, total: int) -> Iterator[Update]:
    """A bar that is gone when it is done; the update takes the count so far and the event time (ms)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[reached]}"),
        TimeElapsedColumn(),
    )
    console = Console(file=sys.stderr, highlight=False, markup=False, emoji=False)
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total, reached="")

        def update(done: int, at: int | None) -> None:
            progress.update(task, completed=done, reached="" if at is None else day(at))

        yield update


def day(at: int) -> str:
    """The UTC day of an event time in ms.

    >>> day(1_483_466_400_000)
    '2017-01-03'
    """
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")
