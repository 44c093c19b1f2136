"""The digests of a backtest: every slot that has something to tell, the one after the last event too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from alerts.config.models import Analyst
from alerts.digest.calendar import Calendar
from alerts.digest.issue import Issue, Reader
from alerts.digest.sort import About, Before
from alerts.policy import Held
from schemas.alert import Alert, Severity


class _Waiting(NamedTuple):
    slot: int
    alert: Alert
    reason: str


class Digests:
    """Keeps what is held until the run is over, in memory: alerts are few beside the events behind them."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[Reader, Calendar], list[_Waiting]] = {}

    def hold(self, alert: Alert, analyst: Analyst, held: Held) -> None:
        """Keep an alert for the first slot after its moment."""
        reader = Reader(analyst.name, analyst.mail)
        slot = held.calendar.after(int(alert.at.timestamp() * 1000))
        found = self._waiting.setdefault((reader, held.calendar), [])
        found.append(_Waiting(slot, alert, held.reason))

    def issues(self) -> Iterator[Issue]:
        """Every digest, of each reader and calendar in the order of its slots."""
        for (reader, calendar), waiting in self._waiting.items():
            before = Before()
            for slot, found in groupby(sorted(waiting, key=lambda each: each.slot), lambda each: each.slot):
                told = list(found)
                alerts = [each.alert for each in told]
                yield Issue(
                    reader=reader,
                    calendar=calendar,
                    slot=slot,
                    since=calendar.until(slot - 1),
                    alerts=alerts,
                    before=before,
                    reasons=list(dict.fromkeys(each.reason for each in told)),
                )
                before = _after(before, alerts)


def _after(before: Before, alerts: list[Alert]) -> Before:
    """What the next digest has to know of this one and those before it."""
    lasting: dict[About, Severity] = dict(before.lasting)
    for alert in sorted(alerts, key=lambda alert: alert.at):
        if alert.state == "ringing":
            lasting[About.of(alert)] = alert.severity
        else:
            lasting.pop(About.of(alert), None)
    return Before(lasting, Counter(alert.rule for alert in alerts if alert.state == "ringing"))
