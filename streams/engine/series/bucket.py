"""What events have added to a span of time, as it stands in its row: what is not cut, and what is.

Components are added up in lists, see `components`: one for all that is not cut, and one for each value of a
dimension. Generated events add to lists of their own, so that it can be told whether any of them is behind a
value. In a row, sums go by the names of their components.

Values are named by outsiders, and a row must not grow with them. Of too many those with the lowest checksum
keep their own sums, the same ones in every span and partition; the others go together.
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
from streams.engine.series.components import COMPONENTS

Sums = list[int]
Slices = defaultdict[str, Sums]
Table = defaultdict[str, Slices]
Totals = defaultdict[str, int]
Nulls = defaultdict[tuple[str, str, str], int]
Labels = defaultdict[tuple[str, str], Totals]

LARGEST = 1 << 62
MOST_SOURCES = 100
MOST_LABELS = 50  # of one source and field
MOST_LABELS_IN_ALL = 2_000

NOTHING: Sums = [0] * len(COMPONENTS)
"""What nobody has added to yet; to be copied."""

_no_slices: Callable[[], Slices] = partial(defaultdict, NOTHING.copy)
_no_table: Callable[[], Table] = partial(defaultdict, _no_slices)
_no_totals: Callable[[], Totals] = partial(defaultdict, int)
_no_nulls: Callable[[], Nulls] = partial(defaultdict, int)
_no_labels: Callable[[], Labels] = partial(defaultdict, _no_totals)


@dataclass(slots=True)
class Whole:
    """What is not cut.

    Attributes:
        sums: of observed events.
        generated: of generated ones.
        nulls: events by publisher, type, and which of its optional fields were empty: a digit for each, 1 for
            an empty one.
        made: generated events by publisher.
    """

    sums: Sums = field(default_factory=NOTHING.copy)
    generated: Sums = field(default_factory=NOTHING.copy)
    nulls: Nulls = field(default_factory=_no_nulls)
    made: Totals = field(default_factory=_no_totals)

    def copy(self) -> Whole:
        """An independent copy."""
        return Whole(self.sums.copy(), self.generated.copy(), self.nulls.copy(), self.made.copy())

    def trim(self, values: int, slack: int = 1) -> None:
        """As `Cut.trim`."""
        if len(self.nulls) > slack * MOST_SOURCES:
            for key in _of_sources_beyond(self.nulls, slack):
                self.nulls[OTHERS, key[1], key[2]] += self.nulls.pop(key)
        _few(self.made, min(values, MOST_SOURCES), slack)

    def dumps(self) -> bytes | None:
        """The row; None where everything has been taken back."""
        if not (self.nulls or any(self.sums) or any(self.generated)):
            return None
        nulls: dict[str, dict[str, dict[str, int]]] = {}
        for (source, kind, empty), n in self.nulls.items():
            nulls.setdefault(source, {}).setdefault(kind, {})[empty] = n
        return _dumps(
            {
                "sums": _named(self.sums),
                "generated": _named(self.generated),
                "nulls": nulls,
                "made": self.made,
            }
        )

    @classmethod
    def loads(cls, raw: bytes) -> Self:
        """Read back what `dumps` wrote.

        >>> whole = Whole()
        >>> whole.sums[0] = 3
        >>> Whole.loads(whole.dumps() or b"") == whole
        True
        """
        row = orjson.loads(raw)
        found = cls(_placed(row["sums"]), _placed(row["generated"]), made=defaultdict(int, row["made"]))
        for source, kinds in row["nulls"].items():
            for kind, empties in kinds.items():
                found.nulls.update({(source, kind, empty): n for empty, n in empties.items()})
        return found


@dataclass(slots=True)
class Cut:
    """What is cut.

    Attributes:
        sums: of observed events, by dimension and value.
        generated: of generated ones.
        labels: events by publisher and field, then by value.
    """

    sums: Table = field(default_factory=_no_table)
    generated: Table = field(default_factory=_no_table)
    labels: Labels = field(default_factory=_no_labels)

    def copy(self) -> Cut:
        """An independent copy."""
        found = Cut()
        found.add(self)
        return found

    def add(self, other: Cut) -> None:
        """Add what another row has."""
        for mine, theirs in ((self.sums, other.sums), (self.generated, other.generated)):
            for dimension, slices in theirs.items():
                for value, sums in slices.items():
                    _add(mine[dimension][value], sums)
        for at, values in other.labels.items():
            _add_totals(self.labels[at], values)

    def trim(self, values: int, slack: int = 1) -> None:
        """Put together what is beyond the bounds.

        Args:
            values: of one dimension.
            slack: how many times as many may stay as they are: only what grows is worth the sorting.
        """
        for part in (self.sums, self.generated):
            for slices in part.values():
                if len(slices) > slack * values:
                    for value in _beyond(slices, values):
                        _add(slices[OTHERS], slices.pop(value))
        if len(self.labels) > slack * MOST_SOURCES:
            for at in _of_sources_beyond(self.labels, slack):
                _add_totals(self.labels[OTHERS, at[1]], self.labels.pop(at))
        for column in self.labels.values():
            _few(column, MOST_LABELS, slack)
        if sum(map(len, self.labels.values())) > slack * MOST_LABELS_IN_ALL:
            for column in self.labels.values():
                _few(column, max(1, MOST_LABELS_IN_ALL // len(self.labels)), 1)

    def dumps(self) -> bytes | None:
        """The row; None where everything has been taken back."""
        tables = (slices for part in (self.sums, self.generated) for slices in part.values())
        if not (self.labels or any(any(sums) for slices in tables for sums in slices.values())):
            return None
        labels: dict[str, dict[str, Totals]] = {}
        for (source, name), column in self.labels.items():
            labels.setdefault(source, {})[name] = column
        return _dumps(
            {"sums": _all_named(self.sums), "generated": _all_named(self.generated), "labels": labels}
        )

    @classmethod
    def loads(cls, raw: bytes) -> Self:
        """Read back what `dumps` wrote."""
        row = orjson.loads(raw)
        found = cls()
        for part, known in ((found.sums, row["sums"]), (found.generated, row["generated"])):
            for dimension, values in known.items():
                part[dimension].update({value: _placed(named) for value, named in values.items()})
        for source, fields in row["labels"].items():
            for name, column in fields.items():
                found.labels[source, name].update(column)
        return found


def held(number: int) -> int:
    """A sum as it may travel: JSON's whole numbers end at 64 bits, and no honest sum comes near that.

    >>> held(7), held(10**30) == LARGEST
    (7, True)
    """
    return max(-LARGEST, min(LARGEST, number))


def _named(sums: Sums) -> dict[str, int]:
    return {name: n for name, n in zip(COMPONENTS, sums, strict=True) if n}


def _all_named(table: Table) -> dict[str, dict[str, dict[str, int]]]:
    return {
        dimension: {value: _named(sums) for value, sums in slices.items()}
        for dimension, slices in table.items()
    }


def _placed(named: Mapping[str, int]) -> Sums:
    return [named.get(name, 0) for name in COMPONENTS]


def _dumps(row: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError:
        return orjson.dumps(_all_held(row))


def _all_held(part: Any) -> Any:
    return held(part) if isinstance(part, int) else {name: _all_held(each) for name, each in part.items()}


def _add(mine: Sums, theirs: Sums) -> None:
    for place, n in enumerate(theirs):
        mine[place] += n


def _add_totals(mine: Totals, theirs: Mapping[str, int]) -> None:
    for value, n in theirs.items():
        mine[value] += n


def _few(column: Totals, most: int, slack: int) -> None:
    """Keep the values with the lowest checksums and give the rest to the others."""
    if len(column) > slack * most:
        for value in _beyond(column, most):
            column[OTHERS] += column.pop(value)


def _of_sources_beyond(part: Iterable[tuple[str, ...]], slack: int) -> list[Any]:
    """The keys of what publishers have said of whom there are too many."""
    keys = list(part)
    sources = {key[0] for key in keys}
    beyond = set(_beyond(sources, MOST_SOURCES)) if len(sources) > slack * MOST_SOURCES else ()
    return [key for key in keys if key[0] in beyond]


def _beyond(values: Iterable[str], most: int) -> list[str]:
    named = (value for value in values if value != OTHERS)
    return sorted(named, key=lambda value: (crc32(value.encode()), value))[most:]
