"""What a customer said and did beside ordering: tickets, contacts and web events, bounded, as sets of events.

A dict that JSON carries:

    tickets   [[time ms, ticket's hash, kind], ...] the newest `MOST`, ascending
    contacts  [[time ms, contact's hash, kind], ...] the newest `MOST`, ascending
    web       {UTC day, as text: events that day} of the newest `WEB_DAYS` days
"""

from __future__ import annotations

import hashlib
from bisect import insort
from typing import Any

Signals = dict[str, Any]

MOST = 40
WEB_DAYS = 60
MOST_A_DAY = 1000  # a robot is not a thousand times as engaged
DAY = 86_400_000
BAD = 2  # a satisfaction of 1 or 2 of 5 is a complaint
TICKETS = {"opened": "o", "replied": "c", "answered": "a", "resolved": "r", "unhappy": "u", "reopened": "p"}
CONTACTS = {"sent": "s", "opened": "o", "redeemed": "r"}


def none() -> Signals:
    """Nothing heard yet."""
    return {"tickets": [], "contacts": [], "web": {}}


def ticket(  # noqa: PLR0917 - the order is that of an event
    signals: Signals, ident: str, at: int, kind: str, by: str | None = None, satisfaction: int | None = None
) -> None:
    """Take a ticket's event: opened, replied (by "agent" or "customer"), resolved, reopened.

    >>> s = none()
    >>> ticket(s, "t-1", 10, "opened"); ticket(s, "t-1", 20, "replied", by="agent")
    >>> [kind for _, _, kind in s["tickets"]]
    ['o', 'a']
    """
    if kind == "replied" and by == "agent":
        kind = "answered"
    if kind == "resolved" and satisfaction is not None and satisfaction <= BAD:
        kind = "unhappy"
    _note(signals["tickets"], [at, _mark(ident), TICKETS[kind]])


def contact(signals: Signals, ident: str, at: int, kind: str) -> None:
    """Take a contact's event: sent, opened or redeemed."""
    _note(signals["contacts"], [at, _mark(ident), CONTACTS[kind]])


def visited(signals: Signals, at: int, times: int = 1) -> None:
    """Take so many web events of a day (ms).

    >>> s = none()
    >>> visited(s, DAY); visited(s, DAY + 5); s["web"]
    {'1': 2}
    """
    web: dict[str, int] = signals["web"]
    day = str(at // DAY)
    web[day] = min(web.get(day, 0) + times, MOST_A_DAY)
    if len(web) > WEB_DAYS:
        del web[min(web, key=int)]


def _mark(ident: str) -> str:
    return hashlib.blake2b(ident.encode(), digest_size=4).hexdigest()


def _note(events: list[list[Any]], event: list[Any]) -> None:
    insort(events, event)
    if len(events) > MOST:
        del events[0]
