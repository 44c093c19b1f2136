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
from benchmarks.same import APART
from benchmarks.target import Target
from benchmarks.task import BASE, EVERYTHING

NOTES = {
    BASE: """\
Every system does: decode and validate, drop duplicates, aggregates, threads of orders and tickets, the rules
over them, rows with a durable changelog, alerts. Tocsin has churn, series and pairs switched off; it alone
forwards misplaced events, holds a watermark over all inputs and a moment for every row, keeps a ledger with
the offsets in the same transaction, and runs the stage of products; that counts against it.
Faust, awaited: each write is acknowledged before the event is; a kill may double, and loses nothing.
Faust, loose: a kill loses events. Quix Streams, at-least-once: a checkpoint every 5 s; a kill may double.
`aligned` is how Quix comes (topics merged by time); that is off in the others, in its favour.""",
    EVERYTHING: """\
Tocsin as it ships. The references do the same with the same functions, event by event: also notes, scores
and labels of churn, series and pairs, and all stages behind. `said` is scores told, partial sums of series,
closed windows and baskets: all systems said the same, within %g%%."""
    % (100 * APART),
}
REST = "A run of Tocsin ends at rest: with the last commit of any stage. Waiting for quiet inputs is in it."


def targets(results: Results) -> list[Target]:
    """The bar."""
    speed = [
        Target(f"{job}: events/s, times {system}", results.speed(job, system), limit, aim=aim)
        for job in (BASE, EVERYTHING)
        for system, limit, aim in (
            ("Faust, awaited", 5.0, 8.0),
            ("Quix Streams, at-least-once", 1.2, 2.0),
        )
    ]
    memory = [
        Target(f"peak MiB at {customers:,} customers", reading.peak / MIB, 1_000.0, most=True, aim=600.0)
        for customers, reading in results.memory.items()
    ]
    return speed + memory


def show(console: Console, results: Results, bar: Sequence[Target], broker: str, stream: str) -> None:
    """Print everything."""
    console.print(f"{stream}\non {broker}\n{REST}", markup=False, highlight=False)
    for job in results.pairs:
        _show_job(console, results, job)
    if results.memory:
        table = _table("memory, everything on", "")
        for customers, reading in results.memory.items():
            table.add_row(f"Tocsin, {customers:,} customers", *_figures([reading]), "", "", _said(reading))
        console.print(table)
    for target in bar:
        console.print(str(target), markup=False, highlight=False)


def _show_job(console: Console, results: Results, job: str) -> None:
    table = _table(job, NOTES[job])
    for events, runs in results.ours(job).items():
        table.add_row("Tocsin", *_figures(runs), "", "", _said(runs[0]))
        for system, pairs in results.pairs[job].items():
            if pairs[0].reference.events != events:
                continue
            ratios = f"{results.speed(job, system):.2f} x", f"{results.cpu(job, system):.2f} x"
            references = [pair.reference for pair in pairs]
            table.add_row(system, *_figures(references), *ratios, _said(references[0]))
        table.add_section()
    console.print(table)


def _table(title: str, notes: str) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left", caption=notes)
    table.add_column("system")
    table.add_column("events", justify="right")
    for name in ("runs", "events/s", "CPU s per 1,000", "peak MiB", "Tocsin is faster", "by CPU", "said"):
        table.add_column(name, justify="right")
    return table


def _said(reading: Reading) -> str:
    """Alerts of the customer stage; the rest where there is any."""
    if not reading.told:
        return f"{reading.alerts} alerts"
    return "\n".join(f"{number:,} {what}" for what, number in reading.told.items())


def _figures(runs: Sequence[Reading]) -> tuple[str, ...]:
    return (
        f"{runs[0].events:,}",
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
            job: {
                system: [{**asdict(pair), "speed": pair.speed, "cpu": pair.cpu} for pair in pairs]
                for system, pairs in of_job.items()
            }
            for job, of_job in results.pairs.items()
        },
        "memory": {str(customers): asdict(reading) for customers, reading in results.memory.items()},
    }
    path.write_bytes(orjson.dumps(said, option=orjson.OPT_INDENT_2))
