"""The lines of a digest: one alert, many alerts, a customer at risk, a curve, a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from alerts.digest.group import Group
from alerts.digest.sort import Told
from alerts.digest.stake import VALUE
from alerts.localtime import retold, words
from alerts.render.chart import HEIGHT, WIDTH, png
from alerts.render.clean import clean
from alerts.render.spark import spark
from alerts.timeline import span_words, utc
from schemas.alert import SEVERITIES, Alert
from schemas.shown import Chart

NAMED = 5
"""Entities that a line of many names."""
MOST_ROWS_SHOWN = 20


@dataclass(frozen=True)
class Picture:
    """A chart: its bytes and name in the HTML part, a sparkline in the plain one, and words for both."""

    cid: str
    png: bytes
    spark: str
    alt: str
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Grid:
    """A table of text; what did not fit is said."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: str


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


def shown(text: str, limit: int, zone: tzinfo) -> str:
    """Text from outside on one line, its moments on the reader's clock."""
    return retold(clean(text, limit), zone)


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
    chart = told.alert.chart
    drawn = None if chart is None else Picture(cid, png(chart, zone), spark(chart.actual), _alt(chart, zone))
    return Line(*_badge(told), _title(told.alert, zone), _details(told, zone), picture=drawn)


def findings(told: Told, zone: tzinfo) -> Line:
    """What rings with its table."""
    table, grid = told.alert.table, None
    if table is not None:
        left = table.left_out + len(table.rows) - min(len(table.rows), MOST_ROWS_SHOWN)
        rows = tuple(
            tuple(shown(cell, 120, zone) or "-" for cell in row) for row in table.rows[:MOST_ROWS_SHOWN]
        )
        columns = tuple(shown(column, 60, zone) or "-" for column in table.columns)
        said = f"Left out: {left:,} more row{'s' if left > 1 else ''}." if left else ""
        grid = Grid(shown(table.title, 200, zone), columns, rows, said)
    return Line(*_badge(told), _title(told.alert, zone), _details(told, zone), grid=grid)


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


def _alt(chart: Chart, zone: tzinfo) -> str:
    """What the picture shows, for those who cannot see it."""
    known = [value for value in chart.actual if value is not None]
    unit = clean(chart.unit, 40)
    span = f"{words(utc(chart.times[0]), zone)} to {words(utc(chart.times[-1]), zone)}"
    values = f"from {min(known):,.6g} to {max(known):,.6g}" if known else "nothing known"
    return clean(f"{shown(chart.title, 120, zone)}{', ' if unit else ''}{unit}: {values}, {span}", 300)
