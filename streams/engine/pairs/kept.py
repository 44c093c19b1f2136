"""The counts of closed days as rows, and windows over them.

A day's row, key `n/` + level + `/` + number of the day + `/` + region + newline + part, is a part of what
`packed.pack` made, so that no row is larger than what a broker takes. All baskets together have no region; a
named one stands behind `=`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count as numbers
from typing import NamedTuple

from detectors.pairs.baskets import Level
from detectors.pairs.counts import Counts
from detectors.pairs.packed import Day, pack, unpack
from detectors.pairs.window import total

DAYS = b"n/"
_PART = 900_000  # bytes

Rows = Mapping[bytes, bytes]
Place = tuple[Level, str | None]
"""A level and a region; None: all."""


class Seen(NamedTuple):
    """A window.

    Attributes:
        counts: of its baskets.
        synthetic: how many of them were generated.
        members: the products of each department that was asked about.
    """

    counts: Counts
    synthetic: int
    members: dict[str, set[str]]


def write(rows: Rows, place: Place, number: int, day: Day) -> dict[bytes, bytes | None]:
    """The rows of a day, in the place of those that are there."""
    raw = pack(day)
    changed: dict[bytes, bytes | None] = dict.fromkeys(_parts(rows, place, number))
    for part, begin in enumerate(range(0, len(raw), _PART)):
        changed[_key(place, number, part)] = raw[begin : begin + _PART]
    return changed


def read(rows: Rows, place: Place, number: int) -> Day | None:
    """A day; None where it had no baskets.

    Raises:
        Permanent: this program cannot read it.
    """
    parts = [rows[key] for key in _parts(rows, place, number)]
    return unpack(b"".join(parts)) if parts else None


def drop(rows: Rows, place: Place, number: int) -> dict[bytes, None]:
    """The rows of a day, to be deleted."""
    return dict.fromkeys(_parts(rows, place, number))


def window(rows: Rows, place: Place, days: range, most: int, departments: frozenset[str]) -> Seen:
    """The sum of days, with at most `most` distinct pairs.

    Raises:
        Permanent: this program cannot read one of them.
    """
    synthetic = 0
    members: dict[str, set[str]] = {name: set() for name in departments}

    def each() -> Iterator[Counts]:
        nonlocal synthetic
        for number in days:
            day = read(rows, place, number)
            if day is not None:
                synthetic += day.synthetic
                for name in departments & day.members.keys():
                    members[name].update(day.counts.names[at] for at in day.members[name])
                yield day.counts

    return Seen(total(each(), most), synthetic, members)


def _key(place: Place, number: int, part: int) -> bytes:
    level, region = place
    named = "" if region is None else f"={region}"
    return DAYS + f"{level}/{number:07}/{named}\n{part:03}".encode()


def _parts(rows: Rows, place: Place, number: int) -> Iterator[bytes]:
    for part in numbers():
        key = _key(place, number, part)
        if key not in rows:
            return
        yield key
