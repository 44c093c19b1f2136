"""`tocsin pairs`: from files to the table, through everything that files can hold."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from support.events import example

from streams.cli import main
from streams.sources import complete_journey

COLUMNS = ["product_a", "product_b", "count", "support_a", "support_b", "baskets", "lift", "p", "q"]
CSV = ["--format", "csv"]


def placed(number: int, products: str, day: str = "2026-03-01", **data: Any) -> dict[str, Any]:
    lines = [
        {"product_id": p, "quantity": "1", "amount": "1.00", "department": p.upper() if p in "ab" else None}
        for p in products
    ]
    event = example("tocsin.order.placed.v1", order_id=f"o-{number}", lines=lines, **data)
    return {**event, "id": f"placed-{number}", "time": f"{day}T10:00:00Z"}


def cancelled(number: int) -> dict[str, Any]:
    event = example("tocsin.order.cancelled.v1", order_id=f"o-{number}")
    return {**event, "id": f"cancelled-{number}", "time": "2026-03-09T10:00:00Z"}


def world() -> list[dict[str, Any]]:
    """a and b are bought together 20 times in 100 orders, and never apart."""
    return [placed(n, "ab" if n < 20 else "cdefgh"[n % 6]) for n in range(100)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "orders.jsonl", world())


def written(file: Path, events: list[dict[str, Any]], *more: str) -> Path:
    text = "".join(f"{line}\n" for line in (*map(json.dumps, events), *more))
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())
    return file


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def asked(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, str]]:
    assert main(["pairs", *map(str, arguments), *CSV]) == 0
    return rows(capsys.readouterr().out)


def test_the_columns_and_the_pair(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pairs", str(file), *CSV]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0].split(",") == COLUMNS
    (row,) = rows(text)
    assert [row[name] for name in COLUMNS[:7]] == ["a", "b", "20", "20", "20", "100", "5.0"]
    # 1 / C(100, 20); and 28 pairs are possible of 8 products.
    assert float(row["p"]) == pytest.approx(1 / 5.35983370403809682970e20, rel=1e-9)
    assert float(row["q"]) == pytest.approx(28 * float(row["p"]))


def test_cancelled_orders_and_duplicates_do_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = written(tmp_path / "twice.jsonl.gz", [*world()[:50], cancelled(3), cancelled(77)])
    file = written(tmp_path / "orders.jsonl", [cancelled(5), *world()])
    (row,) = asked(capsys, twice, file)
    assert [row[name] for name in COLUMNS[2:6]] == ["18", "18", "18", "97"]


def test_events_of_other_kinds_are_passed_over_and_what_cannot_be_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ticket = example("tocsin.ticket.opened.v1")
    wrapped = {"topic": "orders", "key": "k", "event": placed(200, "ab")}
    file = written(tmp_path / "mixed.jsonl", [*world(), ticket, wrapped], "{no json \x1b[31m", "")
    assert main(["pairs", str(file), *CSV]) == 0
    out, err = capsys.readouterr()
    assert rows(out)[0]["count"] == "21"
    assert "1 lines could not be read" in err
    assert f"{file}:103" in err
    assert "\x1b" not in err


def test_days_are_those_of_the_zone_and_the_last_is_included(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = [placed(n, "ab", f"2026-03-0{1 + n % 4}") for n in range(40)]
    for event in days[3::4]:
        event["time"] = "2026-03-03T23:30:00Z"  # the 4th in Berlin
    file = written(tmp_path / "days.jsonl", days)
    where = ["--from", "2026-03-02", "--to", "2026-03-03", "--product", "a", "--with", "b"]
    assert asked(capsys, file, *where)[0]["baskets"] == "30"
    assert asked(capsys, file, *where, "--zone", "Europe/Berlin")[0]["baskets"] == "20"


def test_a_region_and_a_category(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = [placed(n, "abx" if n % 3 else "a", region="east" if n < 60 else "west") for n in range(100)]
    for event in events[::3]:
        event["data"]["lines"][0]["department"] = "C"
    file = written(tmp_path / "regions.jsonl", events)
    (row,) = asked(capsys, file, "--region", "east", "--level", "category")
    assert [row[name] for name in COLUMNS[:6]] == ["A", "B", "40", "40", "40", "60"]


def test_any_pair_within_a_category(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = [placed(n, "abxy" if n < 20 else "cdefgh"[n % 6]) for n in range(100)]
    for event in events[:20]:
        for line in event["data"]["lines"]:
            line["department"] = "dairy" if line["product_id"] in "ay" else "bakery"
    file = written(tmp_path / "orders.jsonl", events)
    assert len(asked(capsys, file)) == 6
    (row,) = asked(capsys, file, "--within", "dairy")
    assert (row["product_a"], row["product_b"]) == ("a", "y")


def test_one_pair_is_answered_whether_or_not_it_is_relevant(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = asked(capsys, file, "--product", "c", "--with", "a")
    assert [row["product_a"], row["count"], row["q"]] == ["a", "0", "1.0"]
    assert main(["pairs", str(file), "--product", "a", "--with", "nobody", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["pairs"] == []
    assert "'nobody'" in err


def test_the_correction_is_the_same_whatever_is_asked(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    every = asked(capsys, file)
    assert asked(capsys, file, "--product", "b") == every
    assert asked(capsys, file, "--product", "b", "--with", "a") == every
    assert asked(capsys, file, "--product", "c") == []


def test_out_holds_the_whole_and_the_table_the_first(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pairs.csv"
    assert main(["pairs", str(file), "--out", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert rows(out.read_text())[0]["product_b"] == "b"
    assert main(["pairs", str(file)]) == 0
    assert "100 baskets, 8 items, 28 possible pairs: 1 relevant" in capsys.readouterr().out


def test_baskets_above_the_cap_are_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path / "orders.jsonl", [*world(), placed(200, "abcd")])
    assert main(["pairs", str(file), "--cap", "3", *CSV]) == 0
    out, err = capsys.readouterr()
    assert rows(out)[0]["baskets"] == "100"
    assert "1 baskets with more than 3 items were left out" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--with", "b"], "--product names the first"),
        (["--product", "a", "--with", "a"], "--product names the first"),
        (["--from", "2026-03-02", "--to", "2026-03-01"], "--to is before --from"),
        (["--from", "yesterday"], "yesterday"),
        (["--zone", "Mars/Base"], "no time zone"),
        (["--out", "/nowhere/pairs.csv"], "cannot be written"),
    ],
)
def test_wrong_usage_is_told(
    file: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pairs", str(file), *arguments]) == 2
    assert says in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_a_missing_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pairs", str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl cannot be read" in capsys.readouterr().err


def test_an_empty_window_says_so(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pairs", str(file), "--from", "2027-01-01", *CSV]) == 0
    out, err = capsys.readouterr()
    assert out.strip().split(",") == COLUMNS
    assert "no basket in this window" in err


@pytest.mark.skipif(
    not complete_journey.available(), reason="real orders are not installed (extra `demo`): not asked"
)
def test_real_orders_of_a_week_hold_relevant_pairs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from streams.sources import orders  # noqa: PLC0415 - reads the package
    from streams.sources.strand import Window, weave  # noqa: PLC0415 - the same

    begin, day = 1_488_412_800_000, 86_400_000  # 2017-03-02
    read = orders.read(Window(begin, begin + 7 * day))
    file = tmp_path / "week.jsonl"
    file.write_bytes(b"".join(each.value + b"\n" for each in weave([orders.placed(read)])))
    found = asked(capsys, file, "--sized")
    assert len(found) >= 20
    assert found[0]["baskets"] == str(len(read))


def test_what_large_baskets_bring_together_is_told_and_can_be_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Half of the orders hold 10 of 20 products, half hold 2: every pair meets often, none belongs together.
    chance = random.Random(3)
    events = [
        placed(n, "".join(chance.sample("abcdefghijklmnopqrst", 10 if n % 2 else 2))) for n in range(600)
    ]
    file = written(tmp_path / "orders.jsonl", events)
    assert main(["pairs", str(file), *CSV]) == 0
    out, err = capsys.readouterr()
    assert len(rows(out)) > 100
    assert "bring together by themselves" in err
    assert asked(capsys, file, "--sized") == []
