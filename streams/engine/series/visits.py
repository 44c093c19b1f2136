"""The visits of a customer, or of a session that has none: each counts once, where it began.

A session's events belong to one visit as long as no two that follow each other are more than `GAP` apart. In
the row of the customer, `visits`:

    {session id: [[first, last, generated], ...]}   effective times of its visits, ms; whether the first
                                                    event was generated, 0 or 1

In whatever order the events come, the visits are the same (session windows, as Flink has them). One is
remembered until no event can belong to it any more, and `MOST` of a row: a row must not grow without bound.
"""

from __future__ import annotations

from typing import Any, NamedTuple

GAP = 6 * 3_600_000
MOST = 100

Visit = list[int]


class Begun(NamedTuple):
    """A visit begins at `at` (ms), or (`n` = -1) does not after all, as is known now."""

    at: int
    generated: int
    n: int


def note(row: dict[str, Any], session: str, at: int, generated: int) -> list[Begun]:
    """Take an event of a session in, and tell what changes.

    >>> row = {}
    >>> note(row, "s-7", 90, 0), note(row, "s-7", 95, 0), note(row, "s-7", 80, 1)
    ([Begun(at=90, generated=0, n=1)], [], [Begun(at=90, generated=0, n=-1), Begun(at=80, generated=1, n=1)])
    """
    visits: dict[str, list[Visit]] = row.setdefault("visits", {})
    known = visits.get(session)
    if known is None:
        if len(visits) >= MOST:
            del visits[min(visits, key=lambda each: (visits[each][-1][1], each))]
        visits[session] = [[at, at, generated]]
        return [Begun(at, generated, 1)]
    if len(known) == 1 and known[0][0] < at <= known[0][1] + GAP:  # as nearly always: it goes on
        known[0][1] = max(known[0][1], at)
        return []
    joined = [each for each in known if each[0] - GAP <= at <= each[1] + GAP]
    first, least = [at, at, generated], (at, -generated)
    last = at
    for each in joined:
        if (each[0], -each[2]) < least:
            first, least = each, (each[0], -each[2])
        last = max(last, each[1])
    visit = [first[0], last, first[2]]
    before = [Begun(each[0], each[2], -1) for each in joined if (each[0], each[2]) != (visit[0], visit[2])]
    begun = len(before) == len(joined)
    visits[session] = sorted([*(each for each in known if each not in joined), visit])[-MOST:]
    return [*before, Begun(visit[0], visit[2], 1)] if begun else before


def forget(row: dict[str, Any], watermark: int) -> None:
    """Drop the visits that no event can belong to any more."""
    visits: dict[str, list[Visit]] = row["visits"]
    kept = {
        session: left
        for session, known in visits.items()
        if (left := [each for each in known if each[1] + GAP >= watermark])
    }
    if kept:
        row["visits"] = kept
    else:
        del row["visits"]


def due(row: dict[str, Any]) -> int | None:
    """The moment after which all visits may be forgotten, ms."""
    lasts = [each[1] for known in row.get("visits", {}).values() for each in known]
    return max(lasts) + GAP if lasts else None
