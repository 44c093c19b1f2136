"""Which digests bring an alert to its reader."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.digest.calendar import Calendar
from alerts.policy.case import Case


@dataclass(frozen=True)
class Held:
    """A digest that shall bring the alert.

    Attributes:
        calendar: when it goes out.
        reason: the subscription that takes the alert, in words.
    """

    calendar: Calendar
    reason: str


def held_by(case: Case) -> tuple[Held, ...]:
    """The digests of the subscriptions still in question; those with equal calendars share one.

    >>> from alerts.policy.examples import a_case, an_analyst
    >>> ana = an_analyst(receives=[{"digest": "weekly"}, {"rules": "order_late", "digest": "weekly"}])
    >>> [(held.calendar.key, held.reason) for held in held_by(a_case(analyst=ana))]
    [('07:30 mon Europe/Berlin', 'subscription 1 takes every alert, in a digest each Mon at 07:30')]
    """
    found: dict[Calendar, Held] = {}
    for number, subscription in case.matches:
        if subscription.digest is not None:
            calendar = Calendar.of(subscription.digest, case.analyst.timezone)
            found.setdefault(calendar, Held(calendar, f"subscription {number} takes {subscription.words()}"))
    return tuple(found.values())
