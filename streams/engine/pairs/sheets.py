"""The orders of days that are not over, as rows: what one step keeps of a day goes into few of them.

A row is a *sheet*: a line of JSON, [[customer, order, time, event id], ...], and for each of these a line
with its basket as it will travel. Its key is `o/` + end of the day + `/` + the sheet's name, which says how
much had been read before the step, and which sheet of that step it is: later steps only take from it. So a
step writes what is new, and a day is sent as it stands.
"""

from __future__ import annotations

from typing import Any

import orjson

from streams.engine.state import Outcome, State

ORDERS = b"o/"
MOST = 100
"""Orders on one sheet: when one is taken away, the rest is written anew."""

_BYTES = 100_000
_DAY = slice(len(ORDERS), len(ORDERS) + 15)

Who = tuple[str, str]
"""A customer and an order."""

Rank = list[Any]
"""Time and id of an order's event; the newest counts."""


class Sheet:
    """Orders in the order in which they came.

    Args:
        raw: the row; None for a sheet without orders.

    >>> sheet = Sheet()
    >>> sheet.put(("c", "o"), [7, "e"], b"[]")
    >>> sheet = Sheet(sheet.dumps())
    >>> sheet.rank(("c", "o")), sheet.rank(("c", "p"))
    ([7, 'e'], None)
    >>> sheet.drop(("c", "o"))
    >>> sheet.dumps() is None
    True
    """

    def __init__(self, raw: bytes | None = None) -> None:
        self._kept: dict[Who, tuple[Rank, bytes]] = {}
        self._size = 0
        if raw is not None:
            names, *baskets = raw.split(b"\n")
            for (customer, order, *rank), basket in zip(orjson.loads(names), baskets, strict=True):
                self.put((customer, order), rank, basket)

    @property
    def full(self) -> bool:
        """Whether another order belongs on another sheet."""
        return len(self._kept) >= MOST or self._size >= _BYTES

    def rank(self, who: Who) -> Rank | None:
        """The event whose basket is kept; None where there is none."""
        kept = self._kept.get(who)
        return None if kept is None else kept[0]

    def put(self, who: Who, rank: Rank, basket: bytes) -> None:
        """Keep a basket, instead of that of an older event."""
        self._kept[who] = rank, basket
        self._size += len(basket)

    def drop(self, who: Who) -> None:
        """Keep it no longer."""
        self._kept.pop(who, None)

    def dumps(self) -> bytes | None:
        """The row; None where nothing is left."""
        if not self._kept:
            return None
        names = orjson.dumps([[*who, *rank] for who, (rank, _) in self._kept.items()])
        return b"\n".join([names, *(basket for _, basket in self._kept.values())])


class Sheets:
    """The sheets that a step changes; they are copies.

    Args:
        state: the partition's state before the step.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._read = sum(state.row.offsets.values())
        self._open: dict[bytes, Sheet] = {}
        self._newest: dict[int, tuple[str, Sheet]] = {}

    def newest(self, day: int) -> tuple[str, Sheet]:
        """The sheet that takes what is new of a day, and its name."""
        found = self._newest.get(day)
        if found is None or found[1].full:
            name = f"{self._read}.{len(self._open)}"
            found = self._newest[day] = name, self.sheet(day, name)
        return found

    def sheet(self, day: int, name: str) -> Sheet:
        """A sheet by its name; a new one where there is none."""
        key = _key(day, name)
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = Sheet(self._state.rows.get(key))
        return found

    def write(self, outcome: Outcome) -> None:
        """Write what was changed."""
        for key, sheet in self._open.items():
            raw = sheet.dumps()
            if raw is not None or key in self._state.rows:
                outcome.rows[key] = raw


def day_of(key: bytes) -> int:
    """The end of the day of a sheet by its row's key, ms."""
    return int(key[_DAY])


def baskets_of(raw: bytes) -> list[bytes]:
    """All baskets on a sheet."""
    return raw.split(b"\n")[1:]


def _key(day: int, name: str) -> bytes:
    return ORDERS + b"%015d/" % day + name.encode()
