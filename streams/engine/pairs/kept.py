"""The counts of closed days as rows.

A day's row, key `n/` + level + `/` + number of the day + `/` + region + newline + part, is a part of what
`packed.pack` made, so that no row is larger than what a broker takes. All baskets together have no region; a
named one stands behind `=`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count as numbers

from detectors.pairs.baskets import Level
from detectors.pairs.packed import Day, pack, unpack

DAYS = b"n/"
_PART = 900_000  # bytes

Rows = Mapping[bytes, bytes]
Place = tuple[Level, str | None]
"""A level and a region; None: all."""


def write(rows: Rows, place: Place, number: int, day: Day) -> dict[bytes, bytes | None]:
    """The rows of a day, in the place of those that are there."""
    raw = pack(day)
    changed: dict[bytes, bytes | None] = dict.fromkeys(keys(rows, place, number))
    for part, begin in enumerate(range(0, len(raw), _PART)):
        changed[_key(place, number, part)] = raw[begin : begin + _PART]
    return changed


def read(rows: Rows, place: Place, number: int) -> Day | None:
    """A day; None where it had no baskets.

    Raises:
        Permanent: this program cannot read it.
    """
    parts = [rows[key] for key in keys(rows, place, number)]
    return unpack(b"".join(parts)) if parts else None


def drop(rows: Rows, place: Place, number: int) -> dict[bytes, None]:
    """The rows of a day, to be deleted."""
    return dict.fromkeys(keys(rows, place, number))


def keys(rows: Rows, place: Place, number: int) -> Iterator[bytes]:
    """Of the rows of a day, in their order; none where it had no baskets."""
    for part in numbers():
        key = _key(place, number, part)
        if key not in rows:
            return
        yield key


def _key(place: Place, number: int, part: int) -> bytes:
    level, region = place
    named = "" if region is None else f"={region}"
    return DAYS + f"{level}/{number:07}/{named}\n{part:03}".encode()
