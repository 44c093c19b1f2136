"""What events have added to a span of time, as it stands in its row: what is not cut, and what is.

A *column* is a component, cut by a dimension or not: `orders`, `orders/region`. Generated events add to
columns of their own, so that it can be told whether any of them is behind a value.

Values are named by outsiders, and a row must not grow with them. Of too many those with the lowest checksum
keep their own sum, the same ones in every span and partition; the others go together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self
from zlib import crc32

import orjson

from schemas.measures import OTHERS

Totals = defaultdict[str, int]
Columns = defaultdict[str, Totals]
Publishers = defaultdict[str, Columns]

LARGEST = 1 << 62
MOST_SOURCES = 100
MOST_LABELS = 50  # of one source and field
MOST_LABELS_IN_ALL = 2_000

_no_totals: Callable[[], Totals] = partial(defaultdict, int)
_no_columns: Callable[[], Columns] = partial(defaultdict, _no_totals)
_no_publishers: Callable[[], Publishers] = partial(defaultdict, _no_columns)


def totals(known: Mapping[str, int]) -> Totals:
    """An independent copy of sums by name."""
    return defaultdict(int, known)


def columns(known: Mapping[str, Mapping[str, int]]) -> Columns:
    """An independent copy of sums by column and value."""
    return defaultdict(_no_totals, {name: totals(column) for name, column in known.items()})


def publishers(known: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Publishers:
    """An independent copy of counts by publisher and two things more."""
    return defaultdict(_no_columns, {name: columns(each) for name, each in known.items()})


@dataclass(slots=True)
class Whole:
    """What is not cut.

    Attributes:
        sums: of observed events, by column.
        generated: of generated ones.
        nulls: events by publisher, type, and which of its optional fields were empty: a digit for each, 1 for
            an empty one.
        made: generated events by publisher.
    """

    sums: Totals = field(default_factory=_no_totals)
    generated: Totals = field(default_factory=_no_totals)
    nulls: Publishers = field(default_factory=_no_publishers)
    made: Totals = field(default_factory=_no_totals)

    def copy(self) -> Whole:
        """An independent copy."""
        return Whole(totals(self.sums), totals(self.generated), publishers(self.nulls), totals(self.made))

    def add(self, other: Whole) -> None:
        """Add what another row has."""
        _add(self.sums, other.sums)
        _add(self.generated, other.generated)
        _add_publishers(self.nulls, other.nulls)
        _add(self.made, other.made)

    def trim(self, values: int, slack: int = 1) -> None:
        """As `Cut.trim`."""
        _few_sources(self.nulls, slack)
        _few(self.made, min(values, MOST_SOURCES), slack)

    def dumps(self) -> bytes | None:
        """The row; None where everything has been taken back."""
        if not (self.nulls or any(self.sums.values()) or any(self.generated.values())):
            return None
        return _dumps(
            {"sums": self.sums, "generated": self.generated, "nulls": self.nulls, "made": self.made}
        )

    @classmethod
    def loads(cls, raw: bytes) -> Self:
        """Read back what `dumps` wrote.

        >>> whole = Whole(totals({"orders": 3}))
        >>> Whole.loads(whole.dumps() or b"") == whole
        True
        """
        row = orjson.loads(raw)
        return cls(
            totals(row["sums"]), totals(row["generated"]), publishers(row["nulls"]), totals(row["made"])
        )


@dataclass(slots=True)
class Cut:
    """What is cut.

    Attributes:
        sums: of observed events, by column and value.
        generated: of generated ones.
        labels: events by publisher, field and value.
    """

    sums: Columns = field(default_factory=_no_columns)
    generated: Columns = field(default_factory=_no_columns)
    labels: Publishers = field(default_factory=_no_publishers)

    def copy(self) -> Cut:
        """An independent copy."""
        return Cut(columns(self.sums), columns(self.generated), publishers(self.labels))

    def add(self, other: Cut) -> None:
        """Add what another row has."""
        _add_columns(self.sums, other.sums)
        _add_columns(self.generated, other.generated)
        _add_publishers(self.labels, other.labels)

    def trim(self, values: int, slack: int = 1) -> None:
        """Put together what is beyond the bounds.

        Args:
            values: of one column.
            slack: how many times as many may stay as they are: only what grows is worth the sorting.
        """
        for part in (self.sums, self.generated):
            for column in part.values():
                _few(column, values, slack)
        _few_sources(self.labels, slack)
        found = [column for fields in self.labels.values() for column in fields.values()]
        for column in found:
            _few(column, MOST_LABELS, slack)
        if sum(map(len, found)) > slack * MOST_LABELS_IN_ALL:
            for column in found:
                _few(column, max(1, MOST_LABELS_IN_ALL // len(found)), 1)

    def dumps(self) -> bytes | None:
        """The row; None where everything has been taken back."""
        sums = (column for part in (self.sums, self.generated) for column in part.values())
        if not (self.labels or any(any(column.values()) for column in sums)):
            return None
        return _dumps({"sums": self.sums, "generated": self.generated, "labels": self.labels})

    @classmethod
    def loads(cls, raw: bytes) -> Self:
        """Read back what `dumps` wrote."""
        row = orjson.loads(raw)
        return cls(columns(row["sums"]), columns(row["generated"]), publishers(row["labels"]))


def held(number: int) -> int:
    """A sum as it may travel: JSON's whole numbers end at 64 bits, and no honest sum comes near that.

    >>> held(7), held(10**30) == LARGEST
    (7, True)
    """
    return max(-LARGEST, min(LARGEST, number))


def _dumps(row: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError:
        return orjson.dumps(_all_held(row))


def _all_held(part: Any) -> Any:
    return held(part) if isinstance(part, int) else {name: _all_held(each) for name, each in part.items()}


def _add(mine: Totals, theirs: Mapping[str, int]) -> None:
    for value, n in theirs.items():
        mine[value] += n


def _add_columns(mine: Columns, theirs: Mapping[str, Mapping[str, int]]) -> None:
    for name, column in theirs.items():
        _add(mine[name], column)


def _add_publishers(mine: Publishers, theirs: Mapping[str, Mapping[str, Mapping[str, int]]]) -> None:
    for source, fields in theirs.items():
        _add_columns(mine[source], fields)


def _few(column: Totals, most: int, slack: int) -> None:
    """Keep the values with the lowest checksums and give the rest to the others."""
    if len(column) > slack * most:
        for value in _beyond(column, most):
            column[OTHERS] += column.pop(value)


def _few_sources(part: Publishers, slack: int) -> None:
    if len(part) > slack * MOST_SOURCES:
        for source in _beyond(part, MOST_SOURCES):
            _add_columns(part[OTHERS], part.pop(source))


def _beyond(values: Iterable[str], most: int) -> list[str]:
    named = (value for value in values if value != OTHERS)
    return sorted(named, key=lambda value: (crc32(value.encode()), value))[most:]
