"""Generated tickets as events: opened, replied, resolved, reopened."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from streams.sources.chance import Ints, draw, pick
from streams.sources.orders import Orders
from streams.sources.record import Record
from streams.sources.strand import Strand, cloud_event, stamps
from streams.sources.synthesis.base import SOURCE, Names
from streams.sources.synthesis.tickets import PRIORITIES, Tickets
from streams.sources.synthesis.words import ANSWER, CATEGORIES, QUESTION, STILL, TEXTS

SATISFIED = 0.7
Payload = Callable[[int], dict[str, object]]


def strands(orders: Orders, tickets: Tickets, names: Names) -> list[Strand]:
    """Everything that happens to the tickets."""
    about = [names.orders[row] for row in tickets.rows.tolist()]
    customers = [names.customers[row] for row in tickets.rows.tolist()]
    regions = [names.regions[row] for row in tickets.rows.tolist()]
    ids = orders.ids[tickets.rows]
    words = (draw(ids, "words") * 60).astype(np.int64).tolist()
    satisfied = (draw(ids, "satisfied") < SATISFIED).tolist()
    scores = (1 + pick(ids, "score", (1.0, 1.0, 2.0, 5.0, 6.0))).tolist()
    categories, priorities = tickets.category.tolist(), tickets.priority.tolist()

    def opened(place: int) -> dict[str, object]:
        category = CATEGORIES[categories[place]]
        return {
            "category": category,
            "priority": PRIORITIES[priorities[place]],
            "text": TEXTS[category][words[place] % len(TEXTS[category])],
            "order_id": about[place],
            "region": regions[place],
        }

    def resolved(place: int) -> dict[str, object]:
        return {"satisfaction": scores[place]} if satisfied[place] else {}

    def strand(kind: str, step: str, times: Ints, payload: Payload) -> Strand:
        places = np.flatnonzero(times >= 0)
        happened = times[places]
        at, moments, chosen = stamps(happened), happened.tolist(), places.tolist()
        event_type = f"tocsin.{kind}.v1"

        def build(n: int) -> Record:
            place = chosen[n]
            ticket, customer = f"ticket-{about[place]}", customers[place]
            data: dict[str, object] = {"ticket_id": ticket, "customer_id": customer, **payload(place)}
            value = cloud_event(event_type, f"{step}-{ticket}", SOURCE, at[n], data, synthetic=True)
            return Record("tickets", customer.encode(), value, moments[n])

        return Strand(kind, "tickets", happened, build)

    return [
        strand("ticket.opened", "opened", tickets.opened, opened),
        strand("ticket.replied", "answered", tickets.answered, _said("agent", ANSWER)),
        strand("ticket.replied", "asked", tickets.asked, _said("customer", QUESTION)),
        strand("ticket.replied", "answered-again", tickets.answered_again, _said("agent", ANSWER)),
        strand("ticket.resolved", "resolved", tickets.resolved, resolved),
        strand("ticket.reopened", "reopened", tickets.reopened, lambda _place: {"reason": STILL}),
        strand("ticket.replied", "answered-reopened", tickets.answered_reopened, _said("agent", ANSWER)),
        strand("ticket.resolved", "resolved-again", tickets.resolved_again, resolved),
    ]


def _said(by: str, text: str) -> Payload:
    payload: dict[str, object] = {"by": by, "text": text}
    return lambda _place: payload
