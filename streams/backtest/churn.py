"""Churn in a backtest: the trainer learns between two days, and the next day is scored with what it learnt.

A live worker adopts a version when it comes; here nothing is left to chance, so a run has one outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from alerts.config.choice import Choice
from alerts.rules.churn import Settings
from detectors.churn.chunk import examples
from detectors.churn.figures import Figures
from detectors.churn.table import LEARNT
from streams.backtest.behind import Behind
from streams.engine.customer import CustomerStage
from streams.engine.intake import ANNOUNCEMENT
from streams.engine.models import read
from streams.engine.options import Options
from streams.engine.partition_row import PartitionRow
from streams.engine.records import Send
from streams.engine.risk import RiskStage
from streams.engine.trainer import TrainerStage
from streams.topics import CHURN_EXAMPLES, CUSTOMER_SCORES, MODELS

_RECENCY = LEARNT.index("recency")


class Churn:
    """The stages behind the scores, and what came of them.

    Args:
        scoring: the stage that scores; gets each version that the trainer makes.
        options: of the engine; churn is asked for.
        choices: how subscriptions want to be told.
        settings: of the rule.
        commits: takes what the stages send.
        score: takes each score.
    """

    def __init__(  # noqa: PLR0917 - one of each
        self,
        scoring: CustomerStage,
        options: Options,
        choices: Sequence[Choice],
        settings: Settings,
        commits: Callable[[Sequence[Send]], None],
        score: Callable[[Send], None],
    ) -> None:
        self._scoring, self._score = scoring, score
        self._main = scoring.adopted.churn.main
        self._behind = Behind([TrainerStage(options), RiskStage(options, choices, settings)], commits)
        self.figures = Figures()
        self.models = 0

    @property
    def rows(self) -> list[PartitionRow]:
        """The partition rows as they stand."""
        return self._behind.rows

    async def open(self) -> None:
        """Before the first step."""
        await self._behind.open()

    def take(self, send: Send) -> None:
        """Pass a record on, if it is about churn."""
        if send.topic == CUSTOMER_SCORES.name:
            self._score(send)
        elif send.topic == MODELS.name and send.value is not None:
            self._scoring.adopted = read(orjson.loads(send.value))
            self.models += 1
        elif self._behind.take(send) and send.topic == CHURN_EXAMPLES.name and send.key != ANNOUNCEMENT:
            self._figure(orjson.loads(send.value or b""))

    def _figure(self, labels: dict[str, Any]) -> None:
        if labels["days"] == self._main:
            for each in examples([labels]):
                self.figures.add(each.at, each.p, each.row[_RECENCY], silent=each.silent)

    async def step(self, now: int) -> None:
        """Let the stages do all that has come for them."""
        await self._behind.step(now)

    def summary(self) -> dict[str, Any]:
        """What `summary.json` says of churn."""
        return {
            "horizon_days": self._main,
            **self.figures.summary(),
            "models": self.models,
        }
