"""Stage: some subscription of the analyst asks for the alert's rule and labels."""

from __future__ import annotations

from alerts.config.models import Subscription, either
from alerts.policy.case import Answer, Case, Go, Stop
from alerts.rules import churn
from schemas.alert import Alert


def subscribed(case: Case) -> Answer:
    """Keep the subscriptions that ask for the alert's rule, for its labels, and for this choice of customers.

    >>> from alerts.policy.examples import a_case, an_analyst
    >>> subscribed(a_case()).reason
    'subscription 1 takes every alert'
    >>> subscribed(a_case(analyst=an_analyst(receives=[{"labels": {"region": "South"}}]))).reason
    'no subscription takes it: 1 wants region South'
    """
    refusals = []
    kept = []
    for number, subscription in case.matches:
        lacks = _lacks(subscription, case.alert)
        if lacks:
            refusals.append(f"{number} wants {lacks}")
        else:
            kept.append((number, subscription))
    if not kept:
        return Stop(f"no subscription takes it: {'; '.join(refusals)}")
    narrowed = case.narrowed(tuple(kept))
    return Go(taken_by(narrowed), narrowed)


def taken_by(case: Case) -> str:
    """The first subscription still in question, and what it asks for, in words."""
    number, subscription = case.matches[0]
    return f"subscription {number} takes {subscription.words()}"


def _lacks(subscription: Subscription, alert: Alert) -> str:
    """What the subscription wants and the alert is not; empty if it fits."""
    if subscription.rules is not None and alert.rule not in subscription.rules:
        return f"rule {either(subscription.rules)}"
    lacks = [
        f"{label} {either(values)}"
        for label, values in subscription.labels.items()
        if alert.labels.get(label) not in values
    ]
    chosen = subscription.choice.key
    if alert.rule == churn.NAME and alert.labels.get("choice") != chosen:
        lacks.append(f"customers at risk by '{chosen}'")
    return ", ".join(lacks)
