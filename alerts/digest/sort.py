"""Where in a digest each alert stands: exactly one place each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from alerts.digest.stake import stake
from alerts.rules import churn
from schemas.alert import SEVERITIES, Alert, Severity


class About(NamedTuple):
    """What an alert is about: two episodes of it are two stretches of the same trouble."""

    rule: str
    entity_kind: str
    entity: str

    @classmethod
    def of(cls, alert: Alert) -> About:
        """What this one is about."""
        return cls(alert.rule, alert.entity_kind, alert.entity)


@dataclass(frozen=True)
class Before:
    """What this reader's earlier digests told.

    Attributes:
        lasting: what they told and is not over, with its severity then.
        rang: alerts that rang in the digest before, by rule; None if there was none.
    """

    lasting: Mapping[About, Severity] = field(default_factory=dict)
    rang: Mapping[str, int] | None = None


class Told(NamedTuple):
    """An alert that rings, and the severity with which the same thing rang before, if that is not over."""

    alert: Alert
    before: Severity | None = None


class Tally(NamedTuple):
    """How often a rule rang and recovered, and how often it rang in the digest before."""

    rule: str
    rang: int
    over: int
    before: int | None


@dataclass(frozen=True)
class Sorted:
    """A digest's alerts by place, each place in its order of reading.

    Attributes:
        new: what rings, by severity, rule and moment.
        worse: what rang again before it was over.
        recovered: what is over; it may have rung within the same digest.
        risks: customers who may leave, by the money at stake.
        series: what rings and brings a curve.
        tables: what rings and brings a table.
        passed: how many of the recovered rang within the same digest.
        tallies: by rule, over everything.
    """

    new: tuple[Told, ...]
    worse: tuple[Told, ...]
    recovered: tuple[Told, ...]
    risks: tuple[Told, ...]
    series: tuple[Told, ...]
    tables: tuple[Told, ...]
    passed: int
    tallies: tuple[Tally, ...]


def sort(alerts: Iterable[Alert], before: Before) -> Sorted:
    """Give each alert its place.

    What rang and recovered within the digest is told as recovered, once.

    Args:
        alerts: in any order.
        before: what earlier digests told.

    >>> from alerts.policy.examples import an_alert
    >>> late, over = an_alert(), an_alert(state="recovered", severity="info")
    >>> found = sort([late, over], Before())
    >>> len(found.new), len(found.recovered), found.passed, found.tallies
    (0, 1, 1, (Tally(rule='order_late', rang=1, over=1, before=None),))
    """
    ordered = sorted(alerts, key=lambda alert: (alert.at, alert.alert_id))
    over = {_episode(alert) for alert in ordered if alert.state == "recovered"}
    places: dict[str, list[Told]] = {
        name: [] for name in ("new", "worse", "recovered", "risks", "series", "tables")
    }
    lasting = dict(before.lasting)
    for alert in ordered:
        if alert.state == "recovered":
            places["recovered"].append(Told(alert))
        elif _episode(alert) not in over:
            told = Told(alert, lasting.get(About.of(alert)))
            lasting[About.of(alert)] = alert.severity
            places[_place(told)].append(told)
    for place in places.values():
        place.sort(key=urgency)
    places["risks"].sort(key=lambda told: -stake(told.alert))
    found = {name: tuple(place) for name, place in places.items()}
    passed = len(over & {_episode(alert) for alert in ordered if alert.state == "ringing"})
    return Sorted(**found, passed=passed, tallies=tuple(_tallies(ordered, before)))


def urgency(told: Told) -> tuple[int, str]:
    """Sort key: the most severe first, then by rule."""
    return (-SEVERITIES.index(told.alert.severity), told.alert.rule)


def _place(told: Told) -> str:
    alert = told.alert
    if alert.rule == churn.NAME:
        return "risks"
    if alert.chart is not None:
        return "series"
    if alert.table is not None:
        return "tables"
    return "new" if told.before is None else "worse"


def _episode(alert: Alert) -> tuple[About, str]:
    return (About.of(alert), alert.episode)


def _tallies(alerts: Sequence[Alert], before: Before) -> Iterable[Tally]:
    known = before.rang or {}
    for rule in sorted({alert.rule for alert in alerts} | known.keys()):
        states = [alert.state for alert in alerts if alert.rule == rule]
        earlier = None if before.rang is None else known.get(rule, 0)
        yield Tally(rule, states.count("ringing"), states.count("recovered"), earlier)
