"""What docs/archive.md shows runs as it stands there, on an archive of the examples."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.archive_world import alert, archived, log, pairs, score, window

from schemas.decode import TOPICS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "archive.md").read_text()
BLOCKS = re.findall(r"```(sql|python)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("var") / "archive"
    values = {topic: (ROOT / "examples" / f"{topic}.jsonl").read_bytes().splitlines() for topic in TOPICS}
    gift = json.loads(values["orders"][0])
    gift |= {"id": "with-a-note", "data": gift["data"] | {"gift_note": "for Ana"}}
    values["orders"].append(json.dumps(gift).encode())
    values |= {"alerts": [alert(1, 1)], "customer-scores": [score(1, 1)]}
    values |= {"windows": [window(12, 1), window(13, 2), pairs(24)]}
    archived(place, {kind: log(0, held) for kind, held in values.items()})
    return place


def sql(folder: Path, says: str) -> list[tuple[Any, ...]]:
    (found,) = [text for language, text in BLOCKS if language == "sql" and says in text]
    return duckdb.sql(found.replace("var/archive", str(folder))).fetchall()


def placed() -> list[dict[str, Any]]:
    """The orders placed in the examples, and the one with the note."""
    events = [json.loads(line) for line in (ROOT / "examples" / "orders.jsonl").read_bytes().splitlines()]
    return [event for event in [*events, events[0]] if event["type"] == "tocsin.order.placed.v1"]


@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.drop")  # duckdb's own
@pytest.mark.parametrize(("language", "text"), BLOCKS, ids=lambda text: text[:30].strip())
def test_every_example_runs(folder: Path, language: str, text: str) -> None:
    text = text.replace("var/archive", str(folder))
    if language == "sql":
        assert duckdb.sql(text).fetchall() is not None
    else:
        names: dict[str, Any] = {}
        exec(text, names)
        if "points" in names:
            assert list(names["points"]["actual"]) == [12, 13]
        else:
            assert len(names["orders"]) >= len(placed())


def test_what_the_examples_find_is_what_the_events_say(folder: Path) -> None:
    assert sum(row[1] for row in sql(folder, "-- Revenue")) == len(placed())
    assert float(sum(row[2] for row in sql(folder, "-- Revenue"))) == pytest.approx(
        sum(float(event["data"]["total"]) for event in placed())
    )
    pieces: dict[str, float] = {}
    for line in (line for event in placed() for line in event["data"]["lines"]):
        pieces[line["product_id"]] = pieces.get(line["product_id"], 0) + float(line["quantity"])
    best = sql(folder, "-- What sold")
    assert {name: float(count) for name, count, _ in best}.items() <= pieces.items()
    assert len(best) == min(20, len(pieces))
    strange = sql(folder, "-- What was strange")
    assert [row[1:4] for row in strange] == [("orders", 13, 7.5), ("orders/region=West", 13, 7.5)]
    assert [row[1:6] for row in sql(folder, "-- What emerged")] == [(7, None, "milk", "tea", 40)]
    assert sql(folder, "-- A field") == [("with-a-note", "for Ana")]


def test_every_kind_and_every_column_of_the_log_is_told() -> None:
    from streams.archive.kinds import EVENT, LOG, kinds  # noqa: PLC0415 - what the page is held to

    assert [name for name in (*kinds(), *LOG, EVENT) if f"`{name}`" not in PAGE] == []
