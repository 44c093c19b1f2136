"""Examples: what is held, when it is judged, and in which order it is learnt."""

from __future__ import annotations

import json
import random

from detectors.churn import history as book
from detectors.churn.examples import (
    EVERY,
    from_json,
    is_known,
    label,
    learning_order,
    take,
    to_json,
)
from detectors.churn.features import features
from detectors.churn.signals import DAY


def example(at: int = 10 * DAY, customer: str = "c"):  # noqa: ANN201 - an Example
    history = book.empty()
    book.placed(history, "o0", 0, 10.0, "EUR")
    row, known = features(history, at)
    return history, take(customer, at, row, known, {30: 0.25})


def test_a_label_counts_orders_after_the_moment_up_to_the_end_of_the_horizon() -> None:
    for at, silent in ((10 * DAY, True), (10 * DAY + 1, False), (40 * DAY, False), (40 * DAY + 1, True)):
        history, taken = example()
        book.placed(history, "o1", at, 7.5, "EUR")
        judged = label(taken, 30, history)
        assert (judged.silent, judged.orders, judged.spend) == (
            silent,
            int(not silent),
            0.0 if silent else 7.5,
        )


def test_a_cancelled_order_is_no_return() -> None:
    history, taken = example()
    book.placed(history, "o1", 20 * DAY, 7.5, "EUR")
    book.cancelled(history, "o1", 21 * DAY)
    assert label(taken, 30, history).silent


def test_coming_back_early_is_not_told_early() -> None:
    _, taken = example()
    assert not is_known(taken.at, 30, 40 * DAY)
    assert is_known(taken.at, 30, 40 * DAY + 1)
    assert EVERY == 7 * DAY


def test_what_is_held_survives_json_and_other_features_are_not_learnt() -> None:
    history, taken = example()
    judged = label(taken, 30, history)
    document = json.loads(json.dumps(to_json(judged)))
    assert from_json(document) == judged
    assert from_json({**document, "names": ["other"]}) is None
    assert judged.example.features()["recency"] == features(history, taken.at)[0]["recency"]


def test_the_learning_order_is_that_of_label_times_and_customers() -> None:
    every = [label(example(at, customer)[1], 30, book.empty()) for at in (9 * DAY, DAY) for customer in "ba"]
    shuffled = random.Random(1).sample(every, len(every))
    keys = [(each.at // DAY, each.customer) for each in learning_order(shuffled)]
    assert keys == [(1, "a"), (1, "b"), (9, "a"), (9, "b")]
