"""One question, "does this alert go to this analyst?", and the answers that stages give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from alerts.config.models import Analyst, Subscription
from schemas.alert import Alert


@dataclass(frozen=True)
class Ringing:
    """What was decided for the same analyst when the episode rang.

    Attributes:
        mailed: a mail told of it.
        reason: why, or why not.
        held: it was held for a digest.
    """

    mailed: bool
    reason: str
    held: bool = False


@dataclass(frozen=True)
class Case:
    """What a stage looks at.

    Attributes:
        alert: the message.
        analyst: the possible reader.
        sent_today: ringing alerts mailed to this analyst for the alert's day in the analyst's zone.
        ringing: for a recovered alert, what was decided when it rang; None if that is not known.
        matches: the subscriptions still in question, with their number in the file, from 1.
        quiet_until: nothing of before this moment is mailed; None without a warm-up.
    """

    alert: Alert
    analyst: Analyst
    sent_today: int
    ringing: Ringing | None
    matches: tuple[tuple[int, Subscription], ...]
    quiet_until: datetime | None = None

    def narrowed(self, matches: tuple[tuple[int, Subscription], ...]) -> Case:
        """The same case with fewer subscriptions in question."""
        return replace(self, matches=matches)


@dataclass(frozen=True)
class Go:
    """The stage lets the alert pass: why, and the case as the next stage shall see it."""

    reason: str
    case: Case


@dataclass(frozen=True)
class Stop:
    """The stage holds the alert back: why."""

    reason: str


Answer = Go | Stop


def numbers(case: Case) -> str:
    """The subscriptions in question, in words.

    >>> from alerts.policy.examples import a_case
    >>> numbers(a_case())
    'subscription 1'
    """
    found = [str(number) for number, _ in case.matches]
    return f"subscription{'s' if len(found) > 1 else ''} {', '.join(found)}"
