"""Lines of JSON lines files of any size, gzipped or not, with a progress bar where somebody watches."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from schemas.errors import Permanent

STDIN = Path("-")
LONGEST = 4 << 20
"""Bytes of a line that are kept; far above what an event may have, far below what would fill the memory."""

Opener = Callable[[Path], IO[bytes]]


@contextmanager
def opener() -> Iterator[Opener]:
    """A way to open files that shows on stderr, if that is a terminal, how far the reader has come."""
    console = Console(file=sys.stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    bar = Progress(
        *columns,
        console=console,
        transient=True,
        disable=not sys.stderr.isatty(),
        # What is printed above the bar goes where the bar is; what goes into a pipe must stay there.
        redirect_stdout=sys.stdout.isatty(),
    )
    with bar as progress:
        yield lambda file: cast("IO[bytes]", progress.open(file, "rb", description=file.name))


def read(file: Path, open_file: Opener) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers from 1; `-` is standard input, blank lines are left out.

    A line longer than `LONGEST` is cut there, its rest is skipped.

    Raises:
        Permanent: it cannot be read to its end, or is no gzip file although its name says so.
    """
    try:
        with sys.stdin.buffer if file == STDIN else open_file(file) as raw:
            unpacked = gzip.GzipFile(fileobj=raw) if file.suffix == ".gz" else raw
            yield from _numbered(cast("BinaryIO", unpacked))
    except (OSError, EOFError, zlib.error) as error:
        raise Permanent(f"{file} cannot be read: {error}.") from error


def _numbered(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := stream.readline(LONGEST):
        number += 1
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(LONGEST)
        if stripped := line.strip():
            yield number, stripped
