"""`tocsin validate`: check files of events without a broker."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import _exits, _options
from streams.cli._text import one_line

if TYPE_CHECKING:
    from schemas.check import Problem

app = typer.Typer()


@app.command("validate")
def validate(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="JSON lines; .gz is read too, - is standard input."),
    ],
    *,
    topic: Annotated[
        str | None, typer.Option(help="Where events without a topic of their own are meant to go.")
    ] = None,
    as_json: _options.Json = False,
) -> None:
    r"""Check files of events as the worker would, offline.

    A line is a CloudEvent, or `{"topic": ..., "key": ..., "event": {...}}`. Each problem is told with file,
    line, field, what came and what is wanted; the exit code is 1 if there is any, 2 if a file cannot be read.

    With `--json` every problem is a line of JSON, and the last line is the count.

    Examples:
    - `tocsin validate orders.jsonl tickets.jsonl.gz`
    - `tocsin validate --topic orders export.jsonl`
    - `my-exporter | tocsin validate - --json`
    """
    from schemas.check import check  # noqa: PLC0415 - keeps `tocsin --help` quick
    from schemas.decode import TOPICS  # noqa: PLC0415 - the same
    from streams.cli import _lines  # noqa: PLC0415 - the same

    if topic is not None and topic not in TOPICS:
        raise typer.BadParameter(f"{topic!r} is no public topic; they are {', '.join(TOPICS)}.")
    for file in files:
        if file != _lines.STDIN and not file.is_file():
            raise typer.BadParameter(f"there is no file {str(file)!r}.")
    lines = wrong = found = 0
    with _lines.opener() as open_file:
        for file in files:
            for number, line in _lines.read(file, open_file):
                problems = check(line, topic)
                lines += 1
                wrong += bool(problems)
                found += len(problems)
                for problem in problems:
                    _tell(file, number, problem, as_json=as_json)
    _sum_up(len(files), lines, wrong, found, as_json=as_json)
    if found:
        raise typer.Exit(_exits.PROBLEMS)


def _tell(file: Path, number: int, problem: Problem, *, as_json: bool) -> None:
    if as_json:
        from streams.cli import _output  # noqa: PLC0415 - keeps `tocsin --help` quick

        _output.write_json_line({"file": str(file), "line": number, **asdict(problem)})
    else:
        print(one_line(f"{file}:{number}: {problem} ({problem.reason})"))


def _sum_up(files: int, lines: int, wrong: int, problems: int, *, as_json: bool) -> None:
    if as_json:
        from streams.cli import _output  # noqa: PLC0415 - keeps `tocsin --help` quick

        count = {"files": files, "lines": lines, "wrong": wrong, "problems": problems}
        _output.write_json_line({"count": count})
        return
    what = f"{_many(lines, 'line')} in {_many(files, 'file')}"
    print(f"{what}: {_many(problems, 'problem')} in {wrong:,} of them." if problems else f"{what}: all fine.")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
