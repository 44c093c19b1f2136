"""Stage: no analyst gets more new alerts a day than they can read."""

from __future__ import annotations

from alerts.localtime import day
from alerts.policy.case import Answer, Case, Go, Stop


def within_limit(case: Case) -> Answer:
    """Hold ringing alerts back once `at_most_per_day` were mailed on the alert's day in the analyst's zone.

    A recovered alert answers a mail that was sent; it neither counts nor is held back.

    >>> from alerts.policy.examples import a_case, an_analyst
    >>> within_limit(a_case(analyst=an_analyst(at_most_per_day=2), sent_today=2)).reason
    'daily limit: 2 new alerts were mailed for 2017-01-03, at_most_per_day is 2'
    """
    limit = case.analyst.at_most_per_day
    if limit is None:
        return Go("no daily limit", case)
    if case.alert.state == "recovered":
        return Go("the end of what was mailed does not count", case)
    if case.sent_today >= limit:
        date = day(case.alert.at, case.analyst.zone)
        return Stop(
            f"daily limit: {case.sent_today} new alerts were mailed for {date}, at_most_per_day is {limit}"
        )
    return Go(f"number {case.sent_today + 1} of at most {limit} that day", case)
