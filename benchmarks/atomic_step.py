"""What an atomic step costs: a transaction (T) beside acknowledged outputs and one atomic record batch (B).

    python -m benchmarks.atomic_step
    python -m benchmarks.atomic_step --broker embedded --rounds 5

Four lanes at once, each step 25 ms of work, 800 rows of 450 bytes, 5 outputs: what a thousand events leave.
T is the log that the worker runs (`streams.kafka.log`). B is what could have taken its place: an idempotent
producer, outputs acknowledged first, then all rows in one record batch. `none` does the work alone.
Then: what a stale owner can still do. See docs/decisions/0001-one-transaction-per-step.md.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import orjson
from aiokafka import AIOKafkaProducer

from benchmarks import broker, zombie
from streams.clock import monotonic
from streams.engine.partition import partition_of
from streams.engine.partition_row import PartitionRow
from streams.engine.records import Send
from streams.engine.state import Outcome
from streams.kafka.admin import create_topics
from streams.kafka.log import KafkaLog
from streams.settings import Settings
from streams.topics import ALERTS, CUSTOMER_ROWS

HOME = Path(__file__).parents[1] / "var" / "bench"
LANES, STEPS, ROWS, OUTPUTS = 4, 40, 800, 5
EVENTS = 1_000  # that a step stands for
WORK = 0.025  # seconds of CPU: a neighbour on the machine does not shorten it
CUSTOMERS = 20_000
VALUE = bytes(range(256))[:225].hex().encode()  # 450 bytes
ORDER = ("none", "T", "B", "none", "B", "T")  # neither has the warmer place


class Log(Protocol):
    """What a lane commits to."""

    async def fence(self) -> None:
        """Begin."""
        ...

    async def commit(self, outcome: Outcome) -> None:
        """Make a step durable."""
        ...

    async def close(self) -> None:
        """End."""
        ...


class NoLog:
    """Durable nowhere: the ceiling."""

    async def fence(self) -> None:
        """Nothing to do."""

    async def commit(self, outcome: Outcome) -> None:  # noqa: ARG002 - that is its nature
        """Let the other lanes work, as every commit does."""
        await asyncio.sleep(0)

    async def close(self) -> None:
        """Nothing to do."""


class BatchLog:
    """Way B."""

    def __init__(self, settings: Settings, partition: int) -> None:
        self._settings, self._partition = settings, partition
        self._producer: Any = None

    async def fence(self) -> None:
        """An idempotent producer fences nobody."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.broker,
            enable_idempotence=True,
            max_batch_size=1 << 20,
            max_request_size=16 << 20,
            linger_ms=0,
        )
        await self._producer.start()

    async def commit(self, outcome: Outcome) -> None:
        """Outputs, acknowledged; then every row in one batch, which is appended whole or not at all."""
        producer = self._producer
        sent = []
        for send in outcome.sends:
            batch = producer.create_batch()
            batch.append(key=send.key, value=send.value, timestamp=None)
            batch.close()
            partition = partition_of(send.key or b"", self._settings.partitions)
            topic = self._settings.topic(send.topic)
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        for each in sent:
            await each
        rows = producer.create_batch()
        for key, value in outcome.rows.items():
            if rows.append(key=key, value=value, timestamp=None) is None:
                raise AssertionError("the rows of a step do not fit in one batch")
        rows.close()
        topic = self._settings.topic(CUSTOMER_ROWS.name)
        await (await producer.send_batch(rows, topic, partition=self._partition))

    async def close(self) -> None:
        """End."""
        await self._producer.stop()


def _logs(settings: Settings) -> dict[str, Callable[[int], Log]]:
    return {
        "none": lambda _: NoLog(),
        "T": lambda lane: KafkaLog(
            settings, stage="step", changelog=CUSTOMER_ROWS.name, inputs=(), partition=lane
        ),
        "B": lambda lane: BatchLog(settings, lane),
    }


def _outcome(step: int) -> Outcome:
    rows = {b"c/%d" % ((step * ROWS + n) * 7919 % CUSTOMERS): VALUE for n in range(ROWS)}
    sends = [Send(ALERTS.name, None, b"episode-%d-%d" % (step, n), VALUE) for n in range(OUTPUTS)]
    return Outcome(PartitionRow(), sends=sends, rows=dict(rows))


async def _lane(log: Log, latencies: list[float]) -> None:
    for step in range(STEPS):
        until = time.thread_time() + WORK
        while time.thread_time() < until:
            pass
        outcome = _outcome(step)
        began = monotonic()
        await log.commit(outcome)
        latencies.append(monotonic() - began)


async def measure(make: Callable[[int], Log]) -> tuple[float, float]:
    """Events a second that these steps stand for, and the median ms of a commit."""
    logs = [make(lane) for lane in range(LANES)]
    for log in logs:
        await log.fence()
    latencies: list[float] = []
    began = monotonic()
    await asyncio.gather(*(_lane(log, latencies) for log in logs))
    seconds = monotonic() - began
    for log in logs:
        await log.close()
    return LANES * STEPS * EVENTS / seconds, median(latencies) * 1000


def _show(rates: dict[str, list[float]], waits: dict[str, list[float]]) -> dict[str, Any]:
    ratios = [t / b for t, b in zip(rates["T"], rates["B"], strict=True)]
    for name, found in rates.items():
        print(
            f"{name:4}  {median(found):8,.0f} events/s ({min(found):,.0f} - {max(found):,.0f})"
            f"  commit {median(waits[name]):6.1f} ms"
        )
    print(f"T runs at {median(ratios):.3f} of B, pair by pair ({min(ratios):.3f} - {max(ratios):.3f})")
    return {"events_per_second": rates, "commit_ms": waits, "t_of_b": ratios}


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, check, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.atomic_step", description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--broker", choices=("auto", "kafka", "embedded"), default="auto")
    asked = parser.parse_args(argv)
    folder = HOME / "atomic-step"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with broker.running(asked.broker, folder) as server:
        settings = Settings(broker=server.address, topic_prefix="bench-step.", partitions=LANES)
        create_topics(settings)
        print(
            f"on {server.name}: {LANES} lanes, {STEPS} steps each, {ROWS} rows and {OUTPUTS} outputs a step"
        )
        rates: dict[str, list[float]] = {name: [] for name in ("none", "T", "B")}
        waits: dict[str, list[float]] = {name: [] for name in rates}
        logs = _logs(settings)
        asyncio.run(measure(logs["T"]))  # the broker's first writes to a topic cost more
        order = [name for n in range(asked.rounds) for name in ORDER[n % 2 * 3 :][:3]]
        for name in order:
            rate, wait = asyncio.run(measure(logs[name]))
            rates[name].append(rate)
            waits[name].append(wait)
            print(f"  {name:4}  {rate:8,.0f} events/s  commit {wait:6.1f} ms", flush=True)
        found = _show(rates, waits)
        findings = asyncio.run(zombie.check(settings))
    for line in findings:
        print(line)
    kept = {"broker": server.name, **found, "stale_owner": findings}
    (HOME / "atomic_step.json").write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
