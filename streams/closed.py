"""Closed windows added up, as `summary.json` tells of them: series and what was judged of them, pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Closed:
    """What the records of `windows` came to.

    >>> closed = Closed()
    >>> hour = {"window": "series", "from": 0, "to": 3_600_000, "bucket": "1h"}
    >>> closed.add({**hour, "points": [{"series": "orders"}, {"series": "sessions"}]})
    >>> closed.add({**hour, "from": 3_600_000, "points": [{"series": "orders"}]})
    >>> week = {"window": "pairs", "from": 0, "to": 7, "level": "category", "region": None, "baskets": 900}
    >>> week |= {"pairs": 40, "significant": 7, "emerged": 2}
    >>> closed.add({**week, "days": 7})
    >>> closed.add({**week, "days": 28, "emerged": 1})
    >>> closed.series, closed.pairs
    ({'buckets': 3, 'series': 2}, {'baskets': 900, 'pairs': 80, 'significant': 14, 'emerged': 3})
    """

    _points: int = 0
    _names: set[tuple[str, str]] = field(default_factory=set)
    _found: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("pairs", "significant", "emerged"), 0)
    )
    _baskets: dict[tuple[int, str], int] = field(default_factory=dict)

    def add(self, window: Mapping[str, Any]) -> None:
        """Add one window."""
        if window["window"] == "series":
            self._points += len(window["points"])
            self._names |= {(window["bucket"], point["series"]) for point in window["points"]}
            return
        for name in self._found:
            self._found[name] += window[name]
        if not window["region"]:
            of = window["days"], window["level"]
            self._baskets[of] = self._baskets.get(of, 0) + window["baskets"]

    @property
    def series(self) -> dict[str, int]:
        """`buckets`: of all series, judged; `series`: how many there are, by bucket size."""
        return {"buckets": self._points, "series": len(self._names)}

    @property
    def pairs(self) -> dict[str, int]:
        """What windows found, added up; and the baskets of the shortest windows, in which each is once."""
        shortest = min(self._baskets, default=None)
        baskets = 0 if shortest is None else self._baskets[shortest]
        return {"baskets": baskets, **self._found}
