"""A CSV file through the detector of one series, a row in and a row out."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from detectors.series.point import Point
from detectors.series.series import Series
from schemas.errors import Permanent

COLUMNS = ("time", "value", "expected", "lower", "upper", "score", "alert", "direction")
# Seconds since 1970 stay below this until the year 5138; milliseconds are above it since March 1973.
_SECONDS_END = 1e11
_SHOWN = 5


@dataclass(slots=True)
class Tally:
    """What was read, and what could not be used."""

    rows: int = 0
    alerts: int = 0
    recovered: int = 0
    empty: int = 0
    bad_values: int = 0
    bad_times: int = 0
    untimely: int = 0
    times: str = ""
    examples: list[str] = field(default_factory=list)

    def example(self, words: str) -> None:
        """Keep the first few, for the person who looks for them."""
        if len(self.examples) < _SHOWN:
            self.examples.append(words)


def detect(
    lines: TextIO, series: Series, time: str, value: str, tally: Tally
) -> Iterator[tuple[dict[str, str], Point | None]]:
    """Every row of a CSV as (its columns to write, what the series said); None where the time cannot be read.

    Raises:
        Permanent: there is no header, or it has no such column.
    """
    try:
        reader = csv.reader(lines)
        header = next(reader, None)
        where = _column(header, time), _column(header, value)
        for cells in reader:
            if cells:
                tally.rows += 1
                yield _row(cells, where, f"line {reader.line_num}", series, tally)
    except csv.Error as wrong:
        raise Permanent(f"the file is no CSV: line {reader.line_num}: {wrong}.") from wrong


def _row(
    cells: list[str], where: tuple[int, int], place: str, series: Series, tally: Tally
) -> tuple[dict[str, str], Point | None]:
    told, written = (cells[index].strip() if index < len(cells) else "" for index in where)
    row = dict.fromkeys(COLUMNS, "") | {"time": told, "value": written, "score": "0.0", "alert": "false"}
    try:
        at_ms, kind = moment(told)
    except ValueError:
        tally.bad_times += 1
        tally.example(f"{place}: {told!r:.60} is no time")
        return row, None
    if not tally.times:
        tally.times = kind
    number = _number(written)
    if number is None:
        tally.empty += 1
    elif not math.isfinite(number):
        tally.bad_values += 1
        tally.example(f"{place}: {written!r:.60} is no usable number")
    before = series.skipped
    point = series.update(at_ms, number)
    if series.skipped > before:
        tally.untimely += 1
        tally.example(f"{place}: {told!r:.60}: {point.note}")
    tally.alerts += point.alert
    tally.recovered += point.ended == "recovered"
    row["expected"], row["lower"], row["upper"] = map(_cell, (point.expected, point.lower, point.upper))
    row["score"], row["alert"] = repr(point.score), "true" if point.alert else "false"
    row["direction"] = point.direction
    return row, point


def moment(told: str) -> tuple[int, str]:
    """(ms since 1970 UTC, what the words were taken for).

    Raises:
        ValueError: this is no time.

    >>> moment("2014-04-01 00:05:00"), moment("2014-04-01T02:05:00+02:00")
    ((1396310700000, 'ISO 8601 without a zone, taken as UTC'), (1396310700000, 'ISO 8601'))
    >>> moment("1396310700"), moment("1396310700000")
    ((1396310700000, 'seconds since 1970'), (1396310700000, 'milliseconds since 1970'))
    """
    try:
        number = float(told)
    except ValueError:
        found = datetime.fromisoformat(told)
        if found.tzinfo is None:
            return _ms(found.replace(tzinfo=UTC)), "ISO 8601 without a zone, taken as UTC"
        return _ms(found), "ISO 8601"
    if not math.isfinite(number):
        raise ValueError(told)
    if abs(number) < _SECONDS_END:
        return round(number * 1000), "seconds since 1970"
    return round(number), "milliseconds since 1970"


def _ms(found: datetime) -> int:
    since = found - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def _number(written: str) -> float | None:
    """The number of a cell, None for an empty one, NaN for anything else."""
    if not written:
        return None
    try:
        return float(written)
    except ValueError:
        return math.nan


def _cell(number: float | None) -> str:
    return "" if number is None else repr(float(f"{number:.10g}"))


def _column(header: list[str] | None, name: str) -> int:
    names = [cell.strip().lstrip("\ufeff") for cell in header or []]
    if name not in names:
        there = ", ".join(repr(each)[:40] for each in names[:20]) or "none, the file is empty"
        raise Permanent(f"there is no column {name!r}; the columns are {there}.")
    return names.index(name)


def open_csv(file: Path) -> TextIO:
    """The file as text; bytes that are no UTF-8 make a bad cell, not a bad file.

    Raises:
        Permanent: it cannot be read.
    """
    try:
        return file.open(newline="", encoding="utf-8-sig", errors="replace")
    except OSError as wrong:
        raise Permanent(f"{file} cannot be read: {wrong.strerror or wrong}.") from wrong


def summary(tally: Tally, series: Series) -> dict[str, Any]:
    """What was read and found, for machines."""
    return {
        "rows": tally.rows,
        "alerts": tally.alerts,
        "recovered": tally.recovered,
        "times": tally.times,
        "bucket_ms": series.bucket_ms,
        "not_used": {
            "empty_values": tally.empty,
            "bad_values": tally.bad_values,
            "bad_times": tally.bad_times,
            "repeated_or_earlier_times": tally.untimely,
        },
        "examples": tally.examples,
    }


@contextmanager
def writing(out: Path | None, otherwise: TextIO) -> Iterator[csv.DictWriter[str]]:
    """A writer of rows with its header; a file appears under its name only when it is whole.

    Raises:
        Permanent: the file cannot be written.
    """
    if out is None:
        yield _writer(otherwise)
        return
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("w", newline="", encoding="utf-8") as lines:
            yield _writer(lines)
        part.replace(out)
    except OSError as wrong:
        raise Permanent(f"{out} cannot be written: {wrong.strerror or wrong}.") from wrong
    finally:
        part.unlink(missing_ok=True)


def _writer(lines: TextIO) -> csv.DictWriter[str]:
    rows = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
    rows.writeheader()
    return rows
