"""Examples: taken from a slice of customers at one moment, held until their horizon, judged, and learnt.

An example is a customer's features as they were at a sweep, with the probabilities given then. It is held
until its horizon *whatever happens before*: learning "came back" early and "stayed away" late ruins
calibration. Its labels are judged once the watermark has passed a horizon's end, and learnt in the order
(label time, customer, moment).

A *chunk* is what is held, for many customers in one piece; *labels* are a chunk judged at one horizon. Both
are dicts that JSON carries, with numbers as base64 of little-endian float32, by rows:

    chunk    at       the moment, ms
             horizons days, ascending
             names    FINGERPRINT of the features
             who      customers
             x        [customers, features, then x, t_x and T of the prior]
             p        [customers, horizons] probabilities of silence that were given
    labels   label_at, at, days, names, who, x, p (of that horizon), and for each customer
             silent   1 where no order came in (at, label_at]
             orders   how many came
             spend    what they came to
"""

from __future__ import annotations

import binascii
import hashlib
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.churn.features import Known
from detectors.churn.packed import Packed
from detectors.churn.signals import DAY
from detectors.churn.sweep import Swept
from detectors.churn.table import LEARNT

EVERY_DAYS = 7  # one example of a customer
WIDTH = len(LEARNT) + 3
FINGERPRINT = hashlib.blake2b(" ".join(LEARNT).encode(), digest_size=8).hexdigest()

