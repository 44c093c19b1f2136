"""Features of one customer at one moment: pure functions of the events known, always finite.

`sweep.py` computes the same for many customers at once; a property test holds the two together.
"""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from detectors.churn.history import History, Orders, orders_at
from detectors.churn.signals import DAY, Signals

HALF_LIVES = (15, 30, 60, 120)
COUNTS = (14, 30, 90, 180)
SPENDS = (30, 90, 180)
GAPS = 8  # the newest gaps tell the rhythm; an old habit is no evidence
OLD_CUSTOMER = 28 * DAY  # who first ordered this soon after the data begins was probably there before
_FAINT = 0.01  # keeps the log of a faded pace finite
_QUARTER = 90 * DAY
_FORTNIGHT = 14


class Known(NamedTuple):
    """What the prior needs, and words for people.

    Attributes:
        repeats: order days that count as repeats, x.
        last_at: age at the last order, days, t_x.
        age: age now, days, T.
        silence: days since the last order.
        usual_gap: median of the last gaps, days; None for fewer than two order days.
        unanswered: tickets whose last word is the customer's.
    """

    repeats: float
    last_at: float
    age: float
    silence: float
    usual_gap: float | None
    unanswered: int


def features(
    history: History, moment: int, signals: Signals | None = None, data_from: int | None = None
) -> tuple[dict[str, float], Known] | None:
    """The features at `moment` (ms), and what lies beneath; None where no order stands.

    Args:
        history: see `history.py`.
        moment: ms; nothing after it is seen. Web events count by whole UTC days before it.
        signals: tickets, contacts and visits, see `signals.py`.
        data_from: when the data begins, ms. Who first ordered within `OLD_CUSTOMER` of it is taken to be
            older than the data: no tenure is claimed, and the prior watches from `data_from` on.

    >>> from detectors.churn.history import empty, placed
    >>> h = empty()
    >>> for day in (0, 10, 20):
    ...     placed(h, f"o-{day}", day * DAY, 30.0, "EUR")
    >>> row, known = features(h, 50 * DAY)
    >>> round(row["recency"], 3), round(row["overdue_usual"], 3), known.usual_gap, known.silence
    (3.434, 1.036, 10.0, 30.0)
    """
    orders = orders_at(history, moment)
    if not orders.times:
        return None
    row: dict[str, float] = {}
    known = _orders(row, orders, history["old"], moment, data_from)
    unanswered = _signals(row, signals, moment)
    return row, known._replace(unanswered=unanswered)


def _orders(
    row: dict[str, float], orders: Orders, old: dict[str, int] | None, moment: int, data_from: int | None
) -> Known:
    times, amounts = order_days(orders.times, orders.amounts)
    number = len(times) + (old["n"] if old else 0)
    first = old["first"] if old else times[0]
    silence = (moment - times[-1]) / DAY
    age = (moment - first) / DAY
    gaps = [(b - a) / DAY for a, b in pairwise(times[-GAPS - 1 :])]
    usual = median(gaps) if gaps else None
    older = data_from is not None and first < data_from + OLD_CUSTOMER
    recency = math.log1p(silence)
    row["recency"] = recency
    row["overdue_mean"] = recency - math.log1p(age / number)
    row["overdue_usual"] = recency - math.log1p(usual) if usual is not None else 0.0
    row["overdue_longest"] = recency - math.log1p(max(gaps)) if gaps else 0.0
    row["orders"] = math.log(number)
    row["tenure"] = 0.0 if older else math.log1p(age)
    row["older_than_data"] = 1.0 if older else 0.0
    ages = [(moment - time) / DAY for time in times]
    for days in COUNTS:
        row[f"orders_{days}"] = math.log1p(sum(age < days for age in ages))
    for days in HALF_LIVES:
        row[f"pace_{days}"] = math.log(sum(0.5 ** (age / days) for age in ages) + _FAINT)
    row["spend_mean"] = math.log1p(sum(amounts) / len(amounts))
    logs = [math.log1p(amount) for amount in amounts]
    row["spend_last"] = logs[-1] - sum(logs) / len(logs)
    for days in SPENDS:
        row[f"spend_{days}"] = math.log1p(
            sum(amount for age, amount in zip(ages, amounts, strict=True) if age < days)
        )
    row["returned"] = orders.returns / len(orders.times)
    start = data_from if older and data_from is not None else first
    repeats = number if older else number - 1
    # An order a little before `data_from` may stand, by a clock that is off; the age is never negative.
    return Known(
        float(repeats),
        max(0.0, (times[-1] - start) / DAY),
        max(0.0, (moment - start) / DAY),
        silence,
        usual,
        0,
    )


def order_days(times: list[int], amounts: list[float]) -> tuple[list[int], list[float]]:
    """Orders of one UTC day made one: the last time and the sum. Two baskets of a day are one decision.

    >>> order_days([1, 5, DAY], [2.0, 3.0, 4.0])
    ([5, 86400000], [5.0, 4.0])
    """
    days: list[int] = []
    sums: list[float] = []
    for time, amount in zip(times, amounts, strict=True):
        if days and days[-1] // DAY == time // DAY:
            days[-1] = time
            sums[-1] += amount
        else:
            days.append(time)
            sums.append(amount)
    return days, sums


SIGNALS = (
    "tickets_90",
    "tickets_unanswered",
    "tickets_reopened",
    "tickets_negative",
    "web_14",
    "web_decline",
    "contacts_90",
    "contacts_response",
)


def _signals(row: dict[str, float], signals: Signals | None, moment: int) -> int:
    row.update(dict.fromkeys(SIGNALS, 0.0))
    if signals is None:
        return 0
    unanswered = _tickets(row, signals["tickets"], moment)
    _web(row, signals["web"], moment)
    _contacts(row, signals["contacts"], moment)
    return unanswered


def _tickets(row: dict[str, float], events: list[list[object]], moment: int) -> int:
    counts = dict.fromkeys("opu", 0)
    waiting: dict[object, bool] = {}
    for at, ident, kind in events:
        if isinstance(at, int) and at <= moment:
            waiting[ident] = kind in ("o", "c", "p")
            if kind in counts and at > moment - _QUARTER:
                counts[str(kind)] += 1
    unanswered = sum(waiting.values())
    row["tickets_90"] = math.log1p(counts["o"])
    row["tickets_unanswered"] = math.log1p(unanswered)
    row["tickets_reopened"] = math.log1p(counts["p"])
    row["tickets_negative"] = math.log1p(counts["u"])
    return unanswered


def _web(row: dict[str, float], days: dict[str, int], moment: int) -> None:
    today = moment // DAY
    late = early = 0
    for day, count in days.items():  # mostly fewer than the days of a month
        age = today - int(day)
        if 0 < age <= _FORTNIGHT:
            late += count
        elif 0 < age <= 2 * _FORTNIGHT:
            early += count
    row["web_14"] = math.log1p(late)
    row["web_decline"] = math.log1p(early) - math.log1p(late)


def _contacts(row: dict[str, float], events: list[list[object]], moment: int) -> None:
    recent = [
        (ident, kind)
        for at, ident, kind in events
        if isinstance(at, int) and moment - _QUARTER < at <= moment
    ]
    sent = {ident for ident, kind in recent if kind == "s"}
    heard = sent & {ident for ident, kind in recent if kind != "s"}
    row["contacts_90"] = math.log1p(len(sent))
    row["contacts_response"] = len(heard) / len(sent) if sent else 0.0
