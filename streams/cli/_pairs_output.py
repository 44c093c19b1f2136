"""Pairs for people, spreadsheets and machines; and what has to be said beside them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, fields
from pathlib import Path

from detectors.pairs.counts import Counts
from detectors.pairs.question import Answer
from detectors.pairs.relevant import Judged, Pair
from schemas.errors import Permanent
from streams.cli import _output
from streams.pairs import Reading

COLUMNS = tuple(field.name for field in fields(Pair))
SHOWN = 50


def notes(reading: Reading, judged: Judged, found: Answer, cap: int) -> Iterator[str]:
    """What a reader of the figures should know; nothing if all is well."""
    counts = judged.counts
    if reading.unreadable:
        yield f"{reading.unreadable:,} lines could not be read; the first: {reading.first_problem}"
    if counts.oversized:
        yield f"{counts.oversized:,} baskets with more than {cap:,} items were left out (--cap)."
    if counts.slack:
        yield f"there were too many distinct pairs; each count may be up to {counts.slack:,} too low."
    if by_size := int((judged.relevant & ~judged.stands_out).sum()):
        yield (
            f"{by_size:,} of {int(judged.relevant.sum()):,} relevant pairs are no more than what large "
            "baskets bring together by themselves; --sized leaves them out."
        )
    if not counts.baskets:
        yield "there is no basket in this window; are --from, --to, --zone and --region as meant?"
    elif found.unsold:
        yield f"in no basket of this window: {', '.join(map(repr, found.unsold))}."


def csv_text(pairs: Sequence[Pair]) -> str:
    """All of them; numbers as the shortest text that reads back to the same."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(pair) for pair in pairs)
    return text.getvalue()


def table_text(counts: Counts, found: Answer) -> str:
    """The first of them, and how many there are."""
    columns = [*COLUMNS[:2], *(f"{name}#" for name in COLUMNS[2:])]
    rows = [
        (*astuple(pair)[:6], f"{pair.lift:.2f}", f"{pair.p:.2g}", f"{pair.q:.2g}")
        for pair in found.pairs[:SHOWN]
    ]
    title = (
        f"{counts.baskets:,} baskets, {len(counts.names):,} items, {counts.possible:,} possible pairs: "
        f"{len(found.pairs) if found.yes else 0:,} relevant"
    )
    console = _output.console()
    with console.capture() as captured:
        console.print(_output.table(title, columns, rows))
        if len(found.pairs) > SHOWN:
            console.print(f"and {len(found.pairs) - SHOWN:,} more; --format csv has all of them.")
    return captured.get()


def document(counts: Counts, found: Answer) -> str:
    """One JSON document."""
    whole = {
        "baskets": counts.baskets,
        "oversized": counts.oversized,
        "items": len(counts.names),
        "possible_pairs": counts.possible,
        "slack": counts.slack,
        "relevant": found.yes,
        "pairs": [asdict(pair) for pair in found.pairs],
    }
    return json.dumps(whole, indent=2) + "\n"


def write(file: Path, text: str) -> None:
    """The whole file or none of it.

    Raises:
        Permanent: it cannot be written.
    """
    part = file.with_name(file.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise Permanent(f"{file} cannot be written: {error}.") from error
