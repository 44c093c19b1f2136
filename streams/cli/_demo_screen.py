"""What `tocsin demo` shows: stages as they are done, two bars, and tables at the end."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from streams.cli import _bars, _output
from streams.cli._text import one_line
from streams.clock import monotonic
from streams.demo.run import Result

PLAIN_EVERY = 10.0  # seconds between lines where no bar can move


class Terminal:
    """A `streams.demo.screen.Screen` for a terminal, or line by line for a log."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress: Progress | None = None
        self._told = monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_bars()

    def done(self, what: str, detail: str) -> None:
        """See Screen."""
        self._end_bars()
        self.console.print(Text.assemble(("  " + what.ljust(11), "bold green"), one_line(detail)))

    def say(self, sentence: str) -> None:
        """See Screen."""
        self.console.print(Text("  ! " + one_line(sentence), style="yellow"))

    def progress(self, *, sent: int, ended: int, total: int, reached: int | None, rate: float) -> None:
        """See Screen."""
        day = "" if reached is None else _bars.day(reached)
        if self.console.is_terminal:
            note = f"{rate:,.0f} a second" if ended < total else "waiting until event time stands still"
            self._show_bars(total, {"Sent": (sent, day), "Judged": (ended, note)})
        elif monotonic() - self._told >= PLAIN_EVERY:
            self._told = monotonic()
            self.done("...", f"{sent:,} sent ({day}), {ended:,} judged, {rate:,.0f} a second, of {total:,}")

    def _show_bars(self, total: int, shown: dict[str, tuple[int, str]]) -> None:
        if self._progress is None:
            columns = (
                TextColumn("  {task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[note]}"),
            )
            self._progress = Progress(*columns, console=self.console, transient=True)
            for name in shown:
                self._progress.add_task(name, total=total, note="")
            self._progress.start()
        for task, (count, note) in zip(self._progress.tasks, shown.values(), strict=True):
            self._progress.update(task.id, completed=count, note=note)

    def _end_bars(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def beside_json() -> Console:
    """Stderr: stdout belongs to the JSON."""
    return Console(file=sys.stderr, highlight=False, markup=False, emoji=False)


def closing(console: Console, result: Result) -> None:
    """The tables at the end."""
    total = result.summary
    ledger = result.ledger
    rows = [
        (
            topic,
            counts.ended,
            counts.processed,
            counts.duplicates,
            counts.too_late,
            _dead(counts.dead_letters),
        )
        for topic, counts in sorted(ledger.items())
    ]
    columns = ("topic", "events#", "processed#", "duplicates#", "too late#", "dead letters#")
    console.print()
    console.print(_output.table("What came in", columns, rows))
    rules = sorted({name.rpartition(".")[0] for name in total["alerts"]})
    alerts = [(rule, *(total["alerts"].get(f"{rule}.{state}", 0) for state in _STATES)) for rule in rules]
    console.print()
    console.print(_output.table("What rang", ("rule", "ringing#", "recovered#"), alerts))
    if result.incidents:
        incidents = [
            (
                each.incident.name,
                f"{each.incident.start:%Y-%m-%d}, {each.incident.lasts()}",
                each.incident.rule,
                each.rang,
                "found" if each.rang else "missed",
            )
            for each in result.incidents
        ]
        console.print()
        console.print(
            _output.table(
                "Incidents that were generated", ("incident", "from", "rule", "rang#", ""), incidents
            )
        )
    if result.real:
        console.print()
        real = [(each.rule, each.rang, each.example) for each in result.real]
        told = ("rule", "ringing#", "one of them")
        console.print(_output.table("What rang of real events alone", told, real))
    _where(console, result)


def _where(console: Console, result: Result) -> None:
    total, home = result.summary, result.home
    console.print()
    mails, digests = total["mails"]["immediate"], total["mails"]["digest"]
    console.print(
        f"{mails:,} mail{'s' * (mails != 1)} and {digests:,} digest{'s' * (digests != 1)}; "
        f"{total['events_per_second']:,.0f} events a second for {total['seconds']:,.1f} s."
    )
    series, pairs = total["series"], total["pairs"]
    console.print(
        f"{series['buckets']:,} buckets of {series['series']:,} series; {pairs['baskets']:,} baskets, "
        f"{pairs['significant']:,} times a relevant pair, {pairs['emerged']:,} that emerged."
    )
    index = home.mails / "index.html"
    for what, path in (
        ("All mails", index if index.exists() else home.mails),
        ("One of them", result.mail),
        ("Summary", home.summary),
        ("Who gets what", home.config),
        ("Logs", home.logs),
    ):
        if path is not None:
            console.print(Text.assemble((what.ljust(14), "bold"), _near(path)), soft_wrap=True)
    for problem in result.problems:
        console.print(Text("Wrong: " + one_line(problem), style="bold red"))


def _near(path: Path) -> str:
    """The shorter of the path from here and the whole path."""
    return min(os.path.relpath(path), str(path), key=len)


def _dead(reasons: dict[str, int]) -> int:
    return sum(reasons.values())


_STATES = ("ringing", "recovered")
