"""The money at stake with a customer at risk, as the alert's words say it."""

from __future__ import annotations

import re

from schemas.alert import Alert

VALUE = "Value at stake"
_AMOUNT = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})*|[0-9]+)(\.[0-9]+)?\b", re.ASCII)
_LONGEST = 40


def stake(alert: Alert) -> float:
    """The amount that the fact `Value at stake` begins with; 0 if there is none.

    >>> from alerts.advice import worth
    >>> from alerts.policy.examples import an_alert
    >>> fact = {"label": VALUE, "value": worth((1240.0, 40.0, 2160.0), "EUR", 30)}
    >>> stake(an_alert(facts=[fact])), stake(an_alert())
    (1240.0, 0.0)
    """
    for fact in alert.facts:
        if fact.label == VALUE and (found := _AMOUNT.match(fact.value[:_LONGEST])):
            return float(found[0].replace(",", ""))
    return 0.0
