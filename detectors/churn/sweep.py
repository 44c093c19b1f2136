"""The features of many customers at one moment, by arrays: what the daily sweep scores.

The same as `features.features`, customer by customer (a property test holds that). A row's numbers do not
depend on which other customers are in the slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.churn.features import _FAINT, COUNTS, GAPS, HALF_LIVES, OLD_CUSTOMER, SPENDS
from detectors.churn.history import History
from detectors.churn.packed import Packed, pack
from detectors.churn.signal_columns import signal_columns
from detectors.churn.signals import DAY, Signals

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_WIDTH = 8  # bytes of a number


class Swept(NamedTuple):
    """Features by name, and what `features.Known` holds, one entry per customer of `places`.

    Attributes:
        places: indices in the given sequence; customers without a standing order are left out.
        columns: feature name to its column.
        repeats: x of the prior.
        last_at: t_x of the prior, days.
        age: T of the prior, days.
        silence: days since the last order.
        usual_gap: median of the last gaps, days; NaN for fewer than two order days.
        unanswered: tickets whose last word is the customer's.
    """

    places: Ints
    columns: dict[str, Floats]
    repeats: Floats
    last_at: Floats
    age: Floats
    silence: Floats
    usual_gap: Floats
    unanswered: Ints


def sweep(
    histories: Sequence[History],
    moment: int,
    signals: Sequence[Signals | None] | None = None,
    data_from: int | None = None,
) -> Swept:
    """The features of customers at `moment` (ms); arguments as in `features.features`."""
    heard = signals or [None] * len(histories)
    return sweep_packed(
        [pack(history, each, moment) for history, each in zip(histories, heard, strict=True)],
        moment,
        data_from,
    )


def sweep_packed(packs: Sequence[Packed], moment: int, data_from: int | None = None) -> Swept:
    """The same of what was packed at `moment` or before, if nothing was added since."""
    places = np.array([i for i, each in enumerate(packs) if each.times], np.int64)
    kept = [packs[i] for i in places]
    counts = np.array([len(each.times) for each in kept], np.int64) // _WIDTH
    times = np.frombuffer(b"".join([each.times for each in kept]), np.int64)
    amounts = np.frombuffer(b"".join([each.amounts for each in kept]), np.float64)
    older_orders = np.array([each.old for each in kept], np.float64)
    older_first = np.array([each.first for each in kept], np.int64)
    returns = np.array([each.returns for each in kept], np.float64)
    columns, known = _orders(times, amounts, counts, older_orders, older_first, moment, data_from)
    columns["returned"] = returns / np.maximum(counts, 1)
    columns |= signal_columns(kept, moment)
    return Swept(places, columns, *known, np.array([each.unanswered for each in kept], np.int64))


def _orders(  # noqa: PLR0917 - arrays of one table
    times: Ints,
    amounts: Floats,
    counts: Ints,
    older_orders: Floats,
    older_first: Ints,
    moment: int,
    data_from: int | None,
) -> tuple[dict[str, Floats], tuple[Floats, Floats, Floats, Floats, Floats]]:
    owner = np.repeat(np.arange(len(counts)), counts)
    times, amounts, owner = _order_days(times, amounts, owner)
    size = len(counts)
    number = np.bincount(owner, minlength=size)
    ends = np.cumsum(number)
    starts = ends - number
    total = number + older_orders
    last = times[ends - 1]
    first = np.where(older_orders > 0, older_first, times[starts])
    silence, age = (moment - last) / DAY, (moment - first) / DAY
    older = first < data_from + OLD_CUSTOMER if data_from is not None else np.zeros(size, bool)
    recency = np.log1p(silence)
    usual, longest = _gaps(times, ends, number)
    repeating = number > 1
    columns = {
        "recency": recency,
        "overdue_mean": recency - np.log1p(age / np.maximum(total, 1)),
        "overdue_usual": np.where(repeating, recency - np.log1p(usual), 0.0),
        "overdue_longest": np.where(repeating, recency - np.log1p(longest), 0.0),
        "orders": np.log(np.maximum(total, 1)),
        "tenure": np.where(older, 0.0, np.log1p(age)),
        "older_than_data": older.astype(np.float64),
    }
    ages = (moment - times) / DAY

    def add(values: Floats) -> Floats:
        # Sums one customer's values in their order, whoever else is in the slice.
        sums: Floats = np.bincount(owner, values, size).astype(np.float64)
        return sums

    for days in COUNTS:
        columns[f"orders_{days}"] = np.log1p(add((ages < days).astype(np.float64)))
    for days in HALF_LIVES:
        columns[f"pace_{days}"] = np.log(add(np.exp2(-ages / days)) + _FAINT)
    mean = add(amounts) / np.maximum(number, 1)
    columns["spend_mean"] = np.log1p(mean)
    logs = np.log1p(amounts)
    columns["spend_last"] = logs[ends - 1] - add(logs) / np.maximum(number, 1)
    for days in SPENDS:
        columns[f"spend_{days}"] = np.log1p(add(np.where(ages < days, amounts, 0.0)))
    start = np.where(older, data_from if data_from is not None else 0, first)
    repeats = np.where(older, total, total - 1)
    last_at = np.maximum(0.0, (last - start) / DAY)
    age = np.maximum(0.0, (moment - start) / DAY)
    return columns, (repeats, last_at, age, silence, np.where(repeating, usual, np.nan))


def _order_days(times: Ints, amounts: Floats, owner: Ints) -> tuple[Ints, Floats, Ints]:
    if not len(times):
        return times, amounts, owner
    day = times // DAY
    begins = np.concatenate([[True], (day[1:] != day[:-1]) | (owner[1:] != owner[:-1])])
    place = np.cumsum(begins) - 1
    last = np.concatenate([np.flatnonzero(begins)[1:] - 1, [len(times) - 1]])
    sums: Floats = np.bincount(place, amounts).astype(np.float64)
    return times[last], sums, owner[last]


def _gaps(times: Ints, ends: Ints, number: Ints) -> tuple[Floats, Floats]:
    """Median and greatest of the newest gaps, days; 1 where there is none."""
    gaps = np.full((len(number), GAPS), np.inf)
    for back in range(GAPS):
        has = number > back + 1
        place = ends[has] - 1 - back
        gaps[has, back] = (times[place] - times[place - 1]) / DAY
    gaps.sort(axis=1)
    size = np.clip(number - 1, 1, GAPS)
    rows = np.arange(len(number))
    low, high = gaps[rows, (size - 1) // 2], gaps[rows, size // 2]
    longest = gaps[rows, size - 1]
    none = number <= 1
    return np.where(none, 1.0, (low + high) / 2), np.where(none, 1.0, longest)
