"""`tocsin detect`: one series from a CSV file, through the production detector."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import _options
from streams.cli._text import one_line

if TYPE_CHECKING:
    from streams.detect import Tally

app = typer.Typer()


@app.command("detect")
def detect(
    file: Annotated[Path, typer.Argument(metavar="CSV", help="A CSV file with a header, UTF-8.")],
    *,
    time: Annotated[
        str, typer.Option(metavar="COL", help="The column of times: ISO 8601, or seconds or ms since 1970.")
    ],
    value: Annotated[str, typer.Option(metavar="COL", help="The column of values.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the rows go; otherwise standard output.")
    ] = None,
    count: Annotated[
        bool, typer.Option("--count", help="The values are counts of events: whole, and noisier when larger.")
    ] = False,
    sums: Annotated[
        bool, typer.Option("--sum", help="The values are sums over events, such as revenue: also noisier.")
    ] = False,
    as_json: _options.Json = False,
) -> None:
    """Run the production detector over a series and write what it says of every row.

    The columns are time, value, expected, lower, upper, score (0 to 1; 0.5 and above is strange enough to
    ring), alert (true or false) and direction (up, down or nothing). A row is judged by the rows before it
    only, so a file cut short gives the same rows. A cell that cannot be used is counted and told, never
    fatal; a time without a zone is taken as UTC.

    With `--json` the summary is JSON: on standard output when `--out` is given, otherwise on standard error.
    Exit codes: 0 every row was written; 2 wrong usage, file or column.

    Examples:
    - `tocsin detect revenue.csv --time day --value revenue --sum --out judged.csv`
    - `tocsin detect orders.csv --time hour --value orders --count --out judged.csv --json`
    """
    import sys  # noqa: PLC0415 - keeps `tocsin --help` quick

    from detectors.series.series import Series  # noqa: PLC0415 - the same
    from detectors.series.settings import Settings  # noqa: PLC0415 - the same
    from streams import detect as run  # noqa: PLC0415 - the same
    from streams.cli import _output  # noqa: PLC0415 - the same

    if count and sums:
        raise typer.BadParameter("the values are counts or sums; give one of --count and --sum.")
    series = Series(Settings(kind="count" if count else "sum" if sums else "value"))
    tally = run.Tally()
    with run.open_csv(file) as lines, run.writing(out, sys.stdout) as rows:
        for row, _ in run.detect(lines, series, time, value, tally):
            rows.writerow(row)
    told = sys.stderr if out is None else sys.stdout
    if as_json:
        print(_output.json_line(run.summary(tally, series)), file=told)
    else:
        for words in _words(tally, out):
            print(one_line(words), file=told)


def _words(tally: Tally, out: Path | None) -> list[str]:
    told = [f"{tally.rows:,} rows, {tally.alerts:,} alerts" + (f", written to {out}." if out else ".")]
    if tally.times:
        told.append(f"Times were read as {tally.times}.")
    told += [
        f"Not used: {number:,} {what}."
        for number, what in (
            (tally.empty, "empty values"),
            (tally.bad_values, "values that are no usable numbers"),
            (tally.bad_times, "rows whose time cannot be read"),
            (tally.untimely, "rows whose time repeats or lies before the row above"),
        )
        if number
    ]
    return told + [f"  {example}" for example in tally.examples]
