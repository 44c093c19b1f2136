"""Stage: the alert is as severe as the subscription asks."""

from __future__ import annotations

from alerts.policy.case import Answer, Case, Go, Stop
from schemas.alert import SEVERITIES, Severity


def severe_enough(case: Case) -> Answer:
    """Keep the subscriptions whose least severity the alert reaches.

    The end of trouble is never severe: a recovered alert is not judged by this, if its ringing was mailed.

    >>> from alerts.policy.examples import a_case, an_alert, an_analyst
    >>> severe_enough(a_case(analyst=an_analyst(receives=[{"min_severity": "critical"}]))).reason
    'its severity is warning; subscription 1 wants at least critical'
    """
    if case.ringing is not None and case.ringing.mailed:
        return Go("severity does not matter for the end of what was mailed", case)
    severity = case.alert.severity
    kept = tuple(
        (number, each) for number, each in case.matches if _rank(severity) >= _rank(each.min_severity)
    )
    if not kept:
        wants = "; ".join(
            f"subscription {number} wants at least {each.min_severity}" for number, each in case.matches
        )
        return Stop(f"its severity is {severity}; {wants}")
    return Go(f"its severity {severity} is at least {kept[0][1].min_severity}", case.narrowed(kept))


def _rank(severity: Severity) -> int:
    return SEVERITIES.index(severity)
