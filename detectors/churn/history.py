"""A customer's orders, as few bytes as the features need; a function of the set of events.

A history is a dict that JSON carries (keys are short, for it travels with every change of its row):

    t     event times of the newest orders, ms, ascending
    a     their amounts; the currency is the end of the key
    k     their keys: 8 hex digits of the order id's hash, then the currency
    old   {"n": how many orders came before those, "first": the earliest of them, ms}
    x     [[time, order's hash, refund or null], ...] the newest cancellations (null) and returns
    c     the currencies seen, sorted

Limits: beyond `MOST_ORDERS` only the number and the start of older orders are known; a cancellation or a
repeated id of such an old order changes nothing that was already counted.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right, insort
from typing import Any, NamedTuple

History = dict[str, Any]

MOST_ORDERS = 120  # orders kept one by one; more than that in half a year is nobody's silence
MOST_MARKS = 40  # cancellations and returns kept
MOST_AMOUNT = 1e12  # of one order; what is beyond it is a mistake, and must not reach a sum
_HASH = 8


class Orders(NamedTuple):
    """What stood at a moment: times in ms, ascending, amounts, and how many returns were known."""

    times: list[int]
    amounts: list[float]
    returns: int


def empty() -> History:
    """The history of a customer without orders."""
    return {"t": [], "a": [], "k": [], "old": None, "x": [], "c": []}


def money(amount: float) -> float:
    """An amount that arithmetic survives: finite, 0 to `MOST_AMOUNT`.

    >>> money(float("nan")), money(-5), money(1e300), money(12.34)
    (0.0, 0.0, 1000000000000.0, 12.34)
    """
    value = float(amount)
    if not math.isfinite(value):
        return MOST_AMOUNT if value == math.inf else 0.0
    return min(max(value, 0.0), MOST_AMOUNT)


def placed(history: History, order: str, at: int, amount: float, currency: str) -> None:
    """Take an order. The same order id again changes nothing, or corrects it to the earlier event.

    >>> h = empty()
    >>> for at in (50, 10, 50):
    ...     placed(h, f"o-{at}", at, 9.5, "EUR")
    >>> h["t"], h["a"]
    ([10, 50], [9.5, 9.5])
    """
    mark = _mark(order)
    entry = (at, mark + currency, money(amount))
    times, amounts, keys = history["t"], history["a"], history["k"]
    same = _place(history, mark, currency)
    if same is not None:
        if (times[same], keys[same], amounts[same]) <= entry:
            return
        del times[same], amounts[same], keys[same]
    place = len(times)
    if times and entry[:2] < (times[-1], keys[-1]):  # out of order, which is rare
        place = bisect_right(list(zip(times, keys, strict=True)), entry[:2])
    times.insert(place, at)
    keys.insert(place, entry[1])
    amounts.insert(place, entry[2])
    if currency not in history["c"]:
        insort(history["c"], currency)
    if len(times) > MOST_ORDERS:
        old = history["old"] or {"n": 0, "first": times[0]}
        history["old"] = {"n": old["n"] + 1, "first": min(old["first"], times[0])}
        del times[0], amounts[0], keys[0]


def cancelled(history: History, order: str, at: int) -> None:
    """Take a cancellation: from `at` on, the order counts as none. It may come before its order."""
    _note(history, [at, _mark(order), None])


def returned(history: History, order: str, at: int, amount: float) -> None:
    """Take a return: the order stays an order, its refund is known from `at` on."""
    _note(history, [at, _mark(order), money(amount)])


def orders_at(history: History, moment: int) -> Orders:
    """What was known to stand at a moment (ms): events after it, and orders cancelled by then, are left out.

    Amounts in another currency than the newest order's are replaced by the mean of those in it: they tell
    that there was an order, not how much it was.

    >>> h = empty()
    >>> placed(h, "a", 10, 5, "EUR"); placed(h, "b", 20, 7, "EUR"); cancelled(h, "a", 30)
    >>> orders_at(h, 25), orders_at(h, 30)
    (Orders(times=[10, 20], amounts=[5.0, 7.0], returns=0), Orders(times=[20], amounts=[7.0], returns=0))
    """
    times: list[int] = history["t"]
    amounts: list[float] = history["a"]
    if not history["x"] and len(history["c"]) == 1 and (not times or times[-1] <= moment):
        return Orders(times, amounts, 0)
    marks = [mark for mark in history["x"] if mark[0] <= moment]
    gone = {mark for _, mark, refund in marks if refund is None}
    back = {mark for _, mark, refund in marks if refund is not None}
    kept = [
        (time, key, amount)
        for time, key, amount in zip(times, history["k"], amounts, strict=True)
        if time <= moment and key[:_HASH] not in gone
    ]
    if not kept:
        return Orders([], [], 0)
    currency = kept[-1][1][_HASH:]
    same = [amount for _, key, amount in kept if key[_HASH:] == currency]
    mean = sum(same) / len(same)
    return Orders(
        [time for time, _, _ in kept],
        [amount if key[_HASH:] == currency else mean for _, key, amount in kept],
        len(back & {key[:_HASH] for _, key, _ in kept}),
    )


def currency_of(history: History) -> str | None:
    """The currency of the newest order."""
    return str(history["k"][-1][_HASH:]) if history["k"] else None


def _place(history: History, mark: str, currency: str) -> int | None:
    keys: list[str] = history["k"]
    if history["c"] == [currency]:  # as nearly always: then the whole key is known, and quickly found
        key = mark + currency
        return keys.index(key) if key in keys else None
    return next((i for i, key in enumerate(keys) if key.startswith(mark)), None)


def _mark(order: str) -> str:
    return hashlib.blake2b(order.encode(), digest_size=_HASH // 2).hexdigest()


def _note(history: History, mark: list[Any]) -> None:
    marks = history["x"]
    if mark in marks:
        return
    insort(marks, mark, key=lambda each: (each[0], each[1], -1.0 if each[2] is None else each[2]))
    if len(marks) > MOST_MARKS:
        del marks[0]
