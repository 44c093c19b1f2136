"""Drives the pure stages over whole logs, with no broker: what a backtest does, cut into steps at will."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from detectors.churn.chunk import examples
from streams.engine.customer import CustomerStage
from streams.engine.intake import ANNOUNCEMENT
from streams.engine.lane import Stage
from streams.engine.models import Adopted
from streams.engine.options import Options
from streams.engine.partition import partition_of
from streams.engine.product import ProductStage
from streams.engine.records import Batch, Input
from streams.engine.state import State
from streams.engine.watermark import Quiet

At = tuple[str, int]
IDLE_ROUNDS = 6


class _Lane:
    """One partition of one stage."""

    def __init__(self, stage: Stage, partition: int) -> None:
        self.stage, self.state = stage, State(partition)
        self.quiet: Quiet = stage.quiet()

    def batches(self, logs: Mapping[At, list[Input]], rng: random.Random | None) -> list[Batch]:
        """The next records of some inputs; without chance all there is."""
        found = []
        for topic in self.stage.inputs:
            start = self.state.row.offsets.get(topic, 0)
            records = logs[topic, self.state.partition][start:]
            if rng:
                records = records[: rng.choice((0, 0, 1, 2, 5, 50))]
            found.append(Batch(topic, records))
        return found


class Drive:
    """Both stages over the same logs, and what else has one partition.

    Args:
        logs: (key, value), or (key, value, headers), of every record of the input logs.
        inputs: the public topics.
        options: of both stages.
        now: wall clock, ms, while there is something to read.
        adopted: what scores customers; the prior where it is not given.
        single: further stages, which have one partition each.
    """

    def __init__(
        self,
        logs: Mapping[At, Sequence[tuple[Any, ...]]],
        inputs: Sequence[str],
        options: Options,
        now: int,
        *,
        adopted: Adopted | None = None,
        single: Sequence[Stage] = (),
    ) -> None:
        self.now, self.options = now, options
        self.logs: defaultdict[At, list[Input]] = defaultdict(list)
        for at, records in logs.items():
            self.logs[at] = [Input(offset, *record) for offset, record in enumerate(records)]
        customers = CustomerStage(inputs, options)
        customers.adopted = adopted or customers.adopted
        stages: tuple[Stage, ...] = (customers, ProductStage(options))
        self.lanes = [_Lane(stage, number) for stage in stages for number in range(options.partitions)]
        self.lanes += [_Lane(stage, 0) for stage in single]

    def run(self, rng: random.Random | None = None) -> Drive:
        """Read everything, in steps of any size, then let all inputs fall idle."""
        self._read(rng)
        for _ in range(IDLE_ROUNDS):
            self.now += self.options.idle_after + 1
            for lane in self.lanes:
                while self._step(lane, None):
                    pass
            self._read(rng)
        return self

    def _read(self, rng: random.Random | None) -> None:
        while waiting := [
            lane for lane in self.lanes if any(b.records for b in lane.batches(self.logs, None))
        ]:
            self._step(rng.choice(waiting) if rng else waiting[0], rng)

    def _step(self, lane: _Lane, rng: random.Random | None) -> bool:
        batches = lane.batches(self.logs, rng)
        state = lane.state
        drained = [
            batch.topic
            for batch in batches
            if state.row.offsets.get(batch.topic, 0) + len(batch.records)
            == len(self.logs[batch.topic, state.partition])
        ]
        before = dict(state.rows), state.row.dumps()
        outcome = lane.stage.step(state, batches, self.now, drained, lane.quiet)
        assert (state.rows, state.row.dumps()) == before, "a step changed the state by itself"
        state.apply(outcome)
        for send in outcome.sends:
            partition = send.partition
            if partition is None:
                partition = partition_of(send.key or b"", self.options.partitions)
            log = self.logs[send.topic, partition]
            log.append(Input(len(log), send.key, send.value, send.headers))
        return outcome.more

    def alerts(self) -> Iterator[dict[str, Any]]:
        """Every message on the topic `alerts`."""
        for (topic, _), log in sorted(self.logs.items()):
            if topic == "alerts":
                yield from (orjson.loads(record.value or b"") for record in log)

    def messages(self) -> list[bytes]:
        """The same, to the letter, in an order that does not depend on the run."""
        return sorted(orjson.dumps(each) for each in self.alerts())

    def churn(self) -> list[tuple[int, str]]:
        """Every score, every customer at risk or back, and every labelled example, by its moment, ms."""
        found: list[tuple[int, str]] = []
        for (topic, _), log in sorted(self.logs.items()):
            if topic not in {"customer-scores", "churn-risks", "churn-examples"}:
                continue
            for record in log:
                if record.key == ANNOUNCEMENT:
                    continue
                value = orjson.loads(record.value or b"")
                if topic == "customer-scores":
                    moment = datetime.fromisoformat(value["time"]).timestamp() * 1000
                    found.append((int(moment), f"score {value}"))
                elif topic == "churn-risks":
                    found += [(value["at"], f"risk {each}") for each in (*value["risks"], *value["back"])]
                else:
                    found += [(each.label_at, f"label {each}") for each in examples([value])]
        return sorted(found)

    def ledgers(self) -> dict[int, Any]:
        """Partition -> input -> counts."""
        rows = {each.state.partition: each.state.row for each in self.lanes if each.stage.name == "customer"}
        return {number: orjson.loads(row.dumps())["ledger"] for number, row in rows.items()}

    def customers(self) -> dict[bytes, Any]:
        """Aggregates and profile of every customer."""
        return {
            key: {name: row.get(name) for name in ("agg", "profile")}
            for lane in self.lanes
            for key, raw in lane.state.rows.items()
            if key.startswith(b"c/")
            for row in [orjson.loads(raw)]
        }
