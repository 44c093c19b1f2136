"""A whole backtest into one folder: from files of events to alerts, mails, scores, tables and the summary."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from alerts.config.models import Config
from streams.backtest.report import Report
from streams.backtest.run import Backtest
from streams.backtest.scores import Scores
from streams.backtest.windows import Windows
from streams.clock import monotonic, now_ms
from streams.engine.options import Options
from streams.settings import Settings
from streams.sources import files as sources
from streams.sources.survey import Survey
from streams.summary import summary
from streams.topics import INPUTS

Progress = Callable[[int, int | None], None]
"""Told how many records are done, and how far time has come, ms."""


def write(  # noqa: PLR0917 - one of each
    files: Sequence[Path],
    found: Survey,
    out: Path,
    settings: Settings,
    config: Config,
    options: Options,
    moments: Collection[int],
    progress: Progress,
) -> dict[str, Any]:
    """Run the engine over files and write what came of it; returns the summary, which is written, too.

    Args:
        files: JSON lines or archives; merged by time.
        found: what they hold.
        out: the folder; what an earlier run left in it is replaced.
        settings: of the mails.
        config: analysts and rules.
        options: of the engine, as the settings and the config say.
        moments: when everybody's score is written, ms; none for everybody's last one.
        progress: called now and then.

    Raises:
        Permanent: a file cannot be read.
    """
    records = sources.merged([map(sources.any_record, sources.lines(file)) for file in files])
    now, began, done = now_ms(), monotonic(), 0
    with (
        Report(out, settings, config, now) as report,
        Scores(out / "scores.jsonl", moments) as scores,
        Windows(out) as windows,
    ):
        punctual = ordered(found, options.disorder)
        run = Backtest(options, punctual, config, report.alert, report.dead, scores.take, windows.take)

        def tell(count: int) -> None:
            nonlocal done
            done += count
            progress(done, run.rows[0].watermark)

        asyncio.run(run.run(records, now, tell))
        seconds = monotonic() - began
        report.write_digests()
        mails = {"immediate": report.mails, "digest": report.digests}
        watched = options.series is not None or options.pairs is not None
        closed = windows.closed if watched else None
        came = summary(run.sent, run.rows, mails=mails, seconds=seconds, churn=run.churn, closed=closed)
        report.summary(came)
    return came


def ordered(found: Survey, disorder: int) -> frozenset[str]:
    """The input topics that may be told to have been read up to where time has come; see `Backtest`.

    >>> sorted(ordered(Survey(behind={"orders": 9, "tickets": 11}), 10))
    ['contacts', 'customers', 'orders', 'web-events']
    """
    late = {topic for topic, behind in found.behind.items() if behind > disorder}
    return frozenset(topic.name for topic in INPUTS) - late
