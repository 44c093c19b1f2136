"""Running windows are batch counts of the same days, also after a restart, gaps and within bounds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pair_worlds import BASKETS, by_pandas, named

from benchmarks.quality.pair_worlds import Basket
from detectors.pairs.counting import count
from detectors.pairs.window import Span, Windows
from schemas.errors import Permanent

SPANS = (Span(2, 3), Span(4, 2))
DAYS = st.dictionaries(st.integers(0, 12), BASKETS, min_size=1, max_size=9)


def of_days(days: dict[int, list[Basket]], first: int, last: int) -> list[Basket]:
    return [basket for day, baskets in days.items() if first <= day <= last for basket in baskets]


@given(DAYS, st.integers(0, 12))
def test_windows_are_batch_counts_of_their_days(days: dict[int, list[Basket]], restart: int) -> None:
    windows = Windows(SPANS)
    for day in sorted(days):
        windows.close(day, count(days[day]))
        if day == restart:
            windows = Windows.from_json(json.loads(json.dumps(windows.to_json())))
        for span in SPANS:
            begins = day - span.days + 1
            assert windows.current(span) == count(of_days(days, begins, day))
            reference = windows.reference(span)
            if begins - span.reference < min(days):
                assert reference is None
            else:
                assert reference == count(of_days(days, begins - span.reference, begins - 1))


@given(DAYS, st.integers(1, 8))
def test_windows_beyond_their_bound_are_within_their_slack(days: dict[int, list[Basket]], most: int) -> None:
    windows = Windows(SPANS, most)
    for day in sorted(days):
        windows.close(day, count(days[day], most=most))
    again = Windows.from_json(json.loads(json.dumps(windows.to_json())))
    last = max(days)
    for span in SPANS:
        found = windows.current(span)
        assert again.current(span) == found
        assert len(found.keys) <= most
        for pair, number in by_pandas(of_days(days, last - span.days + 1, last)).items():
            assert named(found).get(pair, 0) <= number <= named(found).get(pair, 0) + found.slack


def test_slack_leaves_with_the_day_that_brought_it() -> None:
    windows = Windows([Span(1, 1)], most=3)
    windows.close(0, count([frozenset("abcd")], most=3))
    assert windows.current(Span(1, 1)).slack == 1
    windows.close(1, count([frozenset("ab")]))
    assert windows.current(Span(1, 1)) == count([frozenset("ab")])


def test_a_day_is_closed_once_and_in_order() -> None:
    windows = Windows(SPANS)
    windows.close(5, count([frozenset("ab")]))
    with pytest.raises(ValueError, match="day 5 came after day 5"):
        windows.close(5, count([]))


def test_days_that_no_window_needs_are_forgotten() -> None:
    windows = Windows(SPANS)
    for day in range(40):
        windows.close(day, count([frozenset("ab")]))
    assert len(windows.to_json()["days"]) == max(span.days + span.reference for span in SPANS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2},
        {"format": "x"},
        {"days": {"1": {}}},
        {"days": {"x": {}}},
        {"days": 3},
        {"spans": [[1]]},
    ],
)
def test_what_cannot_be_read_is_refused_in_words(wrong: dict[str, object]) -> None:
    windows = Windows(SPANS)
    windows.close(0, count([frozenset("ab")]))
    with pytest.raises(Permanent, match="count"):
        Windows.from_json({**windows.to_json(), **wrong})
