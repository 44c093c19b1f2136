"""Where the customer stage spends its time: the pure engine alone, no broker, no Faust.

    python -m benchmarks.parts
    python -m benchmarks.parts --events 100000 --customers 20000

Samples every millisecond of CPU time and asks which part of the engine was at work; nothing is instrumented,
so small functions cost what they cost.
"""

from __future__ import annotations

import argparse
import gc
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from benchmarks.workload import of_size, realistic
from streams.engine.customer import CustomerStage
from streams.engine.options import Options
from streams.engine.partition import partition_of
from streams.engine.records import Batch, Input
from streams.engine.state import State
from streams.memory import tune_memory
from streams.sources.record import Record
from streams.topics import INPUTS

PARTITIONS = 4
STEP = 2_000  # events
NOW = 1_790_000_000_000  # later than every event
EVERY = 0.001  # seconds of CPU
TOPICS = [topic.name for topic in INPUTS]

# The innermost function that has a name here says what was being done.
PARTS = {
    ("schemas.decode", "decode"): "bytes to checked event",
    ("streams.engine.intake", "Intake.read"): "watermark, lateness, whose partition",
    ("streams.engine.partition", "partition_of"): "watermark, lateness, whose partition",
    ("streams.engine.customer_row", "load"): "rows: read",
    ("streams.engine.customer_row", "dump"): "rows: write",
    ("streams.engine.customer_row", "forget"): "rows: forget what is old",
    ("streams.engine.customer_row", "take_id"): "duplicates",
    ("streams.engine.history", "record"): "aggregates and threads",
    ("streams.engine.churn.waiting", "note"): "churn: what waits for the close of a day",
    ("streams.engine.customer", "_Step.close_days"): "churn: the close of a day",
    ("streams.engine.ringing", "Judge.judge"): "rules",
    ("streams.engine.ringing", "Judge.settle"): "rules: settle what is over",
    ("streams.engine.customer", "_Step._tidy"): "rules: settle what is over",
    ("streams.engine.customer", "_Step.pass_moments"): "moments that passed",
    ("streams.engine.customer", "_Step.take"): "the step itself",
    ("streams.engine.state", "State.apply"): "state and timers",
    ("streams.engine.customer", "CustomerStage.step"): "the step itself",
}
Logs = dict[int, list[tuple[str, bytes | None, bytes | None]]]


def logs(records: Iterator[Record]) -> Logs:
    """Records by partition, in order."""
    found: Logs = {partition: [] for partition in range(PARTITIONS)}
    for record in records:
        found[partition_of(record.key or b"", PARTITIONS)].append((record.topic, record.key, record.value))
    return found


def work(found: Logs) -> int:
    """Every step of every partition; how many events."""
    stage = CustomerStage(TOPICS, Options(PARTITIONS, wall=False, idle_after=500))
    done = 0
    for partition, log in found.items():
        state, quiet = State(partition), stage.quiet()
        offsets: Counter[str] = Counter()
        # The other partitions are ahead: time goes on as this one's own events let it.
        state.row.announced = {str(other): NOW for other in range(PARTITIONS) if other != partition}
        for at in range(0, len(log), STEP):
            batches: dict[str, list[Input]] = {}
            for topic, key, value in log[at : at + STEP]:
                batches.setdefault(topic, []).append(Input(offsets[topic], key, value))
                offsets[topic] += 1
            given = [Batch(topic, records) for topic, records in batches.items()]
            state.apply(stage.step(state, given, NOW + at, (*TOPICS, "rerouted"), quiet))
        done += len(log)
    return done


@contextmanager
def sampling(samples: Counter[str], parts: Mapping[tuple[str, str], str] = PARTS) -> Iterator[None]:
    """Count which of the parts is at work, by CPU time, for the length of a `with` block."""

    def look(_signal: int, frame: FrameType | None) -> None:
        samples[_part(frame, parts)] += 1

    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _part(frame: FrameType | None, parts: Mapping[tuple[str, str], str]) -> str:
    while frame is not None:
        part = parts.get((frame.f_globals.get("__name__", ""), frame.f_code.co_qualname))
        if part is not None:
            return part
        frame = frame.f_back
    return "this benchmark"


def main() -> None:
    """Measure without sampling, then sample, and print both."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parts", description=__doc__)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--customers", type=int, help="a made-up shop of this size, not the real orders")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    stream = realistic(asked.events)
    if asked.customers:
        stream = of_size(asked.customers, max(asked.customers, asked.events // 4))
    found = logs(stream.records())
    tune_memory()
    gc.collect()
    costs = []
    for _ in range(asked.runs):
        began = time.process_time()
        events = work(found)
        costs.append((time.process_time() - began) / events * 1e6)
    samples: Counter[str] = Counter()
    with sampling(samples):
        work(found)
    best = min(costs)
    runs = ", ".join(f"{cost:.1f}" for cost in costs)
    print(f"{events:,} events of {stream.name}:\n{best:.1f} us of CPU each (runs: {runs})")
    for part, number in samples.most_common():
        share = number / samples.total()
        print(f"{share * best:6.1f} us  {share:5.1%}  {part}")


if __name__ == "__main__":
    main()
