"""What closed windows of series and of pairs must say of what there was: values and counts, by pandas.

Beside the values there is what a detector, or a test of significance, thinks of them. That is left to the
tests of those; here every window must be there once, and its numbers must be those of the events.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, pairwise, product
from math import isclose
from typing import Any

import pandas as pd
from support.oracle_measures import GAUGES, MEASURES, added
from support.shop import HOUR

Window = Mapping[str, Any]
At = tuple[str, int]
"""The size of a bucket, and its first moment, ms."""


class Series:
    """The values of all series.

    Args:
        events, dead: see `oracle.read`.
        watermarks: final ones, by partition, ms.
        zone: where days end at midnight.
        currency: of the shop.
    """

    def __init__(
        self,
        events: pd.DataFrame,
        dead: pd.DataFrame,
        watermarks: Mapping[int, int],
        *,
        zone: str,
        currency: str,
    ) -> None:
        self.sums: defaultdict[tuple[Any, ...], float] = defaultdict(float)
        self.changes: defaultdict[tuple[str, str, str], list[tuple[int, float]]] = defaultdict(list)
        rows = pd.DataFrame(added(events, dead, currency))
        self.end = (min(watermarks.values()) - 1) // HOUR * HOUR
        begin = int(rows["at"].min()) // HOUR * HOUR
        days = midnights(rows["at"], zone)
        for (component, at, n, places), day in zip(rows.itertuples(index=False), days, strict=True):
            for dimension, values in places.items():
                for value in values:
                    self.sums[component, dimension, value, "1h", at // HOUR * HOUR] += n
                    self.sums[component, dimension, value, "1d", day] += n
                    self.changes[component, dimension, value].append((at, n))
        marks = midnights(pd.Series(range(begin, self.end + HOUR, HOUR)), zone)
        ends = sorted({int(mark) for mark in marks if mark >= begin})
        self.buckets: dict[At, int] = {("1h", at): at + HOUR for at in range(begin, self.end, HOUR)} | {
            ("1d", one): other for one, other in pairwise(ends)
        }

    def value(self, measure: str, dimension: str, value: str, at: At) -> float | None:
        """What a series was in a bucket; None where it had no value."""
        above, below, _ = MEASURES[measure]
        if measure in GAUGES:
            end = self.buckets[at]
            return sum(n for moment, n in self.changes[above, dimension, value] if moment < end)
        found = self.sums.get((above, dimension, value, *at), 0.0)
        if below is None:
            return found
        of = self.sums.get((below, dimension, value, *at), 0.0)
        return found / of if of else None

    def differences(self, windows: Iterable[Window]) -> Iterator[str]:
        """Where windows are not as they must be, in words."""
        found: defaultdict[At, list[Window]] = defaultdict(list)
        for window in windows:
            found[window["bucket"], window["from"]].append(window)
        for at in sorted(self.buckets.keys() | found.keys()):
            if len(found[at]) != (at in self.buckets):
                yield f"series: {len(found[at])} windows of {at}, wanted {int(at in self.buckets)}"
        known: defaultdict[str, set[str]] = defaultdict(set)
        for at, end in sorted(self.buckets.items()):
            for window in found[at][:1]:
                if window["to"] != end:
                    yield f"series: {at} ends {window['to']}, wanted {end}"
                yield from self._points(at, window["points"], known[at[0]])

    def _points(self, at: At, points: Iterable[Window], known: set[str]) -> Iterator[str]:
        known |= {measure for measure in MEASURES if self._comes(measure, at)}
        whole = Counter(point["measure"] for point in points if not point["dimension"])
        if whole != Counter(known):
            yield f"series: {at} has {dict(whole)}, wanted each of {sorted(known)} once"
        for point in points:
            wanted = self.value(point["measure"], point["dimension"], point["slice"], at)
            if not _same(wanted, point["actual"]):
                yield f"series: {point['series']} of {at} is {point['actual']}, wanted {wanted}"

    def _comes(self, measure: str, at: At) -> bool:
        """Whether there is a value; 0 is one of a ratio alone, if there is something below the line."""
        value = self.value(measure, "", "", at)
        return value is not None and (value != 0 or MEASURES[measure].den is not None)


class Pairs:
    """The baskets of all days, and the windows over them.

    Args:
        events: see `oracle.read`.
        watermarks: final ones, by partition, ms.
        zone: where days end at midnight.
        windows: level, region or None, and days of each window that is closed.
    """

    def __init__(
        self,
        events: pd.DataFrame,
        watermarks: Mapping[int, int],
        *,
        zone: str,
        windows: Iterable[tuple[str, str | None, int]],
    ) -> None:
        self.zone, self.windows = zone, list(windows)
        taken = events[(events.topic == "orders") & (events.outcome != "duplicates")]
        taken = taken.assign(
            order=taken.data.map(lambda data: data["order_id"]),
            day=pd.to_datetime(taken.eff, unit="ms", utc=True).dt.tz_convert(zone).dt.normalize(),
        )
        placed = taken[taken.kind == "placed"].sort_values(["time", "id"])
        first = placed.groupby(["customer", "order"]).day.transform("min")
        baskets = placed[placed.day == first].drop_duplicates(["customer", "order"], keep="last")
        off = taken[taken.kind == "cancelled"].groupby(["customer", "order"]).eff.min().rename("off")
        baskets = baskets.join(off, on=["customer", "order"])
        over = baskets.day + pd.DateOffset(days=1)
        gone = pd.to_datetime(baskets.off, unit="ms", utc=True) < over
        self.baskets = baskets[~gone]
        self.last = pd.Timestamp(min(watermarks.values()), unit="ms", tz="UTC").tz_convert(zone)

    def closes(self) -> Iterator[pd.Timestamp]:
        """The midnights at the ends of Sundays that time has passed."""
        day = self.baskets.day.min()
        while (day := day + pd.DateOffset(days=1)) < self.last:
            if day.day_of_week == 0:
                yield day

    def wanted(self) -> dict[tuple[Any, ...], Counter[tuple[str, ...]]]:
        """Each window by level, region, days, begin and end: its items, its pairs, and of (), its baskets."""
        found = {}
        for end, (level, region, days) in product(self.closes(), self.windows):
            begin = end - pd.DateOffset(days=days)
            if begin < self.baskets.day.min():
                continue
            rows = self.baskets[(self.baskets.day >= begin) & (self.baskets.day < end)]
            counts: Counter[tuple[str, ...]] = Counter()
            for data in rows.data:
                if region in (None, data.get("region")):
                    items = {line.get(_ITEM[level]) for line in data["lines"]} - {None}
                    counts[()] += bool(items)
                    counts.update((item,) for item in items)
                    counts.update(combinations(sorted(items), 2))
            if counts[()]:
                found[level, region, days, _ms(begin), _ms(end)] = counts
        return found

    def differences(self, windows: Iterable[Window]) -> Iterator[str]:
        """Where windows are not as they must be, in words."""
        found: defaultdict[tuple[Any, ...], list[Window]] = defaultdict(list)
        for each in windows:
            found[each["level"], each["region"], each["days"], each["from"], each["to"]].append(each)
        wanted = self.wanted()
        for at in wanted.keys() | found.keys():
            if len(found[at]) != (at in wanted):
                yield f"pairs: {len(found[at])} windows of {at}, wanted {int(at in wanted)}"
        for at, counts in wanted.items():
            for window in found[at]:
                yield from (f"pairs: {at}: {words}" for words in _counts(window, counts))


_ITEM = {"product": "product_id", "category": "department"}


def _counts(window: Window, counts: Counter[tuple[str, ...]]) -> Iterator[str]:
    pairs = sum(len(each) == 2 for each in counts)
    for name, wanted in (("baskets", counts[()]), ("pairs", pairs), ("oversized", 0)):
        if window[name] != wanted:
            yield f"{window[name]} {name}, wanted {wanted}"
    for pair in window["top"]:
        a, b = pair["product_a"], pair["product_b"]
        both, of_a, of_b = counts[a, b], counts[a,], counts[b,]
        lift = both * counts[()] / (of_a * of_b) if of_a and of_b else 0.0
        if (pair["count"], pair["support_a"], pair["support_b"]) != (both, of_a, of_b):
            yield f"{a} and {b}: {pair}, wanted {both} of {of_a} and {of_b}"
        elif not isclose(pair["lift"], lift, rel_tol=1e-9):
            yield f"{a} and {b}: lift {pair['lift']}, wanted {lift}"


def read(raw: Iterable[bytes]) -> dict[str, list[Window]]:
    """Records of `windows` by kind."""
    found: dict[str, list[Window]] = {"series": [], "pairs": []}
    for each in map(json.loads, raw):
        found[each["window"]].append(each)
    return found


def midnights(moments: pd.Series[int], zone: str) -> list[int]:
    """The first moment of the local day of each moment, ms."""
    local = pd.to_datetime(moments, unit="ms", utc=True).dt.tz_convert(zone).dt.normalize()
    return [_ms(each) for each in local]


def _ms(moment: pd.Timestamp) -> int:
    return round(moment.timestamp() * 1000)


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
