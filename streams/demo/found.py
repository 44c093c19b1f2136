"""Which of the dated incidents rang, and what rang of real events alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from schemas.alert import SEVERITIES, Alert
from streams.sources.strand import Window
from streams.sources.synthesis.incidents import INCIDENTS, Incident

# A strike shows when the promises of its days have passed, and a complaint comes after the delivery.
AFTER = timedelta(days=3)
# A series rings for a bucket: the longest, a day, may have begun before the incident did, and ends after it.
BUCKET = timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """One incident, and how many alerts rang for it."""

    incident: Incident
    rang: int


WATCHED = ("series", "pairs", "watch")
"""Rules that look at many events at once: whether generated ones are among them is worth a word."""


@dataclass(frozen=True)
class Real:
    """Alerts of a rule behind which there is no generated event.

    Attributes:
        rule: the rule.
        rang: how many rang.
        example: the title of the most severe, the newest of several.
    """

    rule: str
    rang: int
    example: str


def real(alerts: Iterable[Alert]) -> list[Real]:
    """What rang of real events alone, of the rules that look at many."""
    ringing = [alert for alert in alerts if alert.state == "ringing" and not alert.synthetic]
    by_rule = {rule: [alert for alert in ringing if alert.rule == rule] for rule in WATCHED}
    return [
        Real(rule, len(rang), max(rang, key=lambda alert: (SEVERITIES.index(alert.severity), alert.at)).title)
        for rule, rang in by_rule.items()
        if rang
    ]


def found(alerts: Iterable[Alert], window: Window) -> list[Found]:
    """The incidents that lie wholly inside a window of event time, with the alerts that rang for each."""
    ringing = [alert for alert in alerts if alert.state == "ringing"]
    return [
        Found(incident, sum(belongs(alert, incident) for alert in ringing))
        for incident in INCIDENTS
        if window.holds(incident.window.start)
        and window.holds(int((incident.end + _after(incident)).timestamp() * 1000))
    ]


def belongs(alert: Alert, incident: Incident) -> bool:
    """Whether an alert is of the incident's rule, began in its days or just after, and carries its labels."""
    return (
        alert.rule == incident.rule
        and incident.start - _before(incident) < alert.since < incident.end + _after(incident)
        and incident.start < alert.at
        and all(alert.labels.get(name) in values for name, values in incident.where)
    )


def _before(incident: Incident) -> timedelta:
    return BUCKET if incident.rule == "series" else timedelta(0)


def _after(incident: Incident) -> timedelta:
    return BUCKET if incident.rule == "series" else AFTER
