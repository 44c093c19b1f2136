"""What rang in a shop, held against what truly changed in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from schemas.measures import DIMENSIONS

DAY = 86_400_000
RULES = ("series", "series_drift")
GRACE = DAY
"""After a change is over: the day that it ended in closes so late, at most."""


class Rung(NamedTuple):
    """One alert.

    Attributes:
        at: when it was told, ms.
        rule: which one.
        bucket: `1h` or `1d`.
        measure, dimension, value: of what series.
        direction: where it went, or empty.
        first: dimension and value of the contributor named first.
    """

    at: int
    rule: str
    bucket: str
    measure: str
    dimension: str
    value: str
    direction: str
    first: tuple[str, str] | None = None


class Truth(NamedTuple):
    """What changed, in ms.

    Attributes:
        begin, end: of the change.
        moves: where each measure goes that changes with it; empty where either way is right.
        cut: dimension and value of the one slice that changes, or None.
    """

    begin: int
    end: int
    moves: Mapping[str, str]
    cut: tuple[str, str] | None = None

    def caused(self, rung: Rung) -> bool:
        """Whether the change is behind an alert: a series that it moves, told in its time."""
        if self.cut and rung.dimension == self.cut[0] and rung.value != self.cut[1]:
            return False
        return rung.measure in self.moves and self.begin < rung.at <= self.end + GRACE


@dataclass
class Account:
    """What became of one shop.

    Attributes:
        false: alerts that nothing is behind.
        true: alerts of the change.
        delay: ms from the change to the first of them; None where it was never told.
        sides: for each of them whose side is known, whether it was the right one.
        firsts: for each that names contributors, whether the first one is the slice that changed.
    """

    false: list[Rung] = field(default_factory=list)
    true: list[Rung] = field(default_factory=list)
    delay: int | None = None
    sides: list[bool] = field(default_factory=list)
    firsts: list[bool] = field(default_factory=list)


def rung(alert: Mapping[str, Any]) -> Rung | None:
    """An alert of a series that rings; None for any other."""
    if alert["rule"] not in RULES or alert["state"] != "ringing":
        return None
    labels: Mapping[str, str] = alert["labels"]
    cut = next(((each, labels[each]) for each in DIMENSIONS if each in labels), ("", ""))
    at = round(datetime.fromisoformat(alert["at"]).timestamp() * 1000)
    first = _first(alert["facts"])
    direction = labels.get("direction", "")
    return Rung(at, alert["rule"], labels["bucket"], labels["measure"], *cut, direction, first)


def account(rang: Iterable[Rung], truth: Truth | None, since: int) -> Account:
    """Sort alerts into true and false ones.

    Args:
        rang: alerts in order.
        truth: what changed; None for nothing.
        since: ms; what rang before is not looked at.
    """
    found = Account()
    for each in rang:
        if each.at <= since:
            continue
        if truth is None or not truth.caused(each):
            found.false.append(each)
            continue
        found.true.append(each)
        if found.delay is None:
            found.delay = each.at - truth.begin
        side = truth.moves[each.measure]
        if side and each.direction:
            found.sides.append(each.direction == side)
        if truth.cut and each.first:
            found.firsts.append(each.first == truth.cut)
    return found


def _first(facts: Sequence[Mapping[str, str]]) -> tuple[str, str] | None:
    """The contributor that is named first: `By region: West 40 fewer (usually 10% of the whole); ...`."""
    for fact in facts:
        label, _, dimension = fact["label"].partition(" ")
        if label == "By" and dimension in DIMENSIONS:
            return dimension, fact["value"].split(" ", 1)[0]
    return None
