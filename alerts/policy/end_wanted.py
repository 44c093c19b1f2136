"""Stage: a recovered alert goes to those who want to know the end, and only if they knew the beginning."""

from __future__ import annotations

from alerts.policy.case import Answer, Case, Go, Stop, numbers


def end_wanted(case: Case) -> Answer:
    """Hold a recovered alert back from whoever did not get, or would not have got, the ringing one.

    >>> from alerts.policy.case import Ringing
    >>> from alerts.policy.examples import a_case, an_alert
    >>> over = an_alert(state="recovered", severity="info")
    >>> end_wanted(a_case(over, ringing=Ringing(False, "daily limit"))).reason
    'its ringing was not mailed to you: daily limit'
    """
    if case.alert.state == "ringing":
        return Go("it rings", case)
    if case.ringing is not None and not case.ringing.mailed:
        return Stop(f"its ringing was not mailed to you: {case.ringing.reason}")
    kept = tuple((number, each) for number, each in case.matches if each.recovered)
    if not kept:
        return Stop(f"{numbers(case)} does not want to know that it is over (recovered: false)")
    known = "its ringing was mailed to you" if case.ringing else "its ringing would have been mailed to you"
    return Go(known, case.narrowed(kept))
