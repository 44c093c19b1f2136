"""Decides who gets an alert: a list of stages, each of which says why.

To add a stage, write one function in a file of its own and put it into `STAGES` where it belongs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alerts.config.models import Analyst
from alerts.policy.case import Answer, Case, Go, Ringing, Stop
from alerts.policy.end_wanted import end_wanted
from alerts.policy.severe_enough import severe_enough
from alerts.policy.subscribed import subscribed, taken_by
from alerts.policy.within_limit import within_limit
from schemas.alert import Alert

__all__ = ["STAGES", "Decision", "Ringing", "Step", "decide"]

STAGES: tuple[Callable[[Case], Answer], ...] = (
    subscribed,
    severe_enough,
    end_wanted,
    within_limit,
)


@dataclass(frozen=True)
class Step:
    """What one stage said."""

    stage: str
    passed: bool
    reason: str


@dataclass(frozen=True)
class Decision:
    """Whether the analyst gets the mail, and what each stage said until it was clear.

    Attributes:
        mailed: the mail is written and will be sent.
        reason: one sentence, as the mail's foot and `tocsin outbox why` show it.
        steps: in the order of `STAGES`, up to the one that held the alert back.
    """

    mailed: bool
    reason: str
    steps: tuple[Step, ...]

    @property
    def stage(self) -> str:
        """The last stage that was asked: the one that held the alert back, unless it is mailed."""
        return self.steps[-1].stage


def decide(alert: Alert, analyst: Analyst, *, sent_today: int, ringing: Ringing | None) -> Decision:
    """Ask the stages in turn until one holds the alert back.

    Args:
        alert: the message.
        analyst: the possible reader.
        sent_today: ringing alerts already mailed to this analyst on the alert's day in the analyst's zone.
        ringing: for a recovered alert, what was decided when it rang; None if that is not known.

    >>> from alerts.policy.examples import an_alert, an_analyst
    >>> ana = an_analyst(receives=[{"labels": {"region": ["North", "East"]}}], at_most_per_day=1)
    >>> decide(an_alert(), ana, sent_today=0, ringing=None).reason
    'subscription 1 takes every alert with region North or East'
    >>> held = decide(an_alert(), ana, sent_today=1, ringing=None)
    >>> held.mailed, held.stage
    (False, 'within_limit')
    """
    case = Case(alert, analyst, sent_today, ringing, tuple(enumerate(analyst.receives, 1)))
    steps: list[Step] = []
    for stage in STAGES:
        answer = stage(case)
        steps.append(Step(stage.__name__, isinstance(answer, Go), answer.reason))
        if isinstance(answer, Stop):
            return Decision(mailed=False, reason=answer.reason, steps=tuple(steps))
        case = answer.case
    return Decision(mailed=True, reason=taken_by(case), steps=tuple(steps))
