"""`tocsin backtest`: what would have rung."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from streams.cli import _options

app = typer.Typer()


@app.command("backtest")
def backtest(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="JSON lines, .gz too; or an archive's folder.")
    ],
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go; made if it is not there.")],
    config: Annotated[
        Path | None, typer.Option(help="Analysts, filters, rules; otherwise TOCSIN_CONFIG.")
    ] = None,
    quiet_until: _options.QuietUntil = None,
    score_dates: Annotated[
        str | None,
        typer.Option(
            metavar="D,D,...",
            help="Write every known customer's score at these times: dates (midnight UTC) or ISO times.",
        ),
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option(metavar="DAYS", min=1, max=365, help="Of churn; otherwise the config's, or 30."),
    ] = None,
    as_json: _options.Json = False,
) -> None:
    """Run the engine over files, with no broker, and write what a live run would have written.

    It writes alerts.jsonl, scores.jsonl, series.csv, pairs.csv, dead-letters.jsonl, mails/ (.eml and .html)
    and summary.json. The files' events are merged by time. A score is the probability that a customer orders
    nothing within the horizon, by what was known at its time and no later; without --score-dates,
    scores.jsonl holds each customer's last one. series.csv holds every bucket that closed, at its beginning,
    beside what was expected of it before; pairs.csv the relevant pairs of every window that closed, and what
    changed in it. Exit codes: 0 every record ended in exactly one place; 1 the ledger does not add up;
    2 wrong usage, settings or file.

    Examples:
    - `tocsin backtest examples/orders.jsonl --out var/backtest`
    - `tocsin backtest orders.jsonl.gz tickets.jsonl.gz --out var/backtest --config tocsin.yaml --json`
    - `tocsin backtest var/archive --out var/backtest` (what `tocsin archive` wrote)
    - `tocsin backtest orders.jsonl --out var/backtest --horizon 90 --score-dates 2026-06-01,2026-07-01`
    """
    from dataclasses import replace  # noqa: PLC0415 - keeps `tocsin --help` quick

    from streams.backtest.folder import write  # noqa: PLC0415 - the same
    from streams.backtest.scores import moments  # noqa: PLC0415 - the same
    from streams.cli import _bars, _output  # noqa: PLC0415 - the same
    from streams.memory import tune_memory  # noqa: PLC0415 - the same
    from streams.sources.files import any_record  # noqa: PLC0415 - the same
    from streams.sources.survey import survey  # noqa: PLC0415 - the same
    from streams.summary import adds_up  # noqa: PLC0415 - the same
    from streams.wiring import engine_options, read_config, with_horizon  # noqa: PLC0415 - the same

    tune_memory()
    settings = _options.settings(config=config, quiet_until=quiet_until)
    chosen = read_config(settings)
    if horizon is not None:
        chosen = with_horizon(chosen, horizon)
    wanted = moments(score_dates) if score_dates is not None else ()
    options = engine_options(settings, chosen)
    if options.churn is not None:
        options = replace(options, churn=replace(options.churn, moments=wanted))
    elif wanted or horizon is not None:
        raise typer.BadParameter("the rule churn is switched off in the config: nobody is scored.")
    found = survey(files, any_record)
    with nullcontext() if as_json else _bars.bar("Reading", found.total) as bar:
        progress = bar or (lambda *_: None)
        came = write(files, found, out, settings, chosen, options, wanted, progress)
    if as_json:
        _output.write_json(came)
    else:
        mails = came["mails"]
        print(
            f"{came['processed']} events processed, {sum(came['alerts'].values())} alerts, "
            f"{mails['immediate']} mails, {mails['digest']} digests."
        )
        print(f"Everything is in {out}, figures in {out / 'summary.json'}.")
    if not adds_up(came):
        raise typer.Exit(1)
