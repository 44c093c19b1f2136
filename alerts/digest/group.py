"""Many alerts of one rule that share a label become one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from alerts.digest.sort import Told, urgency

MANY = 4
"""Alerts of one rule with one common label from which they are one line."""

# What an analyst can act on comes first where two labels cover the same alerts.
LABELS = ("carrier", "route", "region", "category", "product", "department", "channel", "priority")


class Group(NamedTuple):
    """One line of a digest.

    Attributes:
        told: one alert, or many of one rule.
        labels: what all of them share; empty for a line of one.
    """

    told: tuple[Told, ...]
    labels: tuple[tuple[str, str], ...] = ()


def group(told: Sequence[Told]) -> list[Group]:
    """Lines in the order of reading: by severity, then rule, then how many alerts they stand for.

    The label that most alerts of a rule share makes the first line of it, and so on with those that are left.

    >>> from alerts.policy.examples import an_alert
    >>> late = [Told(an_alert(entity=f"o-{n}", labels={"carrier": "Nordpost"})) for n in range(5)]
    >>> [(len(line.told), line.labels) for line in group([*late, Told(an_alert(labels={}))])]
    [(5, (('carrier', 'Nordpost'),)), (1, ())]
    """
    lines: list[Group] = []
    for rule in dict.fromkeys(each.alert.rule for each in told):
        lines += _of_rule([each for each in told if each.alert.rule == rule])
    return sorted(lines, key=lambda line: (min(map(urgency, line.told)), -len(line.told)))


def _of_rule(left: list[Told]) -> list[Group]:
    lines = []
    while (label := _most_common(left)) is not None:
        name, value = label
        chosen = tuple(each for each in left if each.alert.labels.get(name) == value)
        left = [each for each in left if each.alert.labels.get(name) != value]
        lines.append(Group(chosen, _shared(chosen)))
    return lines + [Group((each,)) for each in left]


def _most_common(told: Sequence[Told]) -> tuple[str, str] | None:
    counts = Counter(
        (name, each.alert.labels[name]) for each in told for name in LABELS if name in each.alert.labels
    )
    often = [label for label, count in counts.items() if count >= MANY]
    return min(often, key=lambda label: (-counts[label], LABELS.index(label[0]), label[1]), default=None)


def _shared(told: Sequence[Told]) -> tuple[tuple[str, str], ...]:
    first = told[0].alert.labels
    return tuple(
        (name, first[name])
        for name in LABELS
        if name in first and all(each.alert.labels.get(name) == first[name] for each in told)
    )
