"""All stages over a stream, the pure engine alone: no broker, no Faust; everything on, as the worker has it.

The customer partitions take their steps in turn, so many events each, and are told of one another's time.
What is sent to an internal topic is in the inbox of its reader before that one's next step. A lane with an
unfinished step goes on before anybody else does, as a stage behind has nothing better to do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import orjson

from alerts.config.load import load
from benchmarks.downstream import stages
from streams.engine import models
from streams.engine.customer import CustomerStage
from streams.engine.intake import REROUTED
from streams.engine.lane import Stage
from streams.engine.models import MODELS
from streams.engine.partition import partition_of
from streams.engine.records import Batch, Input, Send
from streams.engine.state import Outcome, State
from streams.settings import Settings
from streams.sources.record import Record
from streams.topics import INPUTS
from streams.wiring import engine_options

PARTITIONS = 4
STEP = 1_500  # events
NOW = 1_790_000_000_000  # later than every event
TICK = 200  # ms of the wall clock that a round takes
STILL = 8  # rounds without anything to do, after which nothing will come any more
TOPICS = tuple(topic.name for topic in INPUTS)
Log = list[tuple[str, bytes | None, bytes | None]]


def logs(records: Iterator[Record]) -> dict[int, Log]:
    """Records by partition, in order."""
    found: dict[int, Log] = {partition: [] for partition in range(PARTITIONS)}
    for record in records:
        found[partition_of(record.key or b"", PARTITIONS)].append((record.topic, record.key, record.value))
    return found


class Lane:
    """One partition of one stage, and what has been sent to it."""

    def __init__(self, stage: Stage, partition: int) -> None:
        self.stage, self.state, self.quiet = stage, State(partition), stage.quiet()
        self.inbox: dict[str, list[Input]] = defaultdict(list)
        self._ends: Counter[str] = Counter()
        self.more = self.first = False

    def give(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        """The next record of an input."""
        self.inbox[topic].append(Input(self._ends[topic], key, value, headers))
        self._ends[topic] += 1

    def step(self, now: int, open_: Sequence[str]) -> Outcome:
        """Take what is there; `open_` are inputs that are not read to their end."""
        batches = [] if self.first else [Batch(topic, records) for topic, records in self.inbox.items()]
        if batches:
            self.inbox = defaultdict(list)
        drained = [topic for topic in self.stage.inputs if topic not in open_ and not self.inbox.get(topic)]
        outcome = self.stage.step(self.state, batches, now, drained, self.quiet)
        self.state.apply(outcome)
        self.more, self.first = outcome.more, outcome.first
        return outcome


class EngineRun:
    """A run of all stages.

    Attributes:
        sent: records by topic.
    """

    def __init__(self) -> None:
        settings = Settings(clock="events", idle_after=timedelta(milliseconds=500), partitions=PARTITIONS)
        config = load("", "the defaults")
        options = engine_options(settings, config)
        self._customers = CustomerStage(TOPICS, options)
        self._lanes = {
            (topic, partition): lane
            for stage in (self._customers, *stages(options, config))
            for partition in range(PARTITIONS if stage.name in ("customer", "product") else 1)
            for lane in [Lane(stage, partition)]
            for topic in stage.inputs
        }
        self._now = NOW
        self.sent: Counter[str] = Counter()

    def work(self, found: Mapping[int, Log]) -> int:
        """Everything, until nothing moves; how many events."""
        customers = [self._lanes[REROUTED, partition] for partition in range(PARTITIONS)]
        behind = list({id(lane): lane for lane in self._lanes.values() if lane not in customers}.values())
        at = dict.fromkeys(range(PARTITIONS), 0)
        still = 0
        while still < STILL:
            busy = False
            for partition, lane in enumerate(customers):
                log, begin = found[partition], at[partition]
                if not lane.first and begin < len(log):
                    for topic, key, value in log[begin : begin + STEP]:
                        lane.give(topic, key, value, ())
                    at[partition] = begin + STEP
                busy |= self._step(lane, TOPICS if at[partition] < len(log) else ())
            for lane in behind:
                busy |= self._step(lane, ())
                while lane.more:
                    self._step(lane, ())
            still = 0 if busy else still + 1
            self._now += TICK
        return sum(map(len, found.values()))

    def _step(self, lane: Lane, open_: Sequence[str]) -> bool:
        outcome = lane.step(self._now, open_)
        for send in outcome.sends:
            self._deliver(send)
        return outcome.commit or outcome.more

    def _deliver(self, send: Send) -> None:
        self.sent[send.topic] += 1
        if send.topic == MODELS and send.value is not None:
            self._customers.adopted = models.read(orjson.loads(send.value))
        to = send.partition if send.partition is not None else partition_of(send.key or b"", PARTITIONS)
        lane = self._lanes.get((send.topic, to))
        if lane is not None:
            lane.give(send.topic, send.key, send.value, list(send.headers))
