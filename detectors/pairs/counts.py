"""The counts of a day or a window: baskets, items and pairs, as a value that can be added.

A count is exact as long as `slack` is 0. Where a bound on memory was met (`bounded.py`), the true count of
any pair lies in [count, count + slack]; baskets and items are exact always.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.errors import Permanent

Ints: TypeAlias = npt.NDArray[np.int64]

_SHIFT = 32
_MASK = (1 << _SHIFT) - 1

_COLUMNS = ("support", "a", "b", "count")
_NUMBERS = ("baskets", "oversized", "squares", "slack")


def _none() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Counts:
    """What is known of a set of baskets.

    Attributes:
        names: what was bought, sorted.
        support: baskets that hold each name, above 0.
        keys: pairs that were seen, ascending: `first << 32 | second`, places in `names`, first < second.
        counts: baskets that hold each pair, above 0.
        baskets: how many.
        oversized: baskets that were left out because they hold more than the cap.
        squares: the sum of the squared sizes of the baskets.
        slack: the most that any count may be too low; 0: everything is exact.
    """

    names: tuple[str, ...] = ()
    support: Ints = field(default_factory=_none)
    keys: Ints = field(default_factory=_none)
    counts: Ints = field(default_factory=_none)
    baskets: int = 0
    oversized: int = 0
    squares: int = 0
    slack: int = 0

    @property
    def first(self) -> Ints:
        """The place in `names` of each pair's first."""
        return self.keys >> _SHIFT

    @property
    def second(self) -> Ints:
        """The place in `names` of each pair's second."""
        return self.keys & _MASK

    @property
    def possible(self) -> int:
        """All pairs that could have been seen, n (n - 1) / 2 of what was bought."""
        return len(self.names) * (len(self.names) - 1) // 2

    @property
    def effective(self) -> int:
        """Baskets of equal size among which chance would bring two items together as often as among these.

        Who fills a large basket takes more of everything. If each item falls into a basket with a chance in
        proportion to the basket's size, a and b meet support_a * support_b / effective times, where effective
        = (all items)^2 / sum of size (size - 1); never more than there are baskets.
        """
        items = int(self.support.sum())
        return min(self.baskets, items * items // max(self.squares - items, 1))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counts) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment] # a value that holds arrays is no key

    def __add__(self, other: Counts) -> Counts:
        """The counts of both sets of baskets together."""
        return added([self, other])

    def to_json(self) -> dict[str, Any]:
        """What `json` and `orjson` write: columns."""
        return {
            "names": list(self.names),
            "support": self.support.tolist(),
            "a": self.first.tolist(),
            "b": self.second.tolist(),
            "count": self.counts.tolist(),
            "baskets": self.baskets,
            "oversized": self.oversized,
            "squares": self.squares,
            "slack": self.slack,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Counts:
        """What `to_json` wrote.

        Raises:
            Permanent: it is something else; the counts have to be made again from the baskets.
        """
        try:
            support, a, b, count = (np.array(document[name], np.int64) for name in _COLUMNS)
            found = cls(
                tuple(document["names"]),
                support,
                a << _SHIFT | b,
                count,
                **{name: int(document[name]) for name in _NUMBERS},
            )
            _check(found)
        except (KeyError, TypeError, ValueError, OverflowError) as wrong:
            raise Permanent(
                f"these counts of pairs cannot be read ({wrong!r:.80}); count the day's baskets again."
            ) from wrong
        return found


def places(names: Sequence[str], among: Sequence[str]) -> Ints:
    """Where each name stands in a sorted list that holds them all.

    >>> places(["b", "d"], ["a", "b", "c", "d"]).tolist()
    [1, 3]
    """
    return _places(names, {name: n for n, name in enumerate(among)})


def _places(names: Sequence[str], at: dict[str, int]) -> Ints:
    return np.fromiter(map(at.__getitem__, names), np.int64, len(names))


def translated(keys: Ints, names: Sequence[str], among: Sequence[str]) -> tuple[Ints, Ints]:
    """Where both of each pair of `names` stand in another sorted list; -1 where one does not.

    >>> first, second = translated(key(np.array([0, 0]), np.array([1, 2])), ("a", "b", "c"), ("a", "c"))
    >>> first.tolist(), second.tolist()
    ([0, 0], [-1, 1])
    """
    used, which = np.unique(np.concatenate([keys >> _SHIFT, keys & _MASK]), return_inverse=True)
    to = np.array([_place(names[n], among) for n in used.tolist()], np.int64)[which]
    return to[: len(keys)], to[len(keys) :]


def _place(name: str, among: Sequence[str]) -> int:
    at = bisect_left(among, name)
    return at if at < len(among) and among[at] == name else -1


def find(counts: Counts, first: Ints, second: Ints) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Which of some pairs were seen.

    Args:
        counts: of a window.
        first: place of each pair's first in its names, -1 for what was not sold.
        second: of its second.

    Returns:
        Places among the pairs of `counts`, and which of those asked for they are; the rest was not seen.

    >>> seen = Counts(("a", "c"), np.array([1, 1]), np.array([1]), np.array([1]), baskets=1, squares=4)
    >>> at, there = find(seen, np.array([0, 0]), np.array([-1, 1]))
    >>> at.tolist(), there.tolist()
    ([0], [1])
    """
    wanted = key(first, second)  # below 0 where one of them was not sold
    rows = np.searchsorted(counts.keys, wanted)
    there = np.flatnonzero(rows < len(counts.keys))
    there = there[counts.keys[rows[there]] == wanted[there]]
    return rows[there], there


def key(first: Ints, second: Ints) -> Ints:
    """Pairs of places, first < second, as keys of `Counts`."""
    return first << _SHIFT | second


def added(parts: Sequence[Counts]) -> Counts:
    """The counts of several sets of baskets together, in one pass over all of them.

    >>> one = Counts(("a", "b"), np.array([1, 1]), np.array([1]), np.array([1]), baskets=1, squares=4)
    >>> two = Counts(("b",), np.array([2]), baskets=2, squares=2)
    >>> all_of_them = added([one, two, one])
    >>> all_of_them.names, all_of_them.support.tolist(), all_of_them.counts.tolist(), all_of_them.baskets
    (('a', 'b'), [2, 4], [2], 4)
    """
    names = tuple(sorted(set().union(*(part.names for part in parts))))
    at = {name: n for n, name in enumerate(names)}
    support = np.zeros(len(names), np.int64)
    places_of = [_places(part.names, at) for part in parts]
    for part, to in zip(parts, places_of, strict=True):
        support[to] += part.support
    keys, counts = _totals(parts, places_of, len(names).bit_length())
    return Counts(
        names, support, keys, counts, **{each: sum(getattr(p, each) for p in parts) for each in _NUMBERS}
    )


def _totals(parts: Sequence[Counts], places_of: Sequence[Ints], place: int) -> tuple[Ints, Ints]:
    """Pairs, ascending and each once, and their counts; a place among the names has so many bits."""
    most = max((int(part.counts.max(initial=0)) for part in parts), default=0)
    amount = most.bit_length()
    if 2 * place + amount >= 64:  # noqa: PLR2004 - bits of a number
        return _totals_of_many(parts, places_of)
    # Pair and amount in one number: to sort numbers takes half as long as to find their order.
    both = np.empty(sum(len(part.keys) for part in parts), np.int64)
    end = 0
    for part, to in zip(parts, places_of, strict=True):
        begin, end = end, end + len(part.keys)
        span = both[begin:end]
        np.bitwise_or((to << place + amount)[part.first], (to << amount)[part.second], out=span)
        span |= part.counts
    both.sort()
    pairs = both >> amount
    begins = starts(pairs)
    if not len(begins):
        return pairs, both
    both &= (1 << amount) - 1
    second = pairs[begins]
    keys = second >> place << _SHIFT
    second &= (1 << place) - 1
    keys |= second
    return keys, np.add.reduceat(both, begins)


def _totals_of_many(parts: Sequence[Counts], places_of: Sequence[Ints]) -> tuple[Ints, Ints]:
    """The same for more names, and larger counts, than fit into one number."""
    keys = np.concatenate(
        [key(to[part.first], to[part.second]) for part, to in zip(parts, places_of, strict=True)]
    )
    order = np.argsort(keys)
    keys, every = keys[order], np.concatenate([part.counts for part in parts])[order]
    begins = starts(keys)
    return keys[begins], np.add.reduceat(every, begins)


def starts(ascending: Ints) -> npt.NDArray[np.intp]:
    """Where each number is for the first time.

    >>> starts(np.array([3, 3, 7])).tolist(), starts(np.array([], np.int64)).tolist()
    ([0, 2], [])
    """
    if not len(ascending):
        return np.empty(0, np.intp)
    first = np.ones(len(ascending), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    return np.flatnonzero(first)


def _check(counts: Counts) -> None:
    names, keys = counts.names, counts.keys
    first, second = counts.first, counts.second
    sound = (
        all(isinstance(name, str) for name in names)
        and list(names) == sorted(set(names))
        and len(names) == len(counts.support)
        and len(keys) == len(counts.counts)
        and min(counts.baskets, counts.oversized, counts.slack) >= 0
        and counts.squares >= counts.support.sum()
        and (counts.support > 0).all()
        and (counts.support <= counts.baskets).all()
        and (np.diff(keys) > 0).all()
        and (first >= 0).all()
        and (first < second).all()
        and (second < len(names)).all()
        and (counts.counts > 0).all()
        and (counts.counts <= np.minimum(counts.support[first], counts.support[second])).all()
    )
    if not sound:
        raise ValueError("its columns contradict each other")
