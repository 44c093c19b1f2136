"""What travels on `series-partials`, as the stage of the series reads it; `telling` writes it."""

from __future__ import annotations

from typing import Any

import orjson

from detectors.series.series import LATEST_MS
from schemas.measures import DIMENSIONS, MEASURES, OVERALL
from streams.engine.intake import foreign
from streams.engine.records import Record
from streams.engine.series.options import DAY

_MOST = 1 << 62
_NAME, _VALUE = 200, 1_000  # characters

_MEASURES, _DIMENSIONS = frozenset(MEASURES), frozenset(DIMENSIONS)


def read(record: Record) -> tuple[int, Any]:
    """The end of a record's bucket, ms, and what is held of it; what this version does not measure is not.

    Raises:
        Poison: Tocsin did not write it.
    """
    try:
        found = orjson.loads(record.value or b"")
        end = _end(found["from"], found["to"])
        values, quality, labels = _list(found, "values"), _list(found, "quality"), _list(found, "labels")
        _check_values(values)
        _check_quality(quality)
        _check_labels(labels)
    except (ValueError, TypeError, KeyError) as error:
        raise foreign(error) from error
    # There is such a series; an overall one has no value, a slice has one.
    measured = [
        each
        for each in values
        if each[0] in _MEASURES and (each[1] in _DIMENSIONS if each[2] else each[1] == OVERALL)
    ]
    return end, {"values": measured, "quality": quality, "labels": labels}


def _end(begin: Any, end: Any) -> int:
    if type(begin) is not int or type(end) is not int:
        raise TypeError(f"from {begin!r:.40} to {end!r:.40}")
    # A local day may be longer than 24 hours.
    if not 0 <= begin < end < LATEST_MS or end > begin + 2 * DAY:
        raise ValueError(f"from {begin} to {end}")
    return end


def _list(found: Any, name: str) -> list[Any]:
    entries = found[name]
    if type(entries) is not list:
        raise TypeError(f"its {name} are no list")
    return entries


# By hand, one plain loop each: a model of a record takes three times as long as all that reads it. Nothing is
# an `int` here that is a truth value.


def _check_values(entries: list[Any]) -> None:
    for measure, dimension, value, num, den, generated in entries:
        if not (
            type(measure) is str is type(dimension) is type(value)
            and len(measure) <= _NAME
            and len(dimension) <= _NAME
            and len(value) <= _VALUE
            and type(num) is int is type(den) is type(generated)
            and -_MOST <= num <= _MOST
            and -_MOST <= den <= _MOST
            and 0 <= generated <= 1
        ):
            raise ValueError(f"a value {[measure, dimension, value, num, den, generated]!r:.200}")


def _check_quality(entries: list[Any]) -> None:
    for source, kind, field, empty, events in entries:
        if not (
            type(source) is str is type(kind) is type(field)
            and len(source) <= _VALUE
            and len(kind) <= _NAME
            and len(field) <= _NAME
            and type(empty) is int is type(events)
            and 0 <= empty <= _MOST
            and 0 <= events <= _MOST
        ):
            raise ValueError(f"a field {[source, kind, field, empty, events]!r:.200}")


def _check_labels(entries: list[Any]) -> None:
    for source, field, value, events in entries:
        if not (
            type(source) is str is type(field) is type(value)
            and len(source) <= _VALUE
            and len(field) <= _NAME
            and len(value) <= _VALUE
            and type(events) is int
            and 0 <= events <= _MOST
        ):
            raise ValueError(f"a label {[source, field, value, events]!r:.200}")
