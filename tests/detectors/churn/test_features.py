"""Features: finite whatever comes, the same one by one and by arrays, no false tenure."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.churn_customers import CUSTOMER, build

from detectors.churn import history as book
from detectors.churn import signals as ear
from detectors.churn.features import features
from detectors.churn.signals import DAY
from detectors.churn.sweep import sweep
from detectors.churn.table import FAMILIES, FEATURES


@settings(max_examples=40, deadline=None)
@given(
    st.lists(CUSTOMER, min_size=1, max_size=6),
    st.integers(0, 520 * DAY),
    st.one_of(st.none(), st.integers(0, 50 * DAY)),
)
def test_arrays_say_what_the_scalar_functions_say(
    customers: list[tuple], moment: int, data_from: int | None
) -> None:
    histories, signals = zip(*(build(each) for each in customers), strict=True)
    swept = sweep(histories, moment, signals, data_from)
    found = [features(h, moment, s, data_from) for h, s in zip(histories, signals, strict=True)]
    assert swept.places.tolist() == [i for i, each in enumerate(found) if each]
    for place, i in enumerate(swept.places):
        row, known = found[i]
        assert set(row) == set(swept.columns) == {feature.name for feature in FEATURES}
        for name, value in row.items():
            assert math.isfinite(value), name
            assert swept.columns[name][place] == pytest.approx(value, rel=1e-9, abs=1e-9), name
        arrays = (swept.repeats[place], swept.last_at[place], swept.age[place])
        assert arrays == pytest.approx((known.repeats, known.last_at, known.age))
        gap = math.nan if known.usual_gap is None else known.usual_gap
        beneath = (swept.silence[place], swept.usual_gap[place], swept.unanswered[place])
        assert beneath == pytest.approx((known.silence, gap, known.unanswered), nan_ok=True)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    histories = []
    for number in range(40):
        history = book.empty()
        for order in range(number + 1):
            book.placed(history, f"{order}", order * DAY * (number % 7 + 1) + number, 3.5 * number, "EUR")
        histories.append(history)
    whole = sweep(histories, 400 * DAY)
    for start, end in ((0, 1), (1, 14), (14, 40)):
        part = sweep(histories[start:end], 400 * DAY)
        for name, column in whole.columns.items():
            assert (column[start:end] == part.columns[name]).all(), name


def test_an_empty_slice_is_scored_as_nothing() -> None:
    assert len(sweep([book.empty()], DAY).places) == 0
    assert len(sweep([], DAY).places) == 0


def test_customers_older_than_the_data_get_no_tenure() -> None:
    history = book.empty()
    for day in (3, 10, 17):
        book.placed(history, f"o{day}", day * DAY, 10.0, "EUR")
    row, known = features(history, 60 * DAY, data_from=0)
    assert (row["tenure"], row["older_than_data"]) == (0.0, 1.0)
    # The prior watches from where the data begins, and counts the first order seen as a repeat.
    assert (known.repeats, known.last_at, known.age) == (3.0, 17.0, 60.0)
    row, known = features(history, 60 * DAY)
    assert row["tenure"] == pytest.approx(math.log1p(57))
    assert (known.repeats, known.last_at, known.age) == (2.0, 14.0, 57.0)


def test_a_ticket_waits_while_the_last_word_is_the_customers() -> None:
    history, signals = book.empty(), ear.none()
    book.placed(history, "o", 0, 10.0, "EUR")
    ear.ticket(signals, "a", 10 * DAY, "opened")
    ear.ticket(signals, "b", 11 * DAY, "opened")
    ear.ticket(signals, "b", 12 * DAY, "replied", by="agent")
    ear.ticket(signals, "a", 20 * DAY, "resolved", satisfaction=1)
    assert [features(history, day * DAY, signals)[1].unanswered for day in (9, 11, 15, 20)] == [0, 2, 1, 0]
    assert features(history, 25 * DAY, signals)[0]["tickets_negative"] == math.log1p(1)


def test_every_feature_has_a_family_that_people_know() -> None:
    assert {feature.family for feature in FEATURES} <= set(FAMILIES)
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)
