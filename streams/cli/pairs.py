"""`tocsin pairs`: what is bought together."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from streams.cli import _options
from streams.cli._text import one_line

app = typer.Typer()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise typer.BadParameter(f"{name!r} is no time zone; name one as Europe/Berlin or UTC.") from error


@app.command("pairs")
def pairs(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="JSON lines, .gz too; or an archive's folder.")
    ],
    *,
    begin: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, which is included.")
    ] = None,
    zone: Annotated[
        ZoneInfo, typer.Option(parser=_zone, metavar="ZONE", help="Whose days --from and --to are.")
    ] = "UTC",  # type: ignore[assignment] # typer parses the default too
    region: Annotated[str | None, typer.Option(help="Only orders of this region.")] = None,
    product: Annotated[str | None, typer.Option(help="Only pairs with this product (or category).")] = None,
    partner: Annotated[
        str | None, typer.Option("--with", help="With --product: this one pair, relevant or not.")
    ] = None,
    within: Annotated[str | None, typer.Option(help="Only pairs inside this category.")] = None,
    level: Annotated[
        Literal["product", "category"], typer.Option(help="What pairs are made of.")
    ] = "product",
    min_lift: Annotated[float, typer.Option(min=0, help="Times as often as by chance, at least.")] = 1.2,
    fdr: Annotated[float, typer.Option(min=0, max=1, help="Share of mere chance among what is told.")] = 0.05,
    method: Annotated[
        Literal["bh", "by"], typer.Option(help="Benjamini-Hochberg, or -Yekutieli for any dependence.")
    ] = "bh",
    sized: Annotated[
        bool, typer.Option("--sized", help="Leave out what large baskets bring together by themselves.")
    ] = False,
    cap: Annotated[int, typer.Option(min=2, help="Larger baskets are left out, and counted.")] = 200,
    form: Annotated[
        Literal["csv", "table"] | None,
        typer.Option("--format", help="csv: all; table: the first 50. Without it: csv with --out."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write there instead of showing.")] = None,
    as_json: _options.Json = False,
) -> None:
    """Tell what is bought together more often than chance would have it.

    A basket is the distinct products of one order that was placed and not cancelled. Each pair is judged by
    Fisher's exact test, corrected over all possible pairs of what was sold in the window, whatever is asked
    for. With --product and --with the pair is told even if it is not relevant: its p answers a question that
    was fixed before anybody looked, its q one that came up among others.

    Exit codes: 0 the question was answered; 2 wrong usage or file.

    Examples:
    - `tocsin pairs orders.jsonl.gz --from 2017-03-01 --to 2017-03-28`
    - `tocsin pairs orders.jsonl --level category --region store-367 --method by --format csv --out pairs.csv`
    - `tocsin pairs orders.jsonl --product p-100 --with p-207 --json`
    - `tocsin pairs var/archive --from 2026-11-01 --to 2026-11-28` (what `tocsin archive` wrote)
    """
    from detectors.pairs.baskets import within as cut  # noqa: PLC0415 - keeps `tocsin --help` quick
    from detectors.pairs.counting import count  # noqa: PLC0415 - the same
    from detectors.pairs.question import Question, answer  # noqa: PLC0415 - the same
    from detectors.pairs.relevant import Rule, judge  # noqa: PLC0415 - the same
    from streams.cli import _pairs_output  # noqa: PLC0415 - the same
    from streams.memory import tune_memory  # noqa: PLC0415 - the same
    from streams.pairs import members, read  # noqa: PLC0415 - the same

    if partner is not None and (product is None or partner == product):
        raise typer.BadParameter("--with names the other product of a pair; --product names the first.")
    first, after = _ms(begin, zone), _ms(end, zone, days=1)
    if first is not None and after is not None and after <= first:
        raise typer.BadParameter("--to is before --from.")
    _options.settings()  # what cannot be read is told where messages go
    tune_memory()
    reading = read(files)
    baskets = list(cut(reading.orders.baskets(), first, after, region))
    counts = count((basket.items(level) for basket in baskets), cap=cap)
    among = None if within is None else members(baskets, level, within)
    judged = judge(counts, Rule(fdr, method, min_lift, sized))
    found = answer(judged, Question(product, partner, among))
    for note in _pairs_output.notes(reading, judged, found, cap):
        print(one_line(f"note: {note}"), file=sys.stderr)
    if as_json:
        text = _pairs_output.document(counts, found)
    elif (form or ("csv" if out else "table")) == "csv":
        text = _pairs_output.csv_text(found.pairs)
    else:
        text = _pairs_output.table_text(counts, found)
    if out is None:
        print(text, end="")
    else:
        _pairs_output.write(out, text)


def _ms(day: datetime | None, zone: ZoneInfo, days: int = 0) -> int | None:
    """The first moment of a day, or of one some days later, on the clocks of a zone; ms since 1970 UTC."""
    if day is None:
        return None
    return round((day + timedelta(days=days)).replace(tzinfo=zone).timestamp()) * 1000
