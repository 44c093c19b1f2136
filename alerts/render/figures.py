"""What stands beside an alert's words in a mail: a curve as a picture, and rows as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from alerts.localtime import retold, words
from alerts.render.chart import HEIGHT, WIDTH, png
from alerts.render.clean import clean
from alerts.render.spark import spark
from alerts.timeline import utc
from schemas.shown import Chart, Table

MOST_ROWS_SHOWN = 20


@dataclass(frozen=True)
class Picture:
    """A chart: its bytes and name in the HTML part, a sparkline in the plain one, and words for both."""

    cid: str
    png: bytes
    spark: str
    alt: str
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Grid:
    """A table of text; what did not fit is said."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: str


def shown(text: str, limit: int, zone: tzinfo) -> str:
    """Text from outside on one line, its moments on the reader's clock."""
    return retold(clean(text, limit), zone)


def picture(chart: Chart | None, zone: tzinfo, cid: str) -> Picture | None:
    """A chart as it is drawn; `cid` is its content id in the mail."""
    if chart is None:
        return None
    return Picture(cid, png(chart, zone), spark(chart.actual), _alt(chart, zone))


def grid(table: Table | None, zone: tzinfo) -> Grid | None:
    """A table, as many rows of it as a mail shows."""
    if table is None:
        return None
    left = table.left_out + len(table.rows) - min(len(table.rows), MOST_ROWS_SHOWN)
    rows = tuple(tuple(shown(cell, 120, zone) or "-" for cell in row) for row in table.rows[:MOST_ROWS_SHOWN])
    columns = tuple(shown(column, 60, zone) or "-" for column in table.columns)
    said = f"Left out: {left:,} more row{'s' if left > 1 else ''}." if left else ""
    return Grid(shown(table.title, 200, zone), columns, rows, said)


def _alt(chart: Chart, zone: tzinfo) -> str:
    """What the picture shows, for those who cannot see it."""
    known = [value for value in chart.actual if value is not None]
    unit = clean(chart.unit, 40)
    span = f"{words(utc(chart.times[0]), zone)} to {words(utc(chart.times[-1]), zone)}"
    values = f"from {min(known):,.6g} to {max(known):,.6g}" if known else "nothing known"
    return clean(f"{shown(chart.title, 120, zone)}{', ' if unit else ''}{unit}: {values}, {span}", 300)
