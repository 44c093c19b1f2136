"""When an example is taken, what it holds, and when its label is known.

An example is a customer's features as they were at a sweep, with the scores given then. It is held until its
horizon *whatever happens before*: learning "came back" early and "stayed away" late ruins calibration. Its
label is judged from the orders once the watermark has passed the horizon's end, and it is learnt in the order
(label time, customer, moment).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from detectors.churn.features import Known
from detectors.churn.history import History, orders_at
from detectors.churn.signals import DAY
from detectors.churn.table import LEARNT

EVERY = 7 * DAY  # of one customer, at most


class Example(NamedTuple):
    """What is held: the moment (ms), the learnt features by `table.LEARNT`, x, t_x, T, and scores.

    Attributes:
        customer: id.
        at: the moment, ms.
        row: values of `table.LEARNT`.
        prior: x, t_x and T of the prior, days.
        scores: [[horizon in days, probability then], ...].
    """

    customer: str
    at: int
    row: list[float]
    prior: list[float]
    scores: list[list[float]]

    def features(self) -> dict[str, float]:
        """Features by name."""
        return dict(zip(LEARNT, self.row, strict=True))

    def known(self) -> Known:
        """What the prior needs."""
        repeats, last_at, age = self.prior
        return Known(repeats, last_at, age, age - last_at, None, 0)


class Labelled(NamedTuple):
    """An example whose horizon is over: what the trainer learns, in the order of this tuple's beginning.

    Attributes:
        label_at: end of the horizon, ms.
        customer: id.
        at: the example's moment, ms.
        days: the horizon.
        silent: whether no order came in (at, label_at].
        orders: order count of the horizon.
        spend: sum of its amounts.
        example: features and scores as they were.
    """

    label_at: int
    customer: str
    at: int
    days: int
    silent: bool
    orders: int
    spend: float
    example: Example


def is_due(last: int | None, moment: int) -> bool:
    """Whether a sweep at `moment` takes an example of a customer whose last one was taken at `last` (ms).

    >>> is_due(None, 0), is_due(0, EVERY - 1), is_due(0, EVERY)
    (True, False, True)
    """
    return last is None or moment - last >= EVERY


def take(
    customer: str, at: int, row: Mapping[str, float], known: Known, scores: Mapping[int, float]
) -> Example:
    """An example of what was known and said at `at`."""
    return Example(
        customer,
        at,
        [row[name] for name in LEARNT],
        [known.repeats, known.last_at, known.age],
        [[days, p] for days, p in sorted(scores.items())],
    )


def label_time(at: int, days: int) -> int:
    """When the label of an example taken at `at` is known, ms; the watermark must have passed it."""
    return at + days * DAY


def is_known(at: int, days: int, watermark: int) -> bool:
    """Whether a label can be judged: the watermark is beyond the horizon's end.

    >>> is_known(0, 1, DAY), is_known(0, 1, DAY + 1)
    (False, True)
    """
    return watermark > label_time(at, days)


def label(example: Example, days: int, history: History) -> Labelled:
    """Judge an example by the orders that stood at its horizon's end. Call it once `is_known` says so."""
    end = label_time(example.at, days)
    orders = orders_at(history, end)
    came = [amount for time, amount in zip(orders.times, orders.amounts, strict=True) if time > example.at]
    return Labelled(end, example.customer, example.at, days, not came, len(came), sum(came), example)


def learning_order(labelled: Iterable[Labelled]) -> list[Labelled]:
    """The order in which the trainer learns: a function of the set, not of arrival."""
    return sorted(labelled, key=lambda each: (each.label_at, each.customer, each.at, each.days))


def to_json(each: Labelled) -> dict[str, Any]:
    """A labelled example as what JSON carries."""
    return {**each._asdict(), "example": each.example._asdict(), "names": list(LEARNT)}


def from_json(document: Mapping[str, Any]) -> Labelled | None:
    """A labelled example of its JSON; None if it was taken with other features and cannot be learnt."""
    if document.get("names") != list(LEARNT):
        return None
    fields = {name: document[name] for name in Labelled._fields}
    return Labelled(**{**fields, "example": Example(**document["example"])})
