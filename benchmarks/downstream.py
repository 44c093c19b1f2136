"""What comes after the customer stage, record by record: products, trainer, risks, series and pairs.

The engine's own stages do it, a step for each record that the reference's consumer hands over, and more steps
until they have no more to do. Rows are read from memory, which favours the references; rows that were made
and dropped in handling the same record are not written, which does too.
"""

from __future__ import annotations

from collections.abc import Sequence

from alerts.config.choice import choices
from alerts.config.models import Config
from benchmarks.job import Done
from streams.clock import now_ms
from streams.engine.lane import Stage
from streams.engine.options import Options
from streams.engine.pairs.stage import PairStage
from streams.engine.product import ProductStage
from streams.engine.records import Batch, Record, Send
from streams.engine.risk import RiskStage
from streams.engine.series.stage import SeriesStage
from streams.engine.state import State
from streams.engine.trainer import TrainerStage
from streams.engine.watermark import Quiet
from streams.wiring import churn_settings


def stages(options: Options, config: Config) -> list[Stage]:
    """Those behind the customer stage, as the worker has them."""
    return [
        ProductStage(options),
        TrainerStage(options),
        RiskStage(options, choices(config), churn_settings(config)),
        SeriesStage(options),
        PairStage(options),
    ]


class Downstream:
    """The stages, and their states by topic and partition."""

    def __init__(self, options: Options, config: Config) -> None:
        self._stages = {topic: stage for stage in stages(options, config) for topic in stage.inputs}
        self._states: dict[tuple[str, int], tuple[State, Quiet]] = {}

    @property
    def topics(self) -> tuple[str, ...]:
        """What they read, without prefix."""
        return tuple(self._stages)

    def take(self, topic: str, partition: int, record: Record) -> Done:
        """What one record of an internal topic changes; keys of rows begin with their stage's name."""
        stage, place = self._stages[topic], (topic, partition)
        if place not in self._states:
            self._states[place] = State(partition), stage.quiet()
        state, quiet = self._states[place]
        written: set[bytes] = set()
        there: set[bytes] = set()
        sends: list[Send] = []
        batches: Sequence[Batch] = [Batch(topic, [record])]
        more = True
        while more:
            outcome = stage.step(state, batches, now_ms(), (), quiet)
            there |= {key for key in outcome.rows if key not in written and key in state.rows}
            written |= outcome.rows.keys()
            sends += outcome.sends
            state.apply(outcome)
            more, batches = outcome.more, ()
        name = stage.name.encode() + b"/"
        rows = {name + key: state.rows.get(key) for key in written if key in there or key in state.rows}
        return Done(rows, sends)
