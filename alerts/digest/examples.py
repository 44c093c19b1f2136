"""Digests to try things on; used by doctests, previews and tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from alerts.config.schedule import DAYS
from alerts.digest.calendar import Calendar
from alerts.digest.issue import Issue, Reader
from alerts.digest.sort import About, Before
from alerts.policy.examples import an_alert
from alerts.rules import churn
from alerts.timeline import utc
from schemas.alert import Alert, episode_id
from schemas.shown import Chart, Table

MONDAYS = Calendar("07:30", DAYS[:1], "Europe/Berlin")
MON_9_JAN = 1_483_943_400_000


def an_issue(
    alerts: Sequence[Alert] | None = None,
    *,
    calendar: Calendar = MONDAYS,
    slot: int = MON_9_JAN,
    since: int | None = None,
    before: Before | None = None,
) -> Issue:
    """Max's weekly digest, of one late order if nothing else is said."""
    return Issue(
        reader=Reader("Max Moreau", "max@example.com"),
        calendar=calendar,
        slot=slot,
        since=calendar.until(slot - 1) if since is None else since,
        alerts=(an_alert(),) if alerts is None else alerts,
        before=before or Before(),
        reasons=(f"subscription 1 takes every alert, in a digest {calendar.rhythm()}",),
    )


_DAY, _HOUR = 86_400_000, 3_600_000


def at_day(day: float, rule: str, kind: str, entity: str, **more: Any) -> Alert:
    """An alert so many days after the beginning of the example's week; it began two hours before it rang."""
    at = round(MON_9_JAN + (day - 7) * _DAY)
    fields: dict[str, Any] = {
        "rule": rule,
        "entity_kind": kind,
        "entity": entity,
        "episode": episode_id(rule, kind, entity, str(more.pop("start", 1))),
        "at": utc(at),
        "since": utc(at - 2 * _HOUR),
        "customer_id": None,
        "facts": (),
        "labels": {},
        "suggestion": "",
    }
    return an_alert(**{**fields, **more})


def a_week() -> Issue:
    """A digest with something in every place."""
    strike = {"carrier": "Nordpost", "route": "N-4", "region": "North"}
    late = [
        at_day(2 + n / 10, "order_late", "order", f"o-{1041 + n}", title=f"Order o-{1041 + n} is late",
               summary="It was promised for two hours earlier and has not been delivered.",
               labels=strike if n % 6 else {"carrier": "Postlink"}, synthetic=n == 1)
        for n in range(13)
    ]  # fmt: skip
    over = [
        at_day(4 + n / 10, "order_late", "order", f"o-{1041 + n}", state="recovered", severity="info",
               title=f"Order o-{1041 + n} is delivered", since=late[n].since, labels=strike)
        for n in (1, 2, 3, 4, 5)
    ]  # fmt: skip
    waiting = at_day(
        5, "ticket_unanswered", "ticket", "t-77", severity="critical", start=2,
        title="Ticket t-77 (urgent) waits for an answer", customer_id="c-12",
        summary="Customer c-12 asked again and has waited 5 h; urgent tickets are answered within 1 h.",
        suggestion="Answer it now; the customer asked twice.", labels={"priority": "urgent"},
    )  # fmt: skip
    risks = [_risk(3, "c-310", "82%", "412 EUR"), _risk(6, "c-77", "91%", "1,240 EUR")]
    tea = at_day(6.5, "pairs", "pairs", "weekly", severity="info", title="2 pairs of products emerged",
                 summary="Bought together more often than chance, and more often than in the 4 weeks before.",
                 table=Table(title="Emerged in the week from Mon 2 Jan 2017, 07:00 UTC",
                             columns=("Product", "With", "Baskets", "Lift", "q"),
                             rows=(("tea, green", "lemons", "61 of 1,204", "3.1", "0.002"),
                                   ("rye bread", "herring", "33 of 1,204", "2.4", "0.03")),
                             left_out=4))  # fmt: skip
    before = Before(
        lasting={About("ticket_unanswered", "ticket", "t-77"): "warning"},
        rang={"order_late": 4, "ticket_unanswered": 3},
    )
    return an_issue([*late, *over, waiting, *risks, _orders_fell(), tea], before=before)


def _risk(day: float, customer: str, chance: str, worth: str) -> Alert:
    return at_day(
        day, churn.NAME, "customer", customer, customer_id=customer,
        title=f"Customer {customer} may be leaving: {chance} likely to order nothing in the next 30 days",
        summary="What speaks for it: silent for 31 days.",
        suggestion="First answer what they asked, in person. An offer before the answer would sound hollow.",
        facts=[
            {"label": "Chance of no order", "value": f"{chance} in the next 30 days"},
            {"label": "Value at stake", "value": f"{worth} in 30 days; 8 of 10 spend between 40 and 2,160"},
            {"label": "Strongest reason", "value": "used to order every 9 days, now silent for 31"},
            {"label": "Second reason", "value": "one ticket unanswered since Mon 2 Jan 2017, 09:00 UTC"},
        ],
    )  # fmt: skip


def _orders_fell() -> Alert:
    hours = range(168)
    usual = [60 + 45 * math.sin(hour % 24 / 24 * 2 * math.pi - 1.6) for hour in hours]
    came = [round(each + 5 * math.sin(hour * 2.7)) for hour, each in zip(hours, usual, strict=True)]
    came[140:] = [round(each / 4) for each in usual[140:]]
    chart = Chart(
        title="Orders, region West", unit="orders an hour",
        times=tuple(MON_9_JAN - 90 * 60_000 - (167 - hour) * _HOUR for hour in hours),
        actual=tuple(came), expected=tuple(usual),
        lower=tuple(each - 2.8 * math.sqrt(each) for each in usual),
        upper=tuple(each + 2.8 * math.sqrt(each) for each in usual),
    )  # fmt: skip
    return at_day(
        6, "series", "series", "orders/West", severity="critical", labels={"region": "West"},
        title="Orders of region West fell far below what was expected",
        summary="21 orders an hour, where 62 to 110 were expected; so few are seen once in 2,000 hours.",
        suggestion="Look at the shop's pages as a customer in the West sees them.", chart=chart,
    )  # fmt: skip