_FLOAT = np.dtype("<f4")


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
        p: the probability of silence that was given.
        row: values of `table.LEARNT`, then x, t_x and T of the prior; as float32 holds them.
    """

    label_at: int
    customer: str
    at: int
    days: int
    silent: bool
    orders: int
    spend: float
    p: float
    row: list[float]

    def features(self) -> dict[str, float]:
        """Features by name."""
        return dict(zip(LEARNT, self.row, strict=False))

    def known(self) -> Known:
        """What the prior needs."""
        repeats, last_at, age = self.row[len(LEARNT) :]
        return Known(repeats, last_at, age, age - last_at, None, 0)


def is_due(customer: str, moment: int) -> bool:
    """Whether a sweep at `moment` (ms) takes an example of a customer: on one day of the week, for good.

    Nothing must be remembered for it, and each day gets its share of the customers.

    >>> [day for day in range(14) if is_due("1904", day * DAY)]
    [6, 13]
    """
    return (moment // DAY + zlib.crc32(customer.encode())) % EVERY_DAYS == 0


def label_time(at: int, days: int) -> int:
    """When the label of an example taken at `at` is known, ms; the watermark must have passed it."""
    return at + days * DAY


def is_known(at: int, days: int, watermark: int) -> bool:
    """Whether a label can be judged: the watermark is beyond the horizon's end.

    >>> is_known(0, 1, DAY), is_known(0, 1, DAY + 1)
    (False, True)
    """
    return watermark > label_time(at, days)


def pack(
    at: int,
    customers: Sequence[str],
    swept: Swept,
    p: Mapping[int, npt.NDArray[np.float64]],
    places: Iterable[int] | None = None,
) -> dict[str, Any]:
    """A chunk of what was known of customers, and said of them, at `at` (ms).

    Args:
        at: the sweep's moment.
        customers: ids, as in the sequence that was swept.
        swept: the sweep.
        p: probabilities of silence by horizon, in the order of `swept.places`.
        places: whose examples are taken, as indices of `customers`; those without a standing order are passed
            over. All who were swept where not given.
    """
    chosen = swept.places if places is None else np.fromiter(places, np.int64)
    rows = np.flatnonzero(np.isin(swept.places, chosen))
    columns = [*(swept.columns[name] for name in LEARNT), swept.repeats, swept.last_at, swept.age]
    days = sorted(p)
    return {
        "at": at,
        "horizons": days,
        "names": FINGERPRINT,
        "who": [customers[place] for place in swept.places[rows]],
        "x": _pack(np.stack(columns, 1)[rows]),
        "p": _pack(np.stack([p[each] for each in days], 1)[rows]),
    }


def label(chunk: Mapping[str, Any], days: int, packs: Sequence[Packed | None]) -> dict[str, Any]:
    """Judge a chunk's customers by the orders that stood at the horizon's end; call it once `is_known`.

    Args:
        chunk: of `pack`.
        days: one of its horizons.
        packs: of `chunk["who"]`, in their order, packed at the horizon's end; None where a customer is not
            known any more. Such a one is left out, and so is one of whom no order up to the horizon's end is
            kept one by one.
    """
    at, end = chunk["at"], label_time(chunk["at"], days)
    judged: list[tuple[int, int, float]] = []
    for place, packed in enumerate(packs):
        found = None if packed is None else _outcome(packed, at, end)
        if found is not None:
            judged.append((place, *found))
    rows = [place for place, _, _ in judged]
    x, p = _unpack(chunk["x"]), _unpack(chunk["p"])
    width = len(x) // max(len(chunk["who"]), 1) or WIDTH  # examples of an older version may have another one
    return {
        "label_at": end,
        "at": at,
        "days": days,
        "names": chunk["names"],
        "who": [chunk["who"][place] for place in rows],
        "x": _pack(x.reshape(-1, width)[rows]),
        "p": _pack(p.reshape(-1, len(chunk["horizons"]))[rows, chunk["horizons"].index(days)]),
        "silent": [int(not orders) for _, orders, _ in judged],
        "orders": [orders for _, orders, _ in judged],
        "spend": [spend for _, _, spend in judged],
    }


def examples(labels: Iterable[Mapping[str, Any]]) -> list[Labelled]:
    """The examples of labels in the order in which they are learnt: a function of the set, not of arrival.

    Labels that do not fit (see `fits`) are left out; the caller counts them.
    """
    found = []
    for each in labels:
        numbers = _numbers(each)
        if numbers is None:
            continue
        rows, p = numbers
        for customer, silent, orders, spend, given, row in zip(
            each["who"], each["silent"], each["orders"], each["spend"], p.tolist(), rows.tolist(), strict=True
        ):
            found.append(
                Labelled(
                    each["label_at"],
                    customer,
                    each["at"],
                    each["days"],
                    bool(silent),
                    orders,
                    spend,
                    given,
                    row,
                )
            )
    found.sort(key=lambda one: (one.label_at, one.customer, one.at, one.days))
    return found


def fits(labels: Mapping[str, Any]) -> bool:
    """Whether labels were taken with the features of this version, and are whole and finite."""
    return _numbers(labels) is not None


def _numbers(labels: Mapping[str, Any]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None:
    try:
        sizes = {len(labels[name]) for name in ("who", "silent", "orders", "spend")}
        rows, p = _unpack(labels["x"]), _unpack(labels["p"])
        finite = all(np.isfinite(each).all() for each in (rows, p, labels["spend"]))
    except (KeyError, TypeError, ValueError):  # base64's error is a ValueError
        return None
    whole = sizes == {len(p)} and len(rows) == len(p) * WIDTH
    if labels.get("names") != FINGERPRINT or not (whole and finite):
        return None
    return rows.reshape(len(p), WIDTH), p


def _outcome(packed: Packed, at: int, end: int) -> tuple[int, float] | None:
    """Orders of (at, end] and their sum; None where they are no longer kept one by one."""
    times = memoryview(packed.times).cast("q")
    first, last = bisect_right(times, at), bisect_right(times, end)
    if packed.old and not last:
        return None
    return last - first, float(sum(memoryview(packed.amounts).cast("d")[first:last]))


def _pack(numbers: npt.NDArray[Any]) -> str:
    return binascii.b2a_base64(numbers.astype(_FLOAT).tobytes(), newline=False).decode()


def _unpack(text: str) -> npt.NDArray[np.float32]:
    return np.frombuffer(binascii.a2b_base64(text), _FLOAT)
