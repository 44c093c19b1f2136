"""Drives one partition of one stage by hand: a record in, what comes of it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from alerts.timeline import utc
from streams.engine.customer import CustomerStage
from streams.engine.lane import Stage
from streams.engine.options import Options
from streams.engine.partition import partition_of
from streams.engine.records import Batch, Headers, Input, Send
from streams.engine.state import Outcome, State

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
T0 = 1_709_251_200_000  # 2024-03-01
NOW = T0 + 30 * DAY
PUBLIC = ("orders", "tickets", "web-events", "contacts", "customers")


def key_of(partition: int, partitions: int, name: str = "c") -> str:
    """A customer who belongs to a partition."""
    return next(
        f"{name}{n}" for n in range(1000) if partition_of(f"{name}{n}".encode(), partitions) == partition
    )


def event(kind: str, time: int, data: dict[str, Any], ident: str = "e", source: str = "shop") -> bytes:
    """A structured CloudEvent; `kind` as in `order.placed`."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": ident,
            "source": source,
            "type": f"tocsin.{kind}.v1",
            "time": utc(time).isoformat(),
            "data": data,
        }
    )


class Partition:
    """One partition, fed by hand; every step is applied."""

    def __init__(self, stage: Stage, number: int = 0) -> None:
        self.stage, self.number = stage, number
        self.state, self.quiet = State(number), stage.quiet()
        self.sends: list[Send] = []
        self._ends: dict[str, int] = {}

    def step(self, *batches: Batch, now: int = NOW, drained: Sequence[str] = ()) -> Outcome:
        outcome = self.stage.step(self.state, batches, now, drained, self.quiet)
        self.state.apply(outcome)
        self.sends += outcome.sends
        return outcome

    def feed(
        self, topic: str, *values: bytes | None, key: bytes | None = None, headers: Headers = ()
    ) -> Outcome:
        start = self._ends.get(topic, 0)
        self._ends[topic] = start + len(values)
        records = [Input(start + place, key, value, headers) for place, value in enumerate(values)]
        return self.step(Batch(topic, records))

    def fall_idle(self, now: int = NOW) -> None:
        """Everything drained and quiet for long enough."""
        for look in range(3):
            self.step(now=now + look * HOUR, drained=self.stage.inputs)

    def to(self, topic: str) -> list[Send]:
        return [send for send in self.sends if send.topic == topic]

    def alerts(self) -> list[tuple[str, str, str]]:
        found = [orjson.loads(send.value or b"")["data"] for send in self.to("alerts")]
        return [(each["rule"], each["state"], each["entity"]) for each in found]

    def row(self, key: bytes) -> Any:
        return orjson.loads(self.state.rows[key])


def customer_partition(partitions: int = 1, number: int = 0, **more: Any) -> Partition:
    """A partition of the customer stage."""
    return Partition(CustomerStage(PUBLIC, Options(partitions, **more)), number)
