"""Who was told of: one row for each customer and choice, so that one silence rings once and ends once.

A row, key `t/` + choice + `/` + customer, has the `silence` (ms) that was told last, whether it is `ringing`,
what the closing words need, and `due`: while it rings the next midnight UTC, when the customer must be at
risk still; later the moment from which nobody asks about so old a silence.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson

from alerts.advice import percent
from alerts.rules import churn
from schemas.alert import Alert
from streams.engine.ringing import send_alert
from streams.engine.state import Outcome, State

DAY = 86_400_000
YEAR = 365 * DAY
TOLD = b"t/"

Row = dict[str, Any]


class Told:
    """The rows that a step opens, and the alerts that come of it.

    Args:
        state: before the step.
        outcome: of the step; gets the alerts, and by `write` the rows.
        stage: name of the stage, for the alerts' source.
    """

    def __init__(self, state: State, outcome: Outcome, stage: str) -> None:
        self._state, self._outcome, self._stage = state, outcome, stage
        self._opened: dict[bytes, Row | None] = {}

    def find(self, choice: str, customer: str) -> Row | None:
        """What was told of a customer by a choice."""
        return self._find(told_key(choice, customer))

    def _find(self, key: bytes) -> Row | None:
        if key not in self._opened:
            raw = self._state.rows.get(key)
            if raw is None:
                return None
            self._opened[key] = orjson.loads(raw)
        return self._opened[key]

    def ring(self, choice: str, risk: churn.Risk, *, at: int, days: int, model: str, chosen: str) -> None:
        """Tell of a customer."""
        row: Row = {
            "silence": risk.silence,
            "ringing": True,
            "p": risk.p,
            "days": days,
            "region": risk.region,
            "synthetic": risk.synthetic,
            "due": next_midnight(at),
        }
        self._opened[told_key(choice, risk.customer)] = row
        told = _words(choice, risk.customer, row)
        self._say(churn.rings(told, risk, at=at, chosen=chosen, model=model))

    def stay(self, choice: str, customer: str, at: int) -> None:
        """A customer who is ringing is at risk on the day `at`, too."""
        row = self.find(choice, customer)
        if row is not None and row["ringing"]:
            row["due"] = next_midnight(at)

    def back(self, choice: str, customer: str, *, at: int, ordered: int) -> None:
        """A customer ordered at `ordered`; what rang for an older silence is over."""
        row = self.find(choice, customer)
        if row is not None and row["ringing"] and row["silence"] < ordered:
            self._close(row)
            self._say(churn.came_back(_words(choice, customer, row), at=at, ordered=ordered))

    def ease(self, choice: str, customer: str, *, at: int, now: str, sums: str = "") -> None:
        """A customer is at risk no more; without a word if the silence has become too old for one."""
        row = self.find(choice, customer)
        if row is not None and row["ringing"]:
            self._close(row)
            if at < row["due"]:  # else the row is forgotten next
                self._say(churn.eased(_words(choice, customer, row), at=at, now=now, sums=sums))

    def pass_due(self, key: bytes, *, choices: Collection[str], at: int, least: float) -> None:
        """A row's moment has come: nobody saw the customer at risk on that day, or the silence is too old.

        Args:
            key: of the row.
            choices: keys of the choices that somebody makes now.
            at: the row's moment, ms.
            least: probability below which nobody is seen.
        """
        choice, _, customer = key[len(TOLD) :].decode().partition("/")
        row = self._find(key)
        if row is not None and row["ringing"] and choice in choices:
            self.ease(choice, customer, at=at, now=f"below {percent(least)}")
        else:
            self._opened[key] = None

    def write(self) -> None:
        """Put the rows that were opened into the outcome."""
        for key, row in self._opened.items():
            raw = None if row is None else orjson.dumps(row)
            if raw != self._state.rows.get(key):
                self._outcome.rows[key] = raw
                self._outcome.dues[key] = None if row is None else row["due"]

    def _close(self, row: Row) -> None:
        # It is remembered: a silence that was told does not ring again, though its end was a mistake.
        row["ringing"], row["due"] = False, row["silence"] + YEAR

    def _say(self, alert: Alert) -> None:
        self._outcome.sends.append(send_alert(self._outcome.row, alert, self._stage))


def told_key(choice: str, customer: str) -> bytes:
    """The row of a customer and a choice.

    >>> told_key("20 a day", "c/7")
    b't/20 a day/c/7'
    """
    return TOLD + f"{choice}/{customer}".encode()


def next_midnight(moment: int) -> int:
    """The first midnight UTC after a moment, ms.

    >>> next_midnight(0), next_midnight(DAY - 1)
    (86400000, 86400000)
    """
    return (moment // DAY + 1) * DAY


def _words(choice: str, customer: str, row: Row) -> churn.Told:
    return churn.Told(
        choice, customer, row["silence"], row["p"], row["days"], row["region"], row["synthetic"]
    )
