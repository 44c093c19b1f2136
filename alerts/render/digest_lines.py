"""The lines of a digest: one alert, many alerts, a customer at risk, a curve, a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from alerts.digest.group import Group
from alerts.digest.sort import Told
from alerts.digest.stake import VALUE
from alerts.localtime import words
from alerts.render.clean import clean
from alerts.render.figures import Grid, Picture, grid, picture, shown
from alerts.timeline import span_words
from schemas.alert import SEVERITIES, Alert

NAMED = 5
"""Entities that a line of many names."""


@dataclass(frozen=True)
class Line:
    """One thing that a digest says.

    Attributes:
        tone: which colours the badge has: critical, warning, info or recovered.
        badge: in words.
        title: in a line.
        details: sentences under it.
    """

    tone: str
    badge: str
    title: str
    details: tuple[str, ...]
    picture: Picture | None = None
    grid: Grid | None = None


def rule_words(rule: str) -> str:
    """A rule's name as people read it.

    >>> rule_words("order_late")
    'order late'
    """
    return clean(rule.replace("_", " "), 60) or "(no rule)"


def grouped(found: Group, zone: tzinfo) -> Line:
    """One alert as it is, or many of one rule in a line."""
    return _one(found.told[0], zone) if len(found.told) == 1 else _many(found, zone)


def risk(told: Told, zone: tzinfo) -> Line:
    """A customer at risk: what is at stake, why, and what to do."""
    alert = told.alert
    facts = [(fact.label, shown(fact.value, 300, zone)) for fact in alert.facts]
    at_stake = [f"At stake: {value}" for label, value in facts if label == VALUE]
    reasons = [value for label, value in facts if label.endswith(" reason")][:3]
    why = [f"Why: {'; '.join(reasons)}"] if reasons else [shown(alert.summary, 300, zone)]
    return Line(*_badge(told), _title(alert, zone), _kept(*at_stake, *why, _next(alert, zone)))


def series(told: Told, zone: tzinfo, cid: str) -> Line:
    """What rings with its curve."""
    drawn = picture(told.alert.chart, zone, cid)
    return Line(*_badge(told), _title(told.alert, zone), _details(told, zone), picture=drawn)


def findings(told: Told, zone: tzinfo) -> Line:
    """What rings with its table."""
    rows = grid(told.alert.table, zone)
    return Line(*_badge(told), _title(told.alert, zone), _details(told, zone), grid=rows)


def _one(told: Told, zone: tzinfo) -> Line:
    return Line(*_badge(told), _title(told.alert, zone), _details(told, zone))


def _many(found: Group, zone: tzinfo) -> Line:
    first = min(found.told, key=lambda told: told.alert.at).alert
    last = max(found.told, key=lambda told: told.alert.at).alert
    worst = max(found.told, key=lambda told: SEVERITIES.index(told.alert.severity))
    names = [clean(told.alert.entity, 60) or "-" for told in found.told[:NAMED]]
    more = len(found.told) - len(names)
    entities = f"{', '.join(names)} and {more:,} more" if more else ", ".join(names)
    common = "; ".join(f"{name} {clean(value, 60)}" for name, value in found.labels)
    what = "recovered" if first.state == "recovered" else "rang"
    when = f"The first {what} {words(first.at, zone)}, the last {words(last.at, zone)}"
    synthetic = sum(told.alert.synthetic for told in found.told)
    tone, badge = _badge(Told(worst.alert.model_copy(update={"synthetic": synthetic > 0}), None))
    title = f"{len(found.told):,} times {rule_words(first.rule)}: {common}"
    return Line(tone, badge, title, (entities, when))


def _badge(told: Told) -> tuple[str, str]:
    alert = told.alert
    tone = "recovered" if alert.state == "recovered" else alert.severity
    words_ = [
        tone,
        *([f"was {told.before}"] if told.before else ()),
        *(["synthetic"] if alert.synthetic else ()),
    ]
    return tone, " · ".join(words_)


def _title(alert: Alert, zone: tzinfo) -> str:
    return shown(alert.title, 200, zone) or f"{rule_words(alert.rule)}: {clean(alert.entity, 120)}"


def _details(told: Told, zone: tzinfo) -> tuple[str, ...]:
    alert = told.alert
    if alert.state == "recovered":
        seconds = (alert.at - alert.since).total_seconds()
        lasted = f", after {span_words(int(seconds * 1000))}" if seconds > 0 else ""
        return (f"Over {words(alert.at, zone)}{lasted}",)
    when = f"Since {words(alert.since, zone)}"
    return _kept(shown(alert.summary, 400, zone), when, _next(alert, zone))


def _next(alert: Alert, zone: tzinfo) -> str:
    step = shown(alert.suggestion, 300, zone)
    return f"Next step: {step}" if step else ""


def _kept(*details: str) -> tuple[str, ...]:
    return tuple(each for each in details if each)
