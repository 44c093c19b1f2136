"""Windows are batch counts of their days, exactly or within their slack; a day comes back from its bytes."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pair_worlds import BASKETS, by_pandas, named

from benchmarks.quality.pair_worlds import Basket
from detectors.pairs.counting import count
from detectors.pairs.counts import Counts, added
from detectors.pairs.packed import Day, pack, unpack
from detectors.pairs.window import Span, Windows
from schemas.errors import Permanent

SPANS = (Span(2, 3), Span(4, 2))
DAYS = st.dictionaries(st.integers(0, 12), BASKETS, min_size=1, max_size=9)


def of_days(days: dict[int, list[Basket]], first: int, last: int) -> list[Basket]:
    return [basket for day, baskets in days.items() if first <= day <= last for basket in baskets]


@given(DAYS)
def test_windows_are_batch_counts_of_their_days(days: dict[int, list[Basket]]) -> None:
    closed: dict[int, Counts] = {}
    for day in sorted(days):
        closed[day] = count(days[day])
        windows = Windows(closed, min(days), day)
        for span in SPANS:
            begins = day - span.days + 1
            sides = {
                begins: (windows.current(span), day),
                begins - span.reference: (windows.reference(span), begins - 1),
            }
            for first, (found, last) in sides.items():
                if first < min(days):
                    assert found is None
                else:
                    assert found == count(of_days(days, first, last))


@given(DAYS, st.integers(1, 8))
def test_windows_beyond_their_bound_are_within_their_slack(days: dict[int, list[Basket]], most: int) -> None:
    closed = {day: count(baskets, most=most) for day, baskets in days.items()}
    last = max(days)
    windows = Windows(closed, last - 20, last, most)
    for span in SPANS:
        found = windows.current(span)
        assert found is not None
        assert len(found.keys) <= most
        true = by_pandas(of_days(days, last - span.days + 1, last))
        assert found.slack <= sum(true.values()) / (most + 1)
        for pair, number in true.items():
            assert named(found).get(pair, 0) <= number <= named(found).get(pair, 0) + found.slack


def test_slack_leaves_with_the_day_that_brought_it() -> None:
    closed = {0: count([frozenset("abcd")], most=3), 1: count([frozenset("ab")])}
    first, second = (Windows(closed, 0, day, most=3).current(Span(1, 1)) for day in closed)
    assert (first and first.slack, second) == (1, count([frozenset("ab")]))


@given(st.lists(BASKETS, max_size=6))
def test_sums_do_not_depend_on_how_they_are_made(parts: list[list[Basket]]) -> None:
    counts = [count(part) for part in parts]
    whole = count([basket for part in parts for basket in part])
    assert added(counts) == sum(counts, Counts()) == sum(reversed(counts), Counts()) == whole


@given(BASKETS, st.integers(1, 9))
def test_a_day_comes_back_from_its_bytes(baskets: list[Basket], most: int) -> None:
    day = Day(count(baskets, most=most), 3, {"dairy": [0, 2], "ä": []})
    assert unpack(pack(day)) == day


def test_a_day_takes_a_few_bytes_for_each_pair() -> None:
    rng = np.random.default_rng(5)
    products = (rng.zipf(1.2, 4_000) % 3_000).reshape(-1, 10)
    counts = count({f"p{each}" for each in basket} for basket in products.tolist())
    assert unpack(pack(Day(counts))).counts == counts
    assert len(pack(Day(counts))) < 4 * len(counts.keys) + 10 * len(counts.names)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", zlib.compress(b"{}"), zlib.compress(b"[]\n"), pack(Day(Counts()))[:-3]],
    ids=["nothing", "not packed", "no format", "a list", "cut off"],
)
def test_what_cannot_be_read_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(Permanent, match="pair-rows"):
        unpack(raw)


def test_another_version_is_refused_in_words() -> None:
    raw = zlib.decompress(pack(Day(count([frozenset("ab")])))).replace(b'"version":1', b'"version":2')
    with pytest.raises(Permanent, match="version 2"):
        unpack(zlib.compress(raw))
