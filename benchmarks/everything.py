"""Everything that Tocsin does, event by event, for the references; made of the engine's own functions.

Beside the base job: notes for churn, measures of series, baskets of open days; the closes of buckets and days
with their scores, examples and labels (`partition`); and the stages behind them (`downstream`), fed by the
reference's own consumer. Every row that a record changes is handed to the reference's store before the
record counts as done: what its offsets claim, it must not lose. A new model is adopted in the moment it is
published, without being followed on its topic: one more favour.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from alerts.config.load import load
from benchmarks.downstream import Downstream
from benchmarks.job import Done, Job, Stored
from benchmarks.partition import Partition
from schemas.errors import Poison
from streams.engine import models
from streams.engine.history import record
from streams.engine.intake import DEAD_LETTERS, Arrival
from streams.engine.models import MODELS, untaught
from streams.engine.records import Headers, Record, Send
from streams.engine.ringing import Judge
from streams.engine.series.plan import Plan
from streams.engine.shortage import report
from streams.engine.state import Outcome
from streams.settings import Settings
from streams.topics import INPUTS
from streams.wiring import engine_options

Ends = Mapping[tuple[str, int], int]
"""Records by topic, without prefix, and partition."""


class Everything(Job):
    """Everything, with what it must remember beside the rows.

    Args:
        ends: of the inputs.
    """

    def __init__(self, ends: Ends) -> None:
        config = load("", "the defaults")
        super().__init__(engine_options(Settings(clock="events"), config))
        if self.options.series is None or self.options.churn is None:
            raise ValueError("everything is on by default")
        plan = Plan(self.options.series)
        self.judge = Judge(self.options.rules, plan.settled)
        self.downstream = Downstream(self.options, config)
        self.follows = self.downstream.topics
        self.adopted = untaught(self.options.churn.horizons, self.options.churn.main)
        self._partitions = [
            Partition(number, self.options, plan, {t.name: ends.get((t.name, number), 0) for t in INPUTS})
            for number in range(self.options.partitions)
        ]

    def take(
        self,
        topic: str,
        partition: int,
        value: bytes | None,
        headers: Headers,
        stored: Stored,  # noqa: ARG002 - rows are read from memory, in the references' favour
    ) -> Done:
        """What one record of an input changes; arguments as `Job.take`."""
        part = self._partitions[partition]
        outcome = Outcome(part.row)
        try:
            arrival = self.arrival(topic, partition, value, headers)
        except Poison:
            part.buried.append((topic, self.newest.get(partition, {}).get(topic)))
            outcome.sends.append(Send(DEAD_LETTERS, None, None, value))
            part.absorb(outcome)
        else:
            self._note(part, arrival, outcome)
        part.pass_time(topic, self.newest.get(partition, {}), self.adopted)
        return part.done()

    def follow(self, topic: str, partition: int, found: Record) -> Done:
        """What one record of an internal topic changes."""
        done = self.downstream.take(topic, partition, found)
        for send in done.sends:
            if send.topic == MODELS and send.value is not None:
                self.adopted = models.read(orjson.loads(send.value))
        return done

    def _note(self, part: Partition, arrival: Arrival, outcome: Outcome) -> None:
        """What an event changes at once; the order is that of the customer stage."""
        key, row = self.row_of(arrival, part.state.rows.get)
        if not self.is_new(row, arrival, part.state.partition):
            return
        if not arrival.late:
            part.measuring.count(row, arrival)
        if key.startswith(b"c/"):
            part.note(key, row, arrival, outcome)
            touched = record(row, arrival)
            if touched:
                thread = row[touched[0]][touched[1]]
                part.measuring.thread(touched[0], thread["known"], arrival)
                if touched[0] == "order":
                    part.basket(thread, arrival, outcome)
            elif arrival.event.kind == "out_of_stock" and not arrival.late:
                outcome.sends.append(report(arrival))
            outcome.sends += self.ring(row, key[2:].decode(), touched, part.state.partition)
        part.write(key, row, outcome)
