"""Where the stages spend their time, everything on: the pure engine alone, no broker, no Faust.

    python -m benchmarks.parts
    python -m benchmarks.parts --events 100000 --customers 20000

Samples every millisecond of CPU time and asks which part of the engine was at work; nothing is instrumented,
so small functions cost what they cost. The stages run one after another, see `engine_run`.
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

from benchmarks.engine_run import EngineRun, logs
from benchmarks.workload import of_size, realistic
from streams.memory import tune_memory

EVERY = 0.001  # seconds of CPU

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
    ("streams.engine.customer", "_Step._settle"): "churn: what waits for the close of a day",
    (
        "streams.engine.churn.sweeping",
        "Sweep.score",
    ): "churn: what is known of a customer at the close of a day",
    ("streams.engine.churn.scoring", "score"): "churn: scores",
    ("streams.engine.churn.scoring", "send_scores"): "churn: scores in words",
    ("streams.engine.churn.sweeping", "Sweep.label"): "churn: labels",
    ("streams.engine.customer", "_Step.close_days"): "churn: the close of a day",
    ("streams.engine.series.measuring", "Measuring.count"): "series: what an event adds",
    ("streams.engine.series.measuring", "Measuring.thread"): "series: what an order or ticket adds",
    ("streams.engine.series.measuring", "Measuring.close"): "series: sums told, open buckets written",
    ("streams.engine.pairs.keeping", "Keeping.take"): "pairs: orders of open days",
    ("streams.engine.customer", "_Step.send_baskets"): "pairs: orders of open days",
    ("streams.engine.ringing", "Judge.judge"): "rules",
    ("streams.engine.ringing", "Judge.settle"): "rules: settle what is over",
    ("streams.engine.customer", "_Step._tidy"): "rules: settle what is over",
    ("streams.engine.customer", "_Step.pass_moments"): "moments that passed",
    ("streams.engine.customer", "_Step.take"): "the step itself",
    ("streams.engine.state", "State.apply"): "state and timers",
    ("streams.engine.customer", "CustomerStage.step"): "the step itself",
    ("streams.engine.series.stage", "SeriesStage._next"): "series stage: partitions added up",
    ("streams.engine.series.closing", "Closing.begin"): "series stage: values of a bucket",
    ("streams.engine.series.closing", "Closing._see"): "series stage: what is expected, and what came",
    ("streams.engine.series.closing", "Closing._finish"): "series stage: what rings, windows",
    ("streams.engine.series.closing", "Closing.go_on"): "series stage: the close of a bucket",
    ("streams.engine.series.stage", "SeriesStage.step"): "series stage: records and rows",
    ("streams.engine.pairs.stage", "PairStage.step"): "pair stage",
    ("streams.engine.trainer", "TrainerStage.step"): "trainer",
    ("streams.engine.risk", "RiskStage.step"): "whom to tell of churn",
    ("streams.engine.product", "ProductStage.step"): "products",
}


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
        events = EngineRun().work(found)
        costs.append((time.process_time() - began) / events * 1e6)
    samples: Counter[str] = Counter()
    with sampling(samples):
        EngineRun().work(found)
    best = min(costs)
    runs = ", ".join(f"{cost:.1f}" for cost in costs)
    print(f"{events:,} events of {stream.name}:\n{best:.1f} us of CPU each (runs: {runs})")
    for part, number in samples.most_common():
        share = number / samples.total()
        print(f"{share * best:6.1f} us  {share:5.1%}  {part}")


if __name__ == "__main__":
    main()
