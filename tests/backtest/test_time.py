"""How time moves in a backtest: no rare event holds it up, and how events are cut or ordered is not seen."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.buyers import DAY, START, event, moment

from alerts.config.load import load
from streams.backtest.folder import ordered
from streams.backtest.run import Backtest
from streams.engine.options import Options
from streams.engine.pairs.options import PairOptions
from streams.engine.records import Send
from streams.engine.series.options import SeriesOptions
from streams.sources.files import Line, any_record, merged
from streams.sources.survey import survey
from streams.topics import INPUTS

MINUTE = 60_000
DISORDER = 10 * MINUTE
CONFIG = load("rules: {order_late: {}, ticket_unanswered: {}}", "the test's settings")
EVERYTHING = frozenset(topic.name for topic in INPUTS)

Said = tuple[int, bytes]  # time, event


@dataclass
class Ran:
    """What came of a run: every record that it made, and how far time had come after each step."""

    made: list[tuple[str, bytes | None, bytes | None]] = field(default_factory=list)
    marks: list[int | None] = field(default_factory=list)
    missed: int = 0

    def take(self, send: Send) -> None:
        self.made.append((send.topic, send.key, send.value))


def run(said: Sequence[Said], punctual: Collection[str], step: int) -> Ran:
    options = Options(
        partitions=1,
        disorder=DISORDER,
        rules=CONFIG.rules,
        series=SeriesOptions(),
        pairs=PairOptions(windows=(7,), min_lift=1.0),
    )
    ran = Ran()
    takes = (ran.take, ran.take, ran.take, ran.take)
    backtest = Backtest(options, frozenset(punctual), CONFIG, *takes, step=step)
    records = merged([map(any_record, lines(said))])

    def note(_: int) -> None:
        ran.marks.append(backtest.rows[0].watermark)

    asyncio.run(backtest.run(records, START + 999 * DAY, note))
    ran.missed = sum(row.missed + row.pairs.get("missed", 0) for row in backtest.rows)
    return ran


def lines(said: Sequence[Said]) -> list[Line]:
    return [Line(Path("events"), number, raw) for number, (_, raw) in enumerate(said, start=1)]


def shop(coin: random.Random, days: int, tickets: int) -> list[Said]:
    """Orders, many of them late, and now and then a ticket."""
    found = []
    for n in range(12 * days):
        at, customer = START + int(coin.random() * days * DAY), f"c{coin.randrange(9)}"
        found.append((at, placed(n, at, customer)))
        if coin.random() < 0.8:
            then = at + int(coin.expovariate(1 / DAY))
            data = {"order_id": f"o{n}", "customer_id": customer}
            found.append((then, event("order.delivered", then, f"d{n}", **data)))
    for n in range(tickets):
        at = START + int(coin.random() * days * DAY)
        asked = {"category": "delivery", "priority": "high", "text": "Where is it?"}
        found.append((at, event("ticket.opened", at, f"t{n}", ticket_id=f"t{n}", customer_id="c1", **asked)))
    return sorted(found)


def placed(n: int, at: int, customer: str) -> bytes:
    return event(
        "order.placed", at, f"p{n}", order_id=f"o{n}", customer_id=customer, currency="EUR", total="9.00",
        promised=moment(at + DAY).isoformat(),
        lines=[{"product_id": f"p{n % 7 + each}", "department": f"s{n % 3 + each}", "quantity": "1",
                "amount": "3.00"} for each in range(3)],
    )  # fmt: skip


def surveyed(folder: Path, said: Sequence[Said]) -> frozenset[str]:
    file = folder / "events.jsonl"
    file.write_bytes(b"\n".join(raw for _, raw in said))
    return ordered(survey([file], any_record), DISORDER)


def test_one_early_ticket_does_not_hold_time_up_for_the_rest_of_the_year(tmp_path: Path) -> None:
    said = shop(random.Random(1), days=20, tickets=0)
    at = said[5][0]
    asked = {"category": "delivery", "priority": "high", "text": "Where is it?"}
    said.insert(5, (at, event("ticket.opened", at, "t", ticket_id="t", customer_id="c1", **asked)))
    assert surveyed(tmp_path, said) == EVERYTHING
    found, held = run(said, EVERYTHING, 100), run(said, EVERYTHING - {"tickets"}, 100)
    newest = [said[min(end, len(said)) - 1][0] for end in range(200, len(said) + 100, 100)]
    assert found.marks[1:] == [each - DISORDER for each in newest]
    assert set(held.marks[1:]) == {at - DISORDER}, "without it, time stands at the ticket to the end"
    assert sorted(found.made, key=repr) == sorted(held.made, key=repr), "and what rings is the same"


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from([0, DISORDER, 5 * DISORDER, 3 * DAY]), st.integers(20, 90))
def test_what_rings_does_not_depend_on_steps_or_on_disorder_within_and_beyond_the_bound(
    tmp_path_factory: pytest.TempPathFactory, seed: int, slip: int, step: int
) -> None:
    coin = random.Random(seed)
    said = sorted(shop(coin, days=12, tickets=9), key=lambda each: each[0] + coin.randrange(slip + 1))
    punctual = surveyed(tmp_path_factory.mktemp("files"), said)
    found = run(said, punctual, step)
    assert found.missed == 0
    assert (punctual == EVERYTHING) or slip > DISORDER
    assert sorted(found.made, key=repr) == sorted(run(said, (), 10**6).made, key=repr)


def test_a_file_with_one_topic_after_the_other_waits_for_the_second(tmp_path: Path) -> None:
    said = shop(random.Random(2), days=10, tickets=40)
    orders = [each for each in said if b"ticket." not in each[1]]
    tickets = [each for each in said if b"ticket." in each[1]]
    punctual = surveyed(tmp_path, [*orders, *tickets])
    assert punctual == EVERYTHING - {"tickets"}
    found = run([*orders, *tickets], punctual, 50)
    assert found.missed == 0
    assert sorted(found.made, key=repr) == sorted(run(said, EVERYTHING, 50).made, key=repr)
    careless = run([*orders, *tickets], EVERYTHING, 50)
    assert careless.missed > 0, "whoever does not look at the file first loses what stands at its end"
