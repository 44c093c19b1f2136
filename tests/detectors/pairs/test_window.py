"""A window is a batch count of its days, exactly or within its slack; a day comes back from its bytes."""

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
from detectors.pairs.window import total
from schemas.errors import Permanent

DAYS = st.lists(BASKETS, max_size=9)


@given(DAYS)
def test_a_window_is_a_batch_count_of_its_days(days: list[list[Basket]]) -> None:
    assert total(count(day) for day in days) == count([basket for day in days for basket in day])


@given(DAYS, st.integers(1, 8))
def test_a_window_beyond_its_bound_is_within_its_slack(days: list[list[Basket]], most: int) -> None:
    found = total((count(day, most=most) for day in days), most)
    true = by_pandas([basket for day in days for basket in day])
    assert len(found.keys) <= most
    assert found.slack <= sum(true.values()) / (most + 1)
    for pair, number in true.items():
        assert named(found).get(pair, 0) <= number <= named(found).get(pair, 0) + found.slack


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
