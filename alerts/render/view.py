"""What a mail says, in its order, once. Both parts are printed from this, so they cannot differ."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.config.models import Analyst
from alerts.localtime import retold, words
from alerts.render.chart import TONES
from alerts.render.clean import clean
from alerts.render.figures import Grid, Picture, grid, picture
from alerts.timeline import span_words
from schemas.alert import Alert

MOST_FACTS = 40
SUBJECT = 120

LEGEND = f"In the picture, {TONES}."
SYNTHETIC = "Not real: this alert was caused by generated (synthetic) events."


@dataclass(frozen=True)
class View:
    """Clean text, ready to print.

    Attributes:
        tone: which colours the badge has: critical, warning, info or recovered.
        when: since when, and when it was noticed or over, on the reader's clock.
        facts: label and value of each line of the table.
        omitted: how many facts did not fit.
        why: why this reader gets it.
        legend: how to read the picture.
    """

    subject: str
    synthetic: str
    badge: str
    tone: str
    title: str
    summary: str
    when: str
    facts: tuple[tuple[str, str], ...]
    omitted: str
    suggestion: str
    why: str
    zone: str
    rule: str
    episode: str
    picture: Picture | None = None
    grid: Grid | None = None
    legend: str = ""


def view(alert: Alert, analyst: Analyst, reason: str, cid: str) -> View:
    """Put an alert into the words of one analyst's mail.

    Args:
        alert: the message; any text in it may be hostile.
        analyst: the reader, whose clock is used.
        reason: why it is mailed, from `alerts.policy.decide`.
        cid: content id of its picture, if it has one.
    """
    ringing = alert.state == "ringing"
    title = clean(alert.title, 200) or f"{clean(alert.rule, 60)}: {clean(alert.entity, 120)}"
    prefix = "" if alert.severity != "critical" else "Critical: "
    left = len(alert.facts) - MOST_FACTS
    return View(
        subject=clean(f"{prefix if ringing else 'Recovered: '}{title}", SUBJECT),
        synthetic=SYNTHETIC if alert.synthetic else "",
        badge=f"Ringing · {alert.severity}" if ringing else "Recovered",
        tone=alert.severity if ringing else "recovered",
        title=title,
        summary=retold(clean(alert.summary, 1000), analyst.zone),
        when=_when(alert, analyst),
        facts=tuple(
            (clean(fact.label, 60) or "-", retold(clean(fact.value, 500), analyst.zone) or "-")
            for fact in alert.facts[:MOST_FACTS]
        ),
        omitted=f"and {left} more" if left > 0 else "",
        suggestion=clean(alert.suggestion, 500),
        why=f"You get this because {clean(reason, 500)}.",
        zone=f"Your time zone is {analyst.timezone or 'UTC'}.",
        rule=clean(alert.rule, 60),
        episode=clean(alert.episode, 40),
        picture=picture(alert.chart, analyst.zone, cid),
        grid=grid(alert.table, analyst.zone),
        legend=LEGEND if alert.chart is not None else "",
    )


def _when(alert: Alert, analyst: Analyst) -> str:
    since, at = (words(moment, analyst.zone) for moment in (alert.since, alert.at))
    if alert.state == "ringing":
        return f"Since {since}" if since == at else f"Since {since} · noticed {at}"
    seconds = (alert.at - alert.since).total_seconds()
    lasted = f" · lasted {span_words(int(seconds * 1000))}" if seconds > 0 else ""
    return f"Since {since} · over {at}{lasted}"
