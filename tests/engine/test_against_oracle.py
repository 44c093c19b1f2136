"""The engine alone, without brokers and processes, beside the oracle that sees whole logs, in pandas."""

from __future__ import annotations

import random

import orjson
import pytest
from engine.drive import Drive
from support import oracle, shop
from support.observed import Observed, differences, of_alerts, of_customers, of_ledger, of_publishers
from support.oracle import Truth, ms
from support.shop import Record

from streams.engine.options import Options

SEED = 1  # the tests with brokers have another
NOW = ms("2026-01-01T00:00:00Z")


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return shop.build(SEED)


@pytest.fixture(scope="module")
def truth(records: list[Record]) -> Truth:
    return oracle.truth(records, now=NOW)


@pytest.mark.parametrize("cut", [False, True])
def test_twenty_thousand_hostile_records_come_out_exactly_right(
    records: list[Record], truth: Truth, cut: bool
) -> None:
    logs = {
        at: [(each.key, each.value, each.headers) for each in log] for at, log in shop.logs(records).items()
    }
    drive = Drive(logs, shop.TOPICS, Options(shop.PARTITIONS, wall=False), NOW)
    assert differences(truth, set(), observed(drive.run(random.Random(SEED) if cut else None))) == []


def observed(drive: Drive) -> Observed:
    """What the engine made of it, in the words of the oracle."""
    customers = [lane.state for lane in drive.lanes if lane.stage.name == "customer"]
    partitions = {state.partition: orjson.loads(state.row.dumps()) for state in customers}
    rows = {
        (state.partition, key): orjson.loads(raw) for state in customers for key, raw in state.rows.items()
    }
    ledger, reasons = of_ledger(partitions)
    alerts = [record for (topic, _), log in drive.logs.items() if topic == "alerts" for record in log]
    return Observed(
        ledger=ledger,
        reasons=reasons,
        publishers=of_publishers(partitions),
        customers=of_customers(rows),
        watermarks={number: row["watermark"] for number, row in partitions.items()},
        alerts=of_alerts(alerts),
        message_ids=[],
    )
