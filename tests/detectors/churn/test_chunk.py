"""Examples: what is held, when and how it is judged, and in which order it is learnt."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.churn_customers import CUSTOMER, build

from detectors.churn import history as book
from detectors.churn.chunk import WIDTH, examples, fits, is_known, label, pack
from detectors.churn.features import features
from detectors.churn.packed import Packed
from detectors.churn.packed import pack as packed
from detectors.churn.signals import DAY
from detectors.churn.sweep import sweep
from detectors.churn.table import LEARNT

AT = 10 * DAY


def taken(customers: str = "c", at: int = AT) -> tuple[list[book.History], dict[str, Any]]:
    histories = []
    for _ in customers:
        history = book.empty()
        book.placed(history, "o0", 0, 10.0, "EUR")
        histories.append(history)
    swept = sweep(histories, at)
    p = {30: np.full(len(histories), 0.25), 60: np.full(len(histories), 0.125)}
    return histories, through_json(pack(at, list(customers), swept, p))


def known(histories: Sequence[book.History | None], end: int = AT + 30 * DAY) -> list[Packed | None]:
    """Packed as it is at the end of the horizon."""
    return [None if each is None else packed(each, None, end) for each in histories]


def through_json(document: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(document))


@pytest.mark.parametrize(
    ("at", "silent"), [(AT, True), (AT + 1, False), (40 * DAY, False), (40 * DAY + 1, True)]
)
def test_a_label_counts_orders_after_the_moment_up_to_the_end_of_the_horizon(at: int, silent: bool) -> None:
    histories, chunk = taken()
    book.placed(histories[0], "o1", at, 7.5, "EUR")
    (judged,) = examples([label(chunk, 30, known(histories))])
    assert (judged.silent, judged.orders, judged.spend) == (silent, int(not silent), 0.0 if silent else 7.5)
    assert (judged.label_at, judged.at, judged.days, judged.p) == (40 * DAY, AT, 30, 0.25)
    assert examples([label(chunk, 60, known(histories, AT + 60 * DAY))])[0].p == 0.125


def test_a_cancelled_order_is_no_return() -> None:
    histories, chunk = taken()
    book.placed(histories[0], "o1", 20 * DAY, 7.5, "EUR")
    book.cancelled(histories[0], "o1", 21 * DAY)
    assert examples([label(chunk, 30, known(histories))])[0].silent


def test_coming_back_early_is_not_told_early() -> None:
    assert not is_known(AT, 30, 40 * DAY)
    assert is_known(AT, 30, 40 * DAY + 1)


def test_who_cannot_be_judged_is_left_out() -> None:
    histories, chunk = taken("abc")
    for order in range(book.MOST_ORDERS + 1):  # all that is kept one by one came after the horizon
        book.placed(histories[1], f"late{order}", 50 * DAY + order, 1.0, "EUR")
    judged = examples([label(chunk, 30, known([histories[0], histories[1], None]))])
    assert [each.customer for each in judged] == ["a"]


@settings(max_examples=30, deadline=None)
@given(st.lists(CUSTOMER, min_size=1, max_size=6), st.integers(0, 500 * DAY), st.sets(st.integers(0, 5)))
def test_what_is_learnt_is_what_was_known_of_those_who_were_due(
    customers: list[tuple], at: int, due: set[int]
) -> None:
    histories, signals = zip(*(build(each) for each in customers), strict=True)
    swept = sweep(histories, at, signals)
    p = {30: np.linspace(0, 1, len(swept.places))}
    chunk = through_json(pack(at, [f"c{i}" for i in range(len(histories))], swept, p, due))
    who = [int(customer[1:]) for customer in chunk["who"]]
    assert who == [i for i in swept.places if i in due]
    judged = examples([through_json(label(chunk, 30, known([histories[i] for i in who], at + 30 * DAY)))])
    assert [each.customer for each in judged] == sorted(f"c{i}" for i in who)
    for each, i in zip(judged, who, strict=True):
        row, beneath = features(histories[i], at, signals[i])
        assert each.features() == pytest.approx({name: row[name] for name in LEARNT}, rel=1e-6, abs=1e-6)
        assert each.row == [float(np.float32(value)) for value in each.row]
        prior = (each.known().repeats, each.known().last_at, each.known().age)
        assert prior == pytest.approx((beneath.repeats, beneath.last_at, beneath.age), rel=1e-6)
        came = [time for time in book.orders_at(histories[i], at + 30 * DAY).times if time > at]
        assert (each.orders, each.silent) == (len(came), not came)


def test_labels_of_other_features_or_in_pieces_are_not_learnt() -> None:
    histories, chunk = taken("ab")
    labels = label(chunk, 30, known(histories))
    assert fits(labels)
    wrong = [
        {**labels, "names": "other"},
        {**labels, "x": labels["x"][: len(labels["x"]) // 2]},
        {**labels, "p": "AAAA"},
        {**labels, "p": None},
        {**labels, "spend": [0.0]},
        {**labels, "x": "AADAfw" + labels["x"][6:]},  # a NaN
        {key: value for key, value in labels.items() if key != "who"},
    ]
    assert not any(map(fits, wrong))
    assert len(examples([*wrong, labels])) == 2


def test_the_learning_order_is_that_of_label_times_and_customers() -> None:
    every = [
        label(chunk, 30, known(who, at + 30 * DAY))
        for at in (9 * DAY, DAY)
        for who, chunk in [taken("ba", at)]
    ]
    random.Random(1).shuffle(every)
    keys = [(each.at // DAY, each.customer) for each in examples(every)]
    assert keys == [(1, "a"), (1, "b"), (9, "a"), (9, "b")]


def test_a_chunk_is_compact() -> None:
    _, chunk = taken("abcdefghij" * 10)
    size = len(json.dumps(chunk)) / 100
    assert size < 4 * (WIDTH + 2) * 4 / 3 + 10
