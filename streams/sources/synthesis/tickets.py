"""Generated tickets: customers complain, agents answer.

One order in 80 leads to a ticket, 30 minutes to 30 hours after its delivery; an order that comes late leads
to one with a chance of one in three, about its delivery, 1 to 12 hours after the promise. Category, priority
and text are drawn. An agent answers after 5 to 70 % of the priority's limit, but one ticket in 250 waits 110
to 200 % of it. One in four customers asks back, and is answered in the same way. The ticket is resolved 1 to
20 hours after the last answer; seven in ten customers then say how satisfied they are; one in twenty-five
reopens it, and it is answered and resolved again.

In a surge, one order in eight that is delivered on the day leads to a ticket of the surge's category within
30 minutes to 6 hours, of high priority, and six in ten of these wait 120 to 250 % of the limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streams.sources.chance import Floats, Ints, between, draw, pick
from streams.sources.orders import Orders
from streams.sources.synthesis.base import HOUR, MINUTE, seconds
from streams.sources.synthesis.delivery import Delivery
from streams.sources.synthesis.incidents import of_kind
from streams.sources.synthesis.words import CATEGORIES, SHARES

PRIORITIES = ("low", "normal", "high", "urgent")
PRIORITY_SHARES = (4.0, 12.0, 3.0, 1.0)
LIMITS = np.array([72 * HOUR, 24 * HOUR, 4 * HOUR, 1 * HOUR], dtype=np.float64)

SHARE = 1 / 80
LATE_SHARE = 1 / 3
SURGE_SHARE = 1 / 8
SLOW = 1 / 250
SURGE_SLOW = 0.6
ASKS_BACK = 1 / 4
REOPENS = 1 / 25


@dataclass(frozen=True)
class Tickets:
    """One column entry per ticket; a time of -1 means that it never happens.

    Attributes:
        rows: the orders they are about.
        category: index into CATEGORIES.
        priority: index into PRIORITIES.
        opened: ms, as all that follow.
        answered: by an agent.
        asked: the customer asks back.
        answered_again: by an agent.
        resolved: the first time.
        reopened: by the customer.
        answered_reopened: by an agent.
        resolved_again: the second time.
    """

    rows: Ints
    category: Ints
    priority: Ints
    opened: Ints
    answered: Ints
    asked: Ints
    answered_again: Ints
    resolved: Ints
    reopened: Ints
    answered_reopened: Ints
    resolved_again: Ints


def plan(orders: Orders, delivery: Delivery) -> Tickets:
    """Which orders lead to a ticket, and how it goes on."""
    ids = orders.ids
    surge = np.full(len(ids), -1, dtype=np.int64)
    for incident in of_kind("complaint_surge"):
        day = (delivery.delivered >= incident.window.start) & (delivery.delivered < incident.window.end)
        surge[day & (draw(ids, incident.name) < SURGE_SHARE)] = CATEGORIES.index(incident.of("category"))
    chance = np.where(delivery.late, LATE_SHARE, SHARE)
    rows = np.flatnonzero((surge >= 0) | (draw(ids, "ticket") < chance))
    ids, surging, late = ids[rows], surge[rows] >= 0, delivery.late[rows]

    category = np.where(late, CATEGORIES.index("delivery"), pick(ids, "category", SHARES))
    category = np.where(surging, surge[rows], category)
    priority = pick(ids, "priority", PRIORITY_SHARES)
    priority = np.where(surging, PRIORITIES.index("high"), priority)
    wait = np.where(
        surging,
        between(ids, "surge opened", 30 * MINUTE, 6 * HOUR),
        np.where(
            late, between(ids, "late opened", HOUR, 12 * HOUR), between(ids, "opened", HOUR / 2, 30 * HOUR)
        ),
    )
    begin = np.where(late & ~surging, delivery.promised[rows], delivery.delivered[rows])
    opened = seconds(begin, wait)
    limit = LIMITS[priority]
    answered = seconds(opened, _answer(ids, "answer", limit, surging))
    asked = seconds(answered, between(ids, "asked", 10 * MINUTE, 5 * HOUR))
    asks = draw(ids, "asks back") < ASKS_BACK
    again = seconds(asked, _answer(ids, "answer again", limit, surging))
    resolved = seconds(np.where(asks, again, answered), between(ids, "resolved", HOUR, 20 * HOUR))
    reopens = draw(ids, "reopens") < REOPENS
    reopened = seconds(resolved, between(ids, "reopened", HOUR, 20 * HOUR))
    answered_reopened = seconds(reopened, _answer(ids, "answer reopened", limit, surging))
    resolved_again = seconds(answered_reopened, between(ids, "resolved again", HOUR, 20 * HOUR))
    never = np.int64(-1)
    return Tickets(
        rows,
        category,
        priority,
        opened,
        answered,
        np.where(asks, asked, never),
        np.where(asks, again, never),
        resolved,
        np.where(reopens, reopened, never),
        np.where(reopens, answered_reopened, never),
        np.where(reopens, resolved_again, never),
    )


def _answer(
    ids: Ints, purpose: str, limit: Floats, surging: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Floats:
    """How long an agent takes."""
    quick = between(ids, purpose, 0.05, 0.7)
    slow = np.where(
        surging, between(ids, purpose + " surge", 1.2, 2.5), between(ids, purpose + " slow", 1.1, 2.0)
    )
    is_slow = draw(ids, purpose + " is slow") < np.where(surging, SURGE_SLOW, SLOW)
    return np.where(is_slow, slow, quick) * limit
