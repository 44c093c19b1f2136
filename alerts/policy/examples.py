"""An alert, an analyst and a case to try things on; used by doctests, previews and tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alerts.config.models import Analyst
from alerts.policy.case import Case, Ringing
from schemas.alert import Alert, Fact, episode_id


def an_alert(**changes: Any) -> Alert:
    """A late order of the region North, ringing."""
    fields: dict[str, Any] = {
        "rule": "order_late",
        "state": "ringing",
        "entity_kind": "order",
        "entity": "o-1041",
        "episode": episode_id("order_late", "order", "o-1041", "1483466400000"),
        "since": datetime.fromisoformat("2017-01-03T18:00:00+00:00"),
        "at": datetime.fromisoformat("2017-01-03T20:00:00+00:00"),
        "severity": "warning",
        "title": "Order o-1041 is late",
        "summary": "Order o-1041 of customer c-77 was promised for Tue 3 Jan 2017, 18:00 UTC "
        "and has not been delivered by Nordpost on route N-4.",
        "suggestion": "Ask Nordpost where it is, and tell the customer before they ask.",
        "customer_id": "c-77",
        "facts": (
            Fact(label="Order", value="o-1041"),
            Fact(label="Customer", value="c-77"),
            Fact(label="Carrier", value="Nordpost"),
            Fact(label="Route", value="N-4"),
            Fact(label="Region", value="North"),
            Fact(label="Value", value="84.90 EUR"),
            Fact(label="Promised", value="Tue 3 Jan 2017, 18:00 UTC"),
            Fact(label="Status", value="shipped Mon 2 Jan 2017, 09:12 UTC, not delivered"),
        ),
        "labels": {"carrier": "Nordpost", "route": "N-4", "region": "North"},
    }
    return Alert.model_validate({**fields, **changes})


def an_analyst(**changes: Any) -> Analyst:
    """Ana, who takes everything."""
    fields: dict[str, Any] = {
        "name": "Ana Duarte",
        "mail": "ana@example.com",
        "timezone": "Europe/Berlin",
        "receives": ({},),
    }
    return Analyst.model_validate({**fields, **changes})


def a_case(
    alert: Alert | None = None,
    analyst: Analyst | None = None,
    sent_today: int = 0,
    ringing: Ringing | None = None,
    quiet_until: datetime | None = None,
) -> Case:
    """The question whether Ana gets the late order."""
    reader = analyst or an_analyst()
    numbered = tuple(enumerate(reader.receives, 1))
    return Case(alert or an_alert(), reader, sent_today, ringing, numbered, quiet_until)
