"""Tickets: asked, answered in time or late or never, asked again, reopened, and reported out of order."""

from __future__ import annotations

from typing import Any

from support.shop import DAY, HELPDESK, HOUR, LEGACY, MINUTE, START, Stream

LIMITS = {"urgent": HOUR, "high": 4 * HOUR, "normal": 24 * HOUR, "low": 72 * HOUR}


def open_tickets(stream: Stream, customers: list[str]) -> None:
    """Some hundred conversations."""
    for number in range(560):
        _conversation(stream, f"t-{number:04d}", stream.rng.choice(customers))
    for number in range(12):
        _crossed(stream, f"x-{number}", stream.rng.choice(customers))


def _crossed(stream: Stream, ticket: str, customer: str) -> None:
    """Asked twice, and the first question is reported only after the second one has rung."""
    who = {"ticket_id": ticket, "customer_id": customer}
    time = START + stream.rng.randrange(20 * DAY)
    opened = who | {"category": "refund", "priority": "normal", "text": "?"}
    stream.emit("tickets", "opened", time, opened, source=HELPDESK)
    stream.emit("tickets", "replied", time + HOUR, who | {"by": "agent"}, source=HELPDESK)
    asked = who | {"by": "customer"}
    stream.emit("tickets", "replied", time + 2 * HOUR, asked, source=HELPDESK, late=2 * DAY)
    stream.emit("tickets", "replied", time + 3 * HOUR, asked, source=HELPDESK)
    stream.emit("tickets", "replied", time + 5 * DAY, who | {"by": "agent"}, source=HELPDESK)


def _conversation(stream: Stream, ticket: str, customer: str) -> None:
    rng = stream.rng
    who = {"ticket_id": ticket, "customer_id": customer}
    priority = rng.choice(tuple(LIMITS))
    limit = LIMITS[priority]
    time = START + rng.randrange(22 * DAY)
    if rng.random() > 0.04:  # the opening of a few was lost: nobody knows their priority
        data = who | {
            "category": "delivery",
            "priority": priority,
            "text": "Where is it?\r\nBcc: all@example.org",
        }
        late = rng.choice((rng.randrange(HOUR), rng.randrange(2 * DAY))) if rng.random() < 0.08 else 0
        stream.emit("tickets", "opened", time, data, source=HELPDESK, late=late)
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        time = _step(stream, "replied", time, limit, who | {"by": "agent"})
        if rng.random() < 0.6:
            time = _step(stream, "replied", time, limit, who | {"by": "customer", "text": "Still nothing."})
            if rng.random() < 0.3:
                time = _step(stream, "replied", time, limit, who | {"by": "customer"})
    if rng.random() < 0.75:
        more = {"satisfaction": rng.randrange(1, 6)} if rng.random() < 0.5 else {}
        time = _step(stream, "resolved", time, limit, who | more)
        if rng.random() < 0.25:
            time = _step(stream, "reopened", time, limit, who | {"reason": "no"})
            if rng.random() < 0.7:
                time = _step(stream, "replied", time, limit, who | {"by": "agent"})
                _step(stream, "resolved", time, limit, dict(who))


def _step(stream: Stream, kind: str, time: int, limit: int, data: dict[str, Any]) -> int:
    """The next thing that happens: mostly before the limit; some in the same ms; some reported much later."""
    rng = stream.rng
    time += rng.choice(
        (0, rng.randrange(limit), rng.randrange(limit), rng.randrange(limit), limit + 20 * MINUTE)
    )
    source = LEGACY if rng.random() < 0.15 else HELPDESK
    late = rng.randrange(HOUR, limit + DAY) if rng.random() < 0.1 else 0
    stream.emit("tickets", kind, time, data, source=source, late=late)
    return time
