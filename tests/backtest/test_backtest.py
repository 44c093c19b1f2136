"""`tocsin backtest` over small files whose outcome is worked out by hand."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streams.cli import main
from streams.summary import adds_up

START = datetime(2024, 3, 4, 8, tzinfo=UTC)
CONFIG = """
analysts:
  - {name: Ana, mail: ana@example.com, receives: [{}]}
  - {name: Ben, mail: ben@example.com, receives: [{rules: order_late, recovered: false}]}
"""


def event(kind: str, number: int, hours: float, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "shop",
        "type": f"tocsin.{kind}.v1",
        "time": (START + timedelta(hours=hours)).isoformat(),
        "data": {"customer_id": "c-1", **data},
    }


def placed(number: int, hours: float, order: str, promised: float) -> dict[str, Any]:
    return event(
        "order.placed",
        number,
        hours,
        order_id=order,
        currency="EUR",
        total="10.00",
        lines=[{"product_id": "p", "quantity": "1", "amount": "10.00"}],
        promised=(START + timedelta(hours=promised)).isoformat(),
    )


Backtest = Callable[..., tuple[int, dict[str, Any], Path]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backtest:
    """Runs a backtest over lines; its exit code, what it printed, and its folder."""

    def call(lines: list[Any], config: str = CONFIG) -> tuple[int, dict[str, Any], Path]:
        code, out = write_and_run(tmp_path, lines, config)
        printed = capsys.readouterr().out
        return code, json.loads(printed) if printed else {}, out

    return call


def write_and_run(folder: Path, lines: list[Any], config: str) -> tuple[int, Path]:
    events = folder / "events.jsonl"
    events.write_bytes(
        b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    )
    (folder / "tocsin.yaml").write_text(config, encoding="utf-8")
    out = folder / "out"
    command = ["backtest", str(events), "--out", str(out), "--config", str(folder / "tocsin.yaml"), "--json"]
    return main(command), out


def alerts(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line)["data"] for line in (out / "alerts.jsonl").read_bytes().splitlines()]


def test_a_late_order_rings_at_its_promise_and_recovers_at_its_delivery(run: Backtest) -> None:
    lines = [
        placed(1, 0, "o-1", promised=24),
        placed(2, 1, "o-2", promised=24),
        event("order.delivered", 3, 20, order_id="o-2"),
        event("order.delivered", 4, 30, order_id="o-1"),
        event("web.page_viewed", 5, 40, session_id="s"),
    ]
    code, found, out = run(lines)
    assert code == 0
    assert found["alerts"] == {"order_late.recovered": 1, "order_late.ringing": 1}
    assert [(each["entity"], each["state"], each["at"]) for each in alerts(out)] == [
        ("o-1", "ringing", "2024-03-05T08:00:00Z"),
        ("o-1", "recovered", "2024-03-05T14:00:00Z"),
    ]
    # Ana gets both, Ben only the one that rings.
    assert found["mails"] == {"immediate": 3, "digest": 0}
    assert len(list((out / "mails").glob("*.eml"))) == 3
    assert json.loads((out / "summary.json").read_bytes()) == found


DIGESTS = """
timezone: Europe/Berlin
analysts:
  - {name: Max, mail: max@example.com, receives: [{digest: daily}]}
"""


def test_a_digest_for_each_slot_that_has_something_to_tell(run: Backtest) -> None:
    lines = [
        placed(1, 0, "o-1", promised=24),
        placed(2, 1, "o-2", promised=24),
        event("order.delivered", 3, 90, order_id="o-1"),
        event("web.page_viewed", 4, 100, session_id="s"),
    ]
    code, found, out = run(lines, DIGESTS)
    assert code == 0
    assert found["mails"] == {"immediate": 0, "digest": 2}
    subjects = [
        re.search(r"^Subject: (.*)\r$", mail.read_bytes().decode(), re.MULTILINE)
        for mail in (out / "mails").glob("*.eml")
    ]
    # Both ring on Tuesday at 8:00 UTC; one is delivered on Friday at 2:00.
    assert sorted(each[1] for each in subjects if each) == [
        "Digest of Fri 8 Mar 2024: 1 over",
        "Digest of Wed 6 Mar 2024: 2 new",
    ]


@pytest.mark.parametrize(("until", "mails"), [("2024-03-05T08:00:00Z", 3), ("2024-03-05T09:00:00+01:00", 3),
                                              ("2024-03-06", 0)])  # fmt: skip
def test_nothing_of_the_warm_up_is_mailed_and_all_of_it_rings(tmp_path: Path, until: str, mails: int) -> None:
    lines = [
        placed(1, 0, "o-1", promised=24),
        event("order.delivered", 2, 40, order_id="o-1"),
        event("web.page_viewed", 3, 50, session_id="s"),
    ]
    files, out = tmp_path / "events.jsonl", tmp_path / "out"
    files.write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "tocsin.yaml").write_text(CONFIG)
    asked = ["--out", str(out), "--config", str(tmp_path / "tocsin.yaml"), "--quiet-until", until]
    assert main(["backtest", str(files), *asked]) == 0
    assert [each["state"] for each in alerts(out)] == ["ringing", "recovered"]
    assert len(list((out / "mails").glob("*.eml"))) == mails


def test_every_line_ends_in_exactly_one_place(run: Backtest) -> None:
    first = placed(1, 0, "o-1", promised=24)
    lines = [
        first,
        first,
        event("web.page_viewed", 2, 10, session_id="s"),
        event("web.page_viewed", 3, 1, session_id="s"),
        b"{not json",
        {"topic": "tickets", "event": event("order.delivered", 4, 11, order_id="o-1")},
    ]
    code, found, out = run(lines)
    assert code == 0
    assert adds_up(found)
    assert [found[name] for name in ("processed", "duplicates", "too_late", "dead_letters")] == [2, 1, 1, 2]
    letters = [json.loads(line) for line in (out / "dead-letters.jsonl").read_bytes().splitlines()]
    assert {(each["topic"], each["reason"]) for each in letters} == {
        ("orders", "not_json"),
        ("tickets", "wrong_topic"),
    }
    assert b"{not json" in {base64.b64decode(each["value"]) for each in letters}


def test_a_second_run_leaves_nothing_of_the_first(run: Backtest) -> None:
    lines = [placed(1, 0, "o-1", promised=1), event("web.page_viewed", 2, 40, session_id="s")]
    run(lines)
    _, found, out = run(lines[1:])
    assert found["mails"]["immediate"] == 0
    assert not list((out / "mails").glob("*.eml"))
    assert not alerts(out)


@pytest.mark.parametrize("config", ["analysts: [{name: Ana}]", "rules: {order_late: {grace: 5}}"])
def test_a_wrong_tocsin_yaml_is_told_before_anything_runs(run: Backtest, config: str) -> None:
    code, _, out = run([placed(1, 0, "o-1", promised=24)], config)
    assert code != 0
    assert not out.exists()
