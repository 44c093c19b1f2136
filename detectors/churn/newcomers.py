"""Is the shop older than its data? Decided by when customers are seen for the first time.

Where the data begins in the middle of a shop's life, its regulars all turn up in the first weeks, and few new
ones come later; those regulars must not be taken for newcomers. Where the data begins with the shop, first
orders go on coming as they did. So first orders of the first 28 days are counted, and those of the next 28:

    older  =  early >= 2 * later        (and until 56 days are over: yes, for a false tenure does more harm)

The state is a dict that JSON carries: {"days": {UTC day, as text: customers first seen that day}}. It is kept
of the earliest `MOST_DAYS` such days. A few strays before the data begins (an order dated years ago) do not
move its beginning: it is the first day with at least `FEWEST` customers in the 56 days from it.
"""

from __future__ import annotations

from typing import Any

from detectors.churn.signals import DAY

WINDOW = 28  # days
TIMES = 2
FEWEST = 5
MOST_DAYS = 120


def new() -> dict[str, Any]:
    """The state before any customer was seen."""
    return {"days": {}}


def note(state: dict[str, Any], first_order_at: int, before: int | None = None) -> None:
    """Take a customer's first known order (ms).

    Args:
        state: of the partition.
        first_order_at: its time.
        before: the time that was taken for it until now, where an earlier order has come late.
    """
    days: dict[str, int] = state["days"]
    if before is not None:
        if before // DAY == first_order_at // DAY:
            return
        old = str(before // DAY)
        if old in days:
            days[old] -= 1
            if not days[old]:
                del days[old]
    day = str(first_order_at // DAY)
    days[day] = days.get(day, 0) + 1
    if len(days) > MOST_DAYS:
        del days[max(days, key=int)]


def data_from(state: dict[str, Any], moment: int) -> int | None:
    """When the data begins (midnight UTC, ms) if the shop is older than it; None if it is not.

    Args:
        state: of the partition.
        moment: ms; first orders after it are not seen.

    >>> state = new()
    >>> for day in (0, 0, 1, 3, 5, 8, 40):
    ...     note(state, day * DAY)
    >>> data_from(state, 20 * DAY), data_from(state, 60 * DAY)
    (0, 0)
    >>> for day in range(29, 55):
    ...     note(state, day * DAY)
    >>> data_from(state, 60 * DAY) is None
    True
    """
    seen = sorted((int(day), n) for day, n in state["days"].items() if int(day) * DAY <= moment)
    if not seen:
        return None
    start = next((day for day, _ in seen if _within(seen, day, 2 * WINDOW) >= FEWEST), seen[0][0])
    early = _within(seen, start, WINDOW)
    later = _within(seen, start, 2 * WINDOW) - early
    over = moment >= (start + 2 * WINDOW) * DAY
    return start * DAY if not over or early >= TIMES * later else None


def _within(seen: list[tuple[int, int]], start: int, days: int) -> int:
    return sum(n for day, n in seen if start <= day < start + days)
