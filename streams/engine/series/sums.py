"""Sums of base buckets over partitions and time: whole numbers, so that their order does not matter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.measures import MEASURES, OVERALL, Measure

Slice = tuple[str, str, str]
"""Measure, dimension, value."""
Parts = tuple[int, int, int]
"""What is above the line, what is below it, and whether a generated event is behind it."""

_RATIOS = frozenset(name for name, each in MEASURES.items() if each.kind == "ratio")
_LARGEST = 1 << 62  # JSON's whole numbers end at 64 bits


@dataclass
class Sums:
    """What has been added up.

    Attributes:
        values: by slice.
        quality: by publisher, event type and field: how often it was empty, of how many events.
        labels: by publisher, field and value: how often.
    """

    values: dict[Slice, Parts] = field(default_factory=dict)
    quality: dict[Slice, tuple[int, int]] = field(default_factory=dict)
    labels: dict[Slice, int] = field(default_factory=dict)

    def add(self, content: Mapping[str, Any]) -> None:
        """Add a record of a partition, or a row."""
        values, quality, labels = self.values, self.quality, self.labels
        for measure, dimension, value, num, den, generated in content["values"]:
            at = (measure, dimension, value)
            known = values.get(at)
            if known is None:
                values[at] = (num, den if measure in _RATIOS else 1, generated)
            else:
                before, of, any_generated = known
                below = den + of if measure in _RATIOS else 1
                values[at] = (num + before, below, generated | any_generated)
        for source, kind, name, empty, events in content["quality"]:
            before, of = quality.get((source, kind, name), (0, 0))
            quality[source, kind, name] = (empty + before, events + of)
        for source, name, value, n in content["labels"]:
            labels[source, name, value] = labels.get((source, name, value), 0) + n

    def merge(self, other: Sums) -> None:
        """Add what has been added up elsewhere."""
        values, quality, labels = self.values, self.quality, self.labels
        for at, parts in other.values.items():
            known = values.get(at)
            if known is None:
                values[at] = parts
            else:
                below = parts[1] + known[1] if at[0] in _RATIOS else 1
                values[at] = (parts[0] + known[0], below, parts[2] | known[2])
        for at, (empty, events) in other.quality.items():
            before, of = quality.get(at, (0, 0))
            quality[at] = (empty + before, events + of)
        for at, n in other.labels.items():
            labels[at] = labels.get(at, 0) + n

    def settle(self) -> None:
        """Put all in order, and within what a row can say: as `add` would read it back from `dump`."""
        values, quality, labels = self.values, self.quality, self.labels
        self.values = {
            at: (bounded(num), bounded(den), generated)
            for at in sorted(values)
            for num, den, generated in (values[at],)
        }
        self.quality = {at: (bounded(quality[at][0]), bounded(quality[at][1])) for at in sorted(quality)}
        self.labels = {at: bounded(labels[at]) for at in sorted(labels)}

    def dump(self) -> dict[str, Any]:
        """As a row, of what is settled; `add` reads it back."""
        return {
            "values": [(*at, *parts) for at, parts in self.values.items()],
            "quality": [(*at, *counts) for at, counts in self.quality.items()],
            "labels": [(*at, n) for at, n in self.labels.items()],
        }

    def trim(self, most: int, kept: Callable[[], Collection[Slice]]) -> None:
        """Of each measure and dimension keep so many slices, the largest, beside those in `kept`."""
        by_cut: dict[tuple[str, str], list[Slice]] = {}
        for at in self.values:
            if at[1] != OVERALL:
                by_cut.setdefault(at[:2], []).append(at)
        many = [slices for slices in by_cut.values() if len(slices) > most]
        stay = kept() if many else ()
        for slices in many:
            others = [each for each in slices if each not in stay]
            others.sort(key=lambda each: (-volume(MEASURES[each[0]], *self.values[each][:2]), each))
            for each in others[most:]:
                del self.values[each]


def volume(measure: Measure, num: float, den: float) -> float:
    """How much a slice has of what is measured: events of a ratio are those below the line."""
    return den if measure.kind == "ratio" else abs(num) / measure.scale


def total(parts: Sequence[Sums]) -> Sums:
    """The sum of several; of one it is that one itself."""
    if len(parts) == 1:
        return parts[0]
    found = Sums()
    for each in parts:
        found.merge(each)
    return found


def bounded(number: int) -> int:
    """A whole number that JSON can say.

    >>> bounded(1 << 70) == 1 << 62, bounded(-3)
    (True, -3)
    """
    if -_LARGEST <= number <= _LARGEST:
        return number
    return _LARGEST if number > 0 else -_LARGEST
