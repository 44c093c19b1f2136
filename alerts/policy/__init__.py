"""Decides who gets an alert, and how: lists of stages, each of which says why.

A subscription with a `digest` holds what passes for its next slot; any other mails it at once. Both are asked
apart, so an alert may go both ways, and what a daily limit keeps back may still be in a digest.

To add a stage, write one function in a file of its own and put it into `STAGES` where it belongs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.config.models import Analyst
from alerts.policy.case import Answer, Case, Go, Ringing, Stop
from alerts.policy.end_wanted import end_wanted
from alerts.policy.held import Held, held_by
from alerts.policy.severe_enough import severe_enough
from alerts.policy.subscribed import subscribed, taken_by
from alerts.policy.warmed_up import warmed_up
from alerts.policy.within_limit import within_limit
from schemas.alert import Alert

__all__ = ["DIGEST_STAGES", "STAGES", "Decision", "Held", "Ringing", "Step", "decide"]

Stage = Callable[[Case], Answer]

STAGES: tuple[Stage, ...] = (
    subscribed,
    severe_enough,
    end_wanted,
    warmed_up,
    within_limit,
)
DIGEST_STAGES: tuple[Stage, ...] = STAGES[:-1]
"""A digest is one mail, however much it holds: no limit counts it."""


@dataclass(frozen=True)
class Step:
    """What one stage said."""

    stage: str
    passed: bool
    reason: str


@dataclass(frozen=True)
class Decision:
    """Whether the analyst gets the alert, and what each stage said until it was clear.

    Attributes:
        mailed: a mail about it is written and will be sent.
        reason: one sentence, as the mail's foot and `tocsin outbox why` show it.
        steps: in the order of `STAGES`, up to the one that held the alert back; then those of digests.
        held: the digests that shall bring it.
    """

    mailed: bool
    reason: str
    steps: tuple[Step, ...]
    held: tuple[Held, ...] = ()

    @property
    def stage(self) -> str:
        """The last stage that was asked: the one that held the alert back, unless it is mailed."""
        return self.steps[-1].stage


def decide(
    alert: Alert,
    analyst: Analyst,
    *,
    sent_today: int,
    ringing: Ringing | None,
    quiet_until: datetime | None = None,
) -> Decision:
    """Ask the stages in turn until one holds the alert back.

    Args:
        alert: the message.
        analyst: the possible reader.
        sent_today: ringing alerts already mailed to this analyst on the alert's day in the analyst's zone.
        ringing: for a recovered alert, what was decided when it rang; None if that is not known.
        quiet_until: nothing of before this moment is mailed; None without a warm-up.

    >>> from alerts.policy.examples import an_alert, an_analyst
    >>> ana = an_analyst(receives=[{"labels": {"region": ["North", "East"]}}], at_most_per_day=1)
    >>> decide(an_alert(), ana, sent_today=0, ringing=None).reason
    'subscription 1 takes every alert with region North or East'
    >>> held = decide(an_alert(), ana, sent_today=1, ringing=None)
    >>> held.mailed, held.stage
    (False, 'within_limit')
    >>> max_ = an_analyst(receives=[{"digest": "weekly"}])
    >>> decide(an_alert(), max_, sent_today=0, ringing=None).reason
    'held for a digest: subscription 1 takes every alert, in a digest each Mon at 07:30'
    """
    numbered = tuple(enumerate(analyst.receives, 1))
    at_once = tuple(each for each in numbered if each[1].digest is None)
    later = tuple(each for each in numbered if each[1].digest is not None)
    case = Case(alert, analyst, sent_today, ringing, at_once, quiet_until)
    answer, steps = _asked(STAGES, case) if at_once else (None, ())
    mailed = isinstance(answer, Go)
    reason = taken_by(answer.case) if isinstance(answer, Go) else answer.reason if answer else ""
    if not later:
        return Decision(mailed, reason, steps)
    told = replace(ringing, mailed=ringing.mailed or ringing.held) if ringing else None
    answer, more = _asked(DIGEST_STAGES, replace(case, ringing=told, matches=later))
    held = held_by(answer.case) if isinstance(answer, Go) else ()
    if held and not mailed:
        reason = f"held for a digest: {held[0].reason}"
    elif not held and not mailed:
        reason = "; for a digest: ".join(each for each in (reason, answer.reason) if each)
    more += tuple(Step("for_digest", passed=True, reason=each.reason) for each in held)
    return Decision(mailed, reason, steps + more, held)


def _asked(stages: tuple[Stage, ...], case: Case) -> tuple[Go | Stop, tuple[Step, ...]]:
    """The last answer, with the case as it was left, and every step up to it."""
    steps: list[Step] = []
    answer: Answer = Go("", case)
    for stage in stages:
        answer = stage(case)
        steps.append(Step(stage.__name__, isinstance(answer, Go), answer.reason))
        if isinstance(answer, Stop):
            break
        case = answer.case
    return answer, tuple(steps)
