"""The stages with a guard of the days switched off: churn would follow from speed, not from the logs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from simulator.recipe import Recipe

from detectors.churn.chunk import Labelled, examples
from streams.engine.churn.sweeping import CUSTOMER, EXAMPLES, RISKS, past_key
from streams.engine.churn.waiting import past_of, settle
from streams.engine.customer import CustomerStage
from streams.engine.intake import ANNOUNCEMENT, announce
from streams.engine.partition_row import KEY
from streams.engine.records import Batch
from streams.engine.risk import RiskStage
from streams.engine.state import Outcome, State
from streams.engine.told import Told
from streams.engine.trainer import TrainerStage
from streams.engine.watermark import Quiet

_ALL_TIME = 1 << 60


class AnnouncesFirst(CustomerStage):
    """Announces a day when its close begins, not when all that belongs to it is sent."""

    def step(
        self, state: State, batches: Sequence[Batch], now: int, drained: Collection[str], quiet: Quiet
    ) -> Outcome:
        outcome = super().step(state, batches, now, drained, quiet)
        before, after = state.row.closing, outcome.row.closing
        outcome.sends = [
            send for send in outcome.sends if send.topic not in {EXAMPLES, RISKS} or send.key != ANNOUNCEMENT
        ]
        day = after["moment"] if after else outcome.row.closed
        if before is None and day is not None and day != state.row.closed:
            told = [announce(topic, 0, state.partition, day) for topic in (EXAMPLES, RISKS)]
            outcome.sends = [*told, *outcome.sends]
        return outcome


class KnowsAtOnce(CustomerStage):
    """Takes an event when it comes, though the day that must not know it yet is still open."""

    def step(
        self, state: State, batches: Sequence[Batch], now: int, drained: Collection[str], quiet: Quiet
    ) -> Outcome:
        outcome = super().step(state, batches, now, drained, quiet)
        for key, raw in list(outcome.rows.items()):
            if key.startswith(CUSTOMER) and raw is not None:
                row, place = orjson.loads(raw), past_key(key)
                if row.get("churn"):
                    past = past_of(outcome.rows.get(place, state.rows.get(place)))
                    settle(past, row["churn"], _ALL_TIME)
                    outcome.rows[place] = orjson.dumps(past)
                outcome.rows[key] = orjson.dumps(row)
                outcome.decoded.pop(key, None)
        return outcome


class HearsOne:
    """Takes a day for whole as soon as one partition has announced it."""

    def step(self, state: State, *more: Any) -> Outcome:
        outcome: Outcome = super().step(state, *more)  # type: ignore[misc] - of the stage that it is mixed into
        partitions: int = self.options.partitions  # type: ignore[attr-defined] - the same
        announced = outcome.row.announced
        if announced:
            outcome.row.announced = {str(each): max(announced.values()) for each in range(partitions)}
            outcome.rows[KEY] = outcome.row.dumps()
        return outcome


class LearnsOfOne(HearsOne, TrainerStage):
    """Learns a day before every partition has told of it."""


class TellsOfOne(HearsOne, RiskStage):
    """Chooses before every partition has told of the day."""


class LearnsAsItComes(TrainerStage):
    """Learns a day's labels in the order in which they came."""

    def _in_order(self, rows: list[bytes]) -> list[Labelled]:
        return [each for raw in rows for each in examples([orjson.loads(raw)["held"]])]


class ChoosesPieceByPiece(RiskStage):
    """Spends the budget of a day on every record anew."""

    def _judge(self, told: Told, content: Any, best: dict[str, list[Any]]) -> None:  # noqa: ARG002 - what is left out
        alone: dict[str, list[Any]] = {}
        super()._judge(told, content, alone)
        self._ring_best(told, content["at"], alone)


DAYS: dict[str, Recipe] = {
    "a day is announced before what belongs to it": Recipe(customer=AnnouncesFirst),
    "an event is known before its day": Recipe(customer=KnowsAtOnce),
    "a day is learnt before every partition has told of it": Recipe(trainer=LearnsOfOne),
    "a day is chosen from before every partition has told of it": Recipe(risk=TellsOfOne),
    "labels are learnt as they come": Recipe(trainer=LearnsAsItComes),
    "a budget is spent piece by piece": Recipe(risk=ChoosesPieceByPiece),
}
