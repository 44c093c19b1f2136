"""Results as a table for people and as JSON, and whether the targets are met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.meter import MIB
from benchmarks.plan import Results
from benchmarks.reading import Reading
from benchmarks.target import Target

NOTES = """\
Every system does: decode and validate, drop duplicates, aggregates, threads of orders and tickets, the rules
over them, rows with a durable changelog, alerts. Tocsin alone also: forwards misplaced events, holds a
watermark over all inputs and a moment for every row, keeps a ledger with the offsets in the same transaction,
runs the stages of products, churn, series and pairs; that counts against it.
Faust, awaited: each write is acknowledged before the event is; a kill may double, and loses nothing.
Faust, loose: a kill loses events. Quix Streams, at-least-once: a checkpoint every 5 s; a kill may double.
`aligned` is how Quix comes (topics merged by time); that is off in the others, in its favour."""


def targets(results: Results) -> list[Target]:
    """The bar."""
    speed = [
        Target("events/s, times Faust, awaited", results.speed("Faust, awaited"), 5.0, aim=8.0),
        Target("events/s, times Quix Streams", results.speed("Quix Streams, at-least-once"), 1.2, aim=2.0),
    ]
    memory = [
        Target(f"peak MiB at {customers:,} customers", reading.peak / MIB, 1_000.0, most=True, aim=600.0)
        for customers, reading in results.memory.items()
    ]
    return speed + memory


def show(console: Console, results: Results, bar: Sequence[Target], broker: str, workload: str) -> None:
    """Print everything."""
    table = Table(
        title=f"{workload}\non {broker}", title_justify="left", caption_justify="left", caption=NOTES
    )
    table.add_column("system")
    for name in ("runs", "events/s", "CPU s per 1,000", "peak MiB", "Tocsin is faster", "by CPU", "alerts"):
        table.add_column(name, justify="right")
    table.add_row("Tocsin", *_figures(results.ours), "", "", str(results.ours[0].alerts))
    for system, pairs in results.pairs.items():
        runs = [pair.reference for pair in pairs]
        ratios = f"{results.speed(system):.1f} x", f"{median(pair.cpu for pair in pairs):.1f} x"
        table.add_row(system, *_figures(runs), *ratios, str(runs[0].alerts))
    for customers, reading in results.memory.items():
        table.add_row(f"Tocsin, {customers:,} customers", *_figures([reading]), "", "", str(reading.alerts))
    console.print(table)
    for target in bar:
        console.print(str(target), markup=False, highlight=False)


def _figures(runs: Sequence[Reading]) -> tuple[str, str, str, str]:
    return (
        str(len(runs)),
        f"{median(run.rate for run in runs):,.0f}",
        f"{median(run.cpu_per_thousand for run in runs):.3f}",
        f"{max(run.peak for run in runs) / MIB:,.0f}",
    )


def write(path: Path, results: Results, bar: Sequence[Target], **facts: Any) -> None:
    """Keep everything, run by run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {
        **facts,
        "targets": [{**target._asdict(), "met": target.met} for target in bar],
        "pairs": {
            system: [{**asdict(pair), "speed": pair.speed, "cpu": pair.cpu} for pair in pairs]
            for system, pairs in results.pairs.items()
        },
        "memory": {str(customers): asdict(reading) for customers, reading in results.memory.items()},
    }
    path.write_bytes(orjson.dumps(said, option=orjson.OPT_INDENT_2))
