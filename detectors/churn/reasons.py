"""Why a score is what it is: contributions grouped by family, and the words for the greatest.

Contributions are exact: with `base` they add up to the log-odds. Features of one family say nearly the same,
so they are shown as one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from detectors.churn.features import Known
from detectors.churn.horizon import BASE, PATTERN, HorizonModel
from detectors.churn.table import FAMILIES, FAMILY

LEAST = 0.05  # log-odds: what moves a score less is no reason to tell a person


class Reason(NamedTuple):
    """One family's share: log-odds towards silence (positive) or return (negative), and words."""

    family: str
    log_odds: float
    words: str


def by_family(contributions: Mapping[str, float]) -> dict[str, float]:
    """Contributions added up by family; `base` stays by itself.

    >>> by_family({"base": 0.5, "recency": 1.0, "overdue_mean": 0.25, "pattern": -1.0})
    {'base': 0.5, 'rhythm': 1.25, 'pattern': -1.0}
    """
    sums: dict[str, float] = {}
    for name, value in contributions.items():
        family = name if name in (BASE, PATTERN) else FAMILY[name]
        sums[family] = sums.get(family, 0.0) + value
    return sums


def reasons(
    model: HorizonModel, row: Mapping[str, float], known: Known, most: int | None = None
) -> list[Reason]:
    """The families' shares, those that speak for silence first, greatest first.

    Args:
        model: the learner of the horizon.
        row: features.
        known: what lies beneath them.
        most: at most so many, and only those for silence; all families where not given.
    """
    sums = by_family(model.contributions(row, known))
    found = [Reason(family, sums.get(family, 0.0), words(family, row, known)) for family in FAMILIES]
    found.sort(key=lambda each: (-each.log_odds, each.family))
    if most is None:
        return found
    return [each for each in found if each.log_odds >= LEAST][:most]


def words(family: str, row: Mapping[str, float], known: Known) -> str:
    """A family in words, for one customer.

    >>> words("rhythm", {}, Known(3.0, 27.0, 58.0, 31.0, 9.0, 0))
    'used to order every 9 days, now silent for 31'
    """
    return _WORDS[family](row, known)


def _rhythm(_row: Mapping[str, float], known: Known) -> str:
    silent = _days(known.silence)
    if known.usual_gap is None:
        return f"ordered once, silent for {silent} since"
    if known.silence <= known.usual_gap:
        return f"orders every {_days(known.usual_gap)}, the last {silent} ago"
    return f"used to order every {_days(known.usual_gap)}, now silent for {round(known.silence)}"


def _web(row: Mapping[str, float], _known: Known) -> str:
    if row["web_decline"] > 0.0:
        return "visits the shop's pages less than before"
    return "visits the shop's pages as before" if row["web_14"] else "no visits to the shop's pages lately"


def _contacts(row: Mapping[str, float], _known: Known) -> str:
    if not row["contacts_90"]:
        return "was not written to lately"
    return f"answered {row['contacts_response']:.0%} of what the shop sent lately"


def _tickets(row: Mapping[str, float], known: Known) -> str:
    parts = []
    if known.unanswered:
        parts.append(f"{_number(known.unanswered)} ticket{'s' if known.unanswered > 1 else ''} unanswered")
    if row["tickets_negative"]:
        parts.append("unhappy with an answer")
    if row["tickets_reopened"]:
        parts.append("had to reopen a ticket")
    return ", ".join(parts) or ("had a ticket lately" if row["tickets_90"] else "no trouble with support")


def _pace(row: Mapping[str, float], _known: Known) -> str:
    count = round(math.expm1(row["orders_90"]))
    return f"{_number(count)} order{'' if count == 1 else 's'} in the last 90 days"


def _bond(row: Mapping[str, float], known: Known) -> str:
    if row["older_than_data"]:
        return "was a customer before the data begins"
    times = round(known.repeats) + 1
    return f"{_number(times)} order{'' if times == 1 else 's'} in {_days(known.age)} as a customer"


def _spend(row: Mapping[str, float], _known: Known) -> str:
    if row["returned"]:
        return f"sent back {row['returned']:.0%} of the orders"
    return "spent less than usual on the last order" if row["spend_last"] < 0 else "spends as usual"


def _pattern(_row: Mapping[str, float], known: Known) -> str:
    return f"few who stay away for {_days(known.silence)} after such a pattern of orders come back soon"


_WORDS: dict[str, Callable[[Mapping[str, float], Known], str]] = {
    "rhythm": _rhythm,
    "tickets": _tickets,
    "web": _web,
    "contacts": _contacts,
    "pace": _pace,
    "bond": _bond,
    "spend": _spend,
    "pattern": _pattern,
}
_SMALL = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def _number(count: int) -> str:
    return _SMALL[count] if count < len(_SMALL) else str(count)


def _days(days: float) -> str:
    whole = max(1, round(days))
    return "1 day" if whole == 1 else f"{whole} days"
