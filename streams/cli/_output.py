"""Tables for people and JSON for machines, both on stdout and both safe to show."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from streams.cli._text import one_line

# Wide enough for every table of ours: a pipe or a log has no width to respect.
PIPED_WIDTH = 160


def console() -> Console:
    """Stdout, as wide as the terminal or, in a pipe, as wide as our tables."""
    return Console(
        file=sys.stdout,
        width=None if sys.stdout.isatty() else PIPED_WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
    )


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table; a column whose name ends in `#` holds numbers and is set to the right."""
    built = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        number = column.endswith("#")
        built.add_column(column.removesuffix("#"), justify="right" if number else "left", overflow="fold")
    for row in rows:
        built.add_row(*(Text(_cell(value)) for value in row))
    return built


def write_json(document: Any) -> None:
    """One JSON document, indented, on stdout."""
    print(json.dumps(document, indent=2))


def json_line(document: Any) -> str:
    """One JSON document in one line; ASCII only, so that a terminal has nothing to obey."""
    return json.dumps(document)


def write_json_line(document: Any) -> None:
    """One JSON line on stdout, at once: the reader may be a pipe that waits for it."""
    print(json_line(document), flush=True)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return one_line(str(value))
