"""Stage: what rang while a history was read is known and kept, and nobody is mailed of it."""

from __future__ import annotations

from datetime import UTC

from alerts.localtime import words
from alerts.policy.case import Answer, Case, Go, Stop


def warmed_up(case: Case) -> Answer:
    """Hold back what somebody would have got of the time before `quiet_until`.

    Whoever starts with a year of history wants the detectors to learn from it, and no year of mails.

    >>> from datetime import datetime
    >>> from alerts.policy.examples import a_case
    >>> warmed_up(a_case(quiet_until=datetime.fromisoformat("2017-12-04T05:00:00+00:00"))).reason
    'held: warm-up, nothing of before Mon 4 Dec 2017, 06:00 CET is mailed'
    """
    until = case.quiet_until
    if until is None:
        return Go("there is no warm-up", case)
    told = words(until.astimezone(UTC), case.analyst.zone)
    if case.alert.at < until:
        return Stop(f"held: warm-up, nothing of before {told} is mailed")
    return Go(f"the warm-up ended {told}", case)
