"""A family of features in words, for one customer or for a whole sweep.

`FACTS` reduces a family to a few whole numbers, by arrays or for one customer alike; `PHRASES` says them.
Many customers share the same facts, so a phrase is made once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

LESS = -0.05  # log ratio: what is nearer than 5% to the usual spend is as usual
NEVER = -1  # the usual gap of a customer who ordered once
_REMEMBERED = 1 << 16
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Beneath(Protocol):
    """What `features.Known` and `sweep.Swept` both have; a number each, or an array each."""

    @property
    def repeats(self) -> Any:
        """Order days that count as repeats."""

    @property
    def age(self) -> Any:
        """Days since the first order."""

    @property
    def silence(self) -> Any:
        """Days since the last order."""

    @property
    def usual_gap(self) -> Any:
        """Days between orders, usually; NaN or None for one order."""

    @property
    def unanswered(self) -> Any:
        """Tickets that wait for an answer."""


def number(count: int) -> str:
    """A count as people write it.

    >>> number(2), number(31)
    ('two', '31')
    """
    return _SMALL[count] if 0 <= count < len(_SMALL) else str(count)


def days(count: int) -> str:
    """So many days, at least one.

    >>> days(0), days(9)
    ('1 day', '9 days')
    """
    return "1 day" if count <= 1 else f"{count} days"


@lru_cache(_REMEMBERED)
def rhythm(silence: int, gap: int, late: int) -> str:
    """The silence beside the customer's own rhythm.

    >>> rhythm(31, 9, 1), rhythm(5, 9, 0)
    ('used to order every 9 days, now silent for 31', 'orders every 9 days, the last 5 days ago')
    """
    if gap == NEVER:
        return f"ordered once, silent for {days(silence)} since"
    every, silent = ("every day", days(silence)) if gap <= 1 else (f"every {gap} days", str(silence))
    if late:
        return f"used to order {every}, now silent for {silent}"
    return f"orders {every}, the last {days(silence)} ago"


@lru_cache(_REMEMBERED)
def _tickets(unanswered: int, negative: int, reopened: int, opened: int) -> str:
    parts = []
    if unanswered:
        parts.append(f"{number(unanswered)} ticket{'s' if unanswered > 1 else ''} unanswered")
    if negative:
        parts.append("unhappy with an answer")
    if reopened:
        parts.append("had to reopen a ticket")
    return ", ".join(parts) or ("had a ticket lately" if opened else "no trouble with support")


def _web(fewer: int, some: int) -> str:
    if fewer:
        return "visits the shop's pages less than before"
    return "visits the shop's pages as before" if some else "no visits to the shop's pages lately"


@lru_cache(_REMEMBERED)
def _contacts(sent: int, percent: int) -> str:
    return f"answered {percent}% of what the shop sent lately" if sent else "was not written to lately"


@lru_cache(_REMEMBERED)
def _pace(orders: int) -> str:
    return f"{number(orders)} order{'' if orders == 1 else 's'} in the last 90 days"


@lru_cache(_REMEMBERED)
def _bond(older: int, orders: int, age: int) -> str:
    if older:
        return "was a customer before the data begins"
    return f"{number(orders)} order{'' if orders == 1 else 's'} in {days(age)} as a customer"


@lru_cache(_REMEMBERED)
def _spend(percent: int, less: int) -> str:
    if percent:
        return f"sent back {percent}% of the orders"
    return "spent less than usual on the last order" if less else "spends as usual"


PHRASES: dict[str, Callable[..., str]] = {
    "rhythm": rhythm,
    "tickets": _tickets,
    "web": _web,
    "contacts": _contacts,
    "pace": _pace,
    "bond": _bond,
    "spend": _spend,
}
FACTS: dict[str, Callable[[Mapping[str, Any], Any], tuple[Any, ...]]] = {
    "rhythm": lambda _row, known: (
        np.rint(known.silence),
        np.where(np.isnan(known.usual_gap), NEVER, np.rint(known.usual_gap)),
        np.greater(known.silence, known.usual_gap),
    ),
    "tickets": lambda row, known: (
        known.unanswered,
        np.greater(row["tickets_negative"], 0),
        np.greater(row["tickets_reopened"], 0),
        np.greater(row["tickets_90"], 0),
    ),
    "web": lambda row, _known: (np.greater(row["web_decline"], 0), np.greater(row["web_14"], 0)),
    "contacts": lambda row, _known: (
        np.greater(row["contacts_90"], 0),
        np.rint(100 * row["contacts_response"]),
    ),
    "pace": lambda row, _known: (np.rint(np.expm1(row["orders_90"])),),
    "bond": lambda row, known: (row["older_than_data"], np.rint(known.repeats) + 1, np.rint(known.age)),
    "spend": lambda row, _known: (np.rint(100 * row["returned"]), np.less(row["spend_last"], LESS)),
}
