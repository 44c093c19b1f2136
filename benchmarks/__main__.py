"""`python -m benchmarks`: everything in one run, on one broker; exit code 1 when a target is missed.

`--sweep` measures the close of a day over a million customers instead; it needs no broker.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import broker, report, sweep, workload
from benchmarks.plan import Bench
from streams.clock import monotonic

HOME = Path(__file__).parents[1] / "var" / "bench"
JOURNEYS = {10_000: 30_000, 100_000: 100_000}  # by customers
ALONE = (("benchmarks.decode",), ("benchmarks.parts", "--runs", "2"))
"""What is measured without a broker: the cost of bytes to event, and parts listed by cost."""
FEWER = 2  # everything is done on half of the stream: later nights depend on which model was adopted when
SLOW = 8  # stock Faust does everything on so much less of the stream, with Tocsin beside it
WIDTH = 120


def main() -> int:
    """Run, show, keep; the exit code."""
    asked = _arguments()
    if asked.sweep:
        return sweep.main([])
    # As Ctrl-C does: whatever was started is stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A log or a pipe has no width of its own; the table needs this much.
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    began = monotonic()

    def say(line: str) -> None:
        console.print(f"[{monotonic() - began:4.0f} s] {line}", markup=False, highlight=False, soft_wrap=True)

    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > cores / 2:
        say(f"this machine is busy (load {load:.1f} on {cores} cores): CPU per event holds, events/s less so")
    runs = HOME / "runs"
    shutil.rmtree(runs, ignore_errors=True)
    (runs / "broker").mkdir(parents=True)
    alone = [_alone(*command) for command in ALONE] if asked.memory else []
    stream = workload.realistic(asked.events)
    with broker.running(asked.broker, runs / "broker") as server:
        say(f"broker: {server.name}")
        bench = Bench(server.address, runs, say)
        bench.base(stream, asked.rounds)
        bench.everything(workload.realistic(asked.events // FEWER), asked.rounds)
        bench.slow(workload.realistic(asked.events // SLOW))
        for customers, journeys in JOURNEYS.items() if asked.memory else ():
            bench.memory(customers, workload.of_size(customers, journeys))
    bar = report.targets(bench.results)
    title = f"{asked.events:,} events of {stream.name}"
    report.show(console, bench.results, bar, server.name, title)
    for words in alone:
        console.print(words, markup=False, highlight=False)
    report.write(
        HOME / "bench.json", bench.results, bar,
        broker=server.name, workload=title, machine=_machine(), alone=alone,
    )  # fmt: skip
    say(f"kept in {HOME.relative_to(Path.cwd()) if HOME.is_relative_to(Path.cwd()) else HOME}/bench.json")
    shutil.rmtree(runs / "broker", ignore_errors=True)
    return 0 if all(target.met for target in bar) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events per run (default 100,000)")
    parser.add_argument("--rounds", type=int, default=2, help="runs of Quix Streams for each job (default 2)")
    parser.add_argument("--broker", choices=("auto", "kafka", "embedded"), default="auto")
    parser.add_argument(
        "--no-memory",
        dest="memory",
        action="store_false",
        help="leave out the runs with many customers and those without a broker",
    )
    parser.add_argument(
        "--sweep", action="store_true", help="a million customers at the close of a day, and nothing else"
    )
    return parser.parse_args()


def _alone(module: str, *arguments: str) -> str:
    """What a benchmark of its own says."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout


def _machine() -> dict[str, str]:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return {"python": platform.python_version(), "cores": str(os.cpu_count()), "load": load}


if __name__ == "__main__":
    sys.exit(main())
