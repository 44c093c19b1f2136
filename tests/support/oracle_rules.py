"""The three rules by time, as the contract says them, over the events that were taken (duplicates left out).

A moment D fires when the final watermark is greater than D, and sees what was known at D: events with
effective time <= D. How the contract is read where it leaves room:

* A recovery is a moment as well: it is said when the watermark has passed it.
* A recovery of a late order comes with the first effective time after D at which a closing event is known, or
  at which the promise in force is later than D. A revision that is known but not in force recovers nothing.
* A ticket's wait starts only when nobody is waited for, also with `opened` and `reopened`; its priority is
  that of an `opened` that is known at D. A wait that rang is ended only by an agent's reply or `resolved`
  after its start.
* `within` and `quiet` are closed: a report exactly that long after another one still belongs to it. An
  episode of a product is `since` its first report within the window that rang, and rings `at` the report that
  completed it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pandas as pd
from support.shop import DAY, HOUR

from schemas.alert import digest, episode_id

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
LIMITS = {"urgent": HOUR, "high": 4 * HOUR, "normal": 24 * HOUR, "low": 72 * HOUR}
GRACE = 0
ORDERS, WITHIN, QUIET = 5, DAY, 2 * DAY
RULES = ("order_late", "ticket_unanswered", "out_of_stock")
CLOSING = ("delivered", "cancelled", "returned")


class Said(NamedTuple):
    """One message of one episode; times in ms."""

    alert_id: str
    state: str
    rule: str
    entity: str
    since: int
    at: int


class Event(NamedTuple):
    """One row of the frame, as far as rules look at it; times in ms."""

    topic: str
    source: str
    id: str
    kind: str
    time: int
    eff: int
    late: bool
    home: int
    customer: str
    data: dict[str, Any]


def alerts(taken: pd.DataFrame, watermarks: dict[int, int]) -> Iterator[Said]:
    """Everything that is said until all is quiet."""
    # What is known of an event is known since its first copy.
    events = taken.sort_values("eff").drop_duplicates(["key", "source", "id"])
    for topic, name, rule in (
        ("orders", "order_id", order_late),
        ("tickets", "ticket_id", ticket_unanswered),
    ):
        for (_, entity), group in by_entity(events[events.topic == topic], name, ["customer"]):
            yield from rule(entity, group, watermarks[group[0].home])
    reports = taken[(taken.kind == "out_of_stock") & ~taken.late]
    for (product,), group in by_entity(reports, "product_id", []):
        yield from out_of_stock(product, group, max(watermarks.values()))


def by_entity(rows: pd.DataFrame, name: str, by: list[str]) -> Iterator[tuple[tuple[str, ...], list[Event]]]:
    groups: defaultdict[tuple[str, ...], list[Event]] = defaultdict(list)
    for row in rows[list(Event._fields)].itertuples(index=False):
        groups[*(getattr(row, column) for column in by), row.data[name]].append(Event(*row))
    yield from groups.items()


def order_late(order: str, events: list[Event], watermark: int) -> Iterator[Said]:
    """Every promise that was in force at its moment, of an order that was known and open."""
    placed = [event.eff for event in events if event.kind == "placed"]
    closing = [event.eff for event in events if event.kind in CLOSING]
    promising = [
        event for event in events if event.kind in ("placed", "shipped") and event.data.get("promised")
    ]

    def in_force(moment: int) -> int | None:
        known = [event for event in promising if event.eff <= moment]
        if not known:
            return None
        return ms(max(known, key=lambda event: (event.time, event.id)).data["promised"])

    for promised in sorted({ms(event.data["promised"]) for event in promising}):
        due = promised + GRACE
        if due >= watermark or in_force(due) != promised:
            continue
        if all(eff > due for eff in placed) or any(eff <= due for eff in closing):
            continue
        yield _said("order_late", "order", order, str(promised), "ringing", since=promised, at=due)
        over = closing + [event.eff for event in promising if event.eff > due and in_force(event.eff) > due]
        if over and min(over) < watermark:
            yield _said(
                "order_late", "order", order, str(promised), "recovered", since=promised, at=min(over)
            )


def ticket_unanswered(ticket: str, events: list[Event], watermark: int) -> Iterator[Said]:
    """Every wait that was open when its limit was over."""
    events = sorted(events, key=lambda event: (event.time, event.id))
    for place, start in enumerate(events):
        if not _asks(start):
            continue
        for priority, limit in LIMITS.items():
            due = start.time + limit
            known = [event for event in events if event.eff <= due]
            if due >= watermark or priority not in [e.data["priority"] for e in known if e.kind == "opened"]:
                continue
            if open_wait(known) is not start:
                continue
            since = start.time
            yield _said("ticket_unanswered", "ticket", ticket, str(since), "ringing", since=since, at=due)
            ends = [event.eff for event in events[place + 1 :] if _answers(event)]
            if ends and min(ends) < watermark:
                at = min(ends)
                yield _said(
                    "ticket_unanswered", "ticket", ticket, str(since), "recovered", since=since, at=at
                )


def open_wait(known: list[Event]) -> Event | None:
    """The event that began the wait which is open after these, None if nobody waits."""
    waiting = None
    for event in known:
        if _answers(event):
            waiting = None
        elif waiting is None and _asks(event):
            waiting = event
    return waiting


def _asks(event: Event) -> bool:
    return event.kind in ("opened", "reopened") or (
        event.kind == "replied" and event.data["by"] == "customer"
    )


def _answers(event: Event) -> bool:
    return event.kind == "resolved" or (event.kind == "replied" and event.data["by"] == "agent")


def out_of_stock(product: str, reports: list[Event], watermark: int) -> Iterator[Said]:
    """Episodes of one product, report by report."""
    seen: list[tuple[int, str]] = []
    ringing: tuple[str, int] | None = None
    if len({(report.eff, report.id) for report in reports}) < len(reports):
        raise ValueError(f"two reports of {product} at once with one id; which comes first is undecided")
    for report in sorted(reports, key=lambda event: (event.eff, event.id)):
        if ringing and report.eff > seen[-1][0] + QUIET:
            yield _over(product, ringing, seen[-1][0] + QUIET)
            ringing = None
        seen.append((report.eff, report.data["order_id"]))
        window = [(eff, order) for eff, order in seen if eff >= report.eff - WITHIN]
        enough = len({order for _, order in window}) >= ORDERS
        if ringing is None and enough and report.eff < watermark:
            begin, since = f"{report.source}/{report.id}", window[0][0]
            ringing = (begin, since)
            yield _said("out_of_stock", "product", product, begin, "ringing", since=since, at=report.eff)
    if ringing and seen[-1][0] + QUIET < watermark:
        yield _over(product, ringing, seen[-1][0] + QUIET)


def _over(product: str, ringing: tuple[str, int], at: int) -> Said:
    begin, since = ringing
    return _said("out_of_stock", "product", product, begin, "recovered", since=since, at=at)


def _said(rule: str, kind: str, entity: str, begin: str, state: str, *, since: int, at: int) -> Said:
    episode = episode_id(rule, kind, entity, begin)
    return Said(digest(rule, kind, entity, episode, state), state, rule, entity, since, at)


def ms(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 time.

    >>> ms("1970-01-01T01:00:00.250+01:00")
    250
    """
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)
