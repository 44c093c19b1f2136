"""What one group of events has added to one base bucket, as it stands in its row.

A *column* is a component, cut by a dimension or not: `orders`, `orders/region`. It adds up by value; what is
not cut has one, the empty text.

    sums        {column: {value: sum}} of observed events
    generated   the same of generated ones, so that a value can tell whether any of them is behind it
    nulls       {source, line feed, event type: {one digit for each optional field, 1 where empty: events}}
    labels      {source, line feed, field: {value: events}}

Values are named by outsiders, and a row must not grow with them. Of too many those with the lowest checksum
keep their own sum, the same ones in every bucket and partition; the others go together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from zlib import crc32

import orjson

from schemas.measures import OTHERS

Columns = dict[str, dict[str, int]]

MOST_SOURCES = 100
MOST_LABELS = 50  # of one source and field
MOST_LABELS_IN_ALL = 2_000
_BETWEEN = "\n"  # no source and no field has one


@dataclass(slots=True)
class Bucket:
    """The sums of one base bucket; see above."""

    sums: Columns = field(default_factory=dict)
    generated: Columns = field(default_factory=dict)
    nulls: Columns = field(default_factory=dict)
    labels: Columns = field(default_factory=dict)

    def copy(self) -> Bucket:
        """An independent copy."""
        return Bucket(*({name: column.copy() for name, column in part.items()} for part in self._parts()))

    def add(self, other: Bucket) -> None:
        """Add what another group of events, or another step, has added."""
        for mine, theirs in zip(self._parts(), other._parts(), strict=True):
            for name, column in theirs.items():
                found = mine.get(name)
                if found is None:
                    mine[name] = column.copy()
                    continue
                for value, n in column.items():
                    found[value] = found.get(value, 0) + n

    def trim(self, values: int, slack: int = 1) -> None:
        """Put together what is beyond `values` values of a column, and beyond the other bounds above.

        Args:
            values: of one column.
            slack: how many times as many may stay as they are; only a bucket that grows is worth the sorting.
        """
        for part in (self.sums, self.generated):
            for column in part.values():
                if len(column) > slack * values:
                    _put_together(column, values)
        for part in (self.nulls, self.labels):
            if len(part) > slack * MOST_SOURCES:
                _few_sources(part)
        for column in self.labels.values():
            if len(column) > slack * MOST_LABELS:
                _put_together(column, MOST_LABELS)
        if sum(map(len, self.labels.values())) > slack * MOST_LABELS_IN_ALL:
            each = MOST_LABELS_IN_ALL // len(self.labels)
            for column in self.labels.values():
                _put_together(column, each)

    def dumps(self) -> bytes | None:
        """The row; None where everything has been taken back."""
        if not self:
            return None
        return orjson.dumps(
            {"sums": self.sums, "generated": self.generated, "nulls": self.nulls, "labels": self.labels}
        )

    @classmethod
    def loads(cls, raw: bytes) -> Bucket:
        """Read back what `dumps` wrote.

        >>> bucket = Bucket({"orders/region": {"West": 3}})
        >>> Bucket.loads(bucket.dumps() or b"") == bucket
        True
        """
        return cls(**orjson.loads(raw))

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return any(n for part in self._parts() for column in part.values() for n in column.values())

    def _parts(self) -> tuple[Columns, ...]:
        return (self.sums, self.generated, self.nulls, self.labels)


def _put_together(column: dict[str, int], most: int) -> None:
    """Keep the values with the lowest checksums and give the rest to the others."""
    for value in _ordered(value for value in column if value != OTHERS)[most:]:
        column[OTHERS] = column.get(OTHERS, 0) + column.pop(value)


def _few_sources(part: Columns) -> None:
    sources = _ordered({name.partition(_BETWEEN)[0] for name in part} - {OTHERS})
    many = set(sources[MOST_SOURCES:])
    for name in list(part):
        source, _, rest = name.partition(_BETWEEN)
        if source in many:
            others = part.setdefault(f"{OTHERS}{_BETWEEN}{rest}", {})
            for value, n in part.pop(name).items():
                others[value] = others.get(value, 0) + n


def _ordered(values: Iterable[str]) -> list[str]:
    return sorted(values, key=lambda value: (crc32(value.encode()), value))
