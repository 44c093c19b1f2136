"""The shop is as hostile as promised, and the oracle notices every change: a check must be able to fail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support import oracle, shop
from support.oracle import Truth, ms
from support.shop import HOUR, Record

NOW = ms("2026-01-01T00:00:00Z")


def truth(*records: Record) -> Truth:
    return oracle.truth(records, now=NOW)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return shop.build(2)


@pytest.fixture(scope="module")
def whole(records: list[Record]) -> Truth:
    return truth(*records)


def test_the_shop_is_as_hostile_as_promised(records: list[Record], whole: Truth) -> None:
    assert len(records) >= 20_000
    assert shop.build(2) == records
    totals = whole.totals
    assert sum(totals.values()) - totals["rerouted"] == len(records)
    assert all(totals[name] >= 200 for name in oracle.OUTCOMES)
    assert len(whole.customers) > 350
    assert {said.rule for said in whole.alerts} == {"order_late", "ticket_unanswered", "out_of_stock"}
    assert {said.state for said in whole.alerts} == {"ringing", "recovered"}
    assert len(set(whole.watermarks.values())) == shop.PARTITIONS
    reasons = {name for counts in whole.reasons.values() for name in counts}
    assert len(reasons) == 10


def test_no_moment_is_on_the_edge_of_the_final_watermark(whole: Truth) -> None:
    """What rings must not depend on the last minutes: there is a quarter of a day between."""
    latest = max(said.at for said in whole.alerts)
    assert all(abs(said.at - wm) > HOUR for said in whole.alerts for wm in whole.watermarks.values()), latest


def test_the_interleaving_of_logs_changes_nothing(records: list[Record], whole: Truth) -> None:
    other = shop.shuffled(records, seed=1)
    assert other != records
    assert truth(*other) == whole


@pytest.mark.parametrize("number", [0, 12_345])
def test_one_record_less_is_noticed(records: list[Record], whole: Truth, number: int) -> None:
    assert truth(*records[:number], *records[number + 1 :]) != whole


def test_one_delivery_less_is_another_set_of_alerts(records: list[Record], whole: Truth) -> None:
    """The comparison of alerts fails for a loss that ledger and aggregates do not even see."""
    recovered = [alert for alert in whole.alerts if (alert.rule, alert.state) == ("order_late", "recovered")]
    entity = min(recovered).entity
    changed = [
        replace(record, value=record.value.replace(entity.encode(), b"o-unknown"))
        if record.value and b"delivered" in record.value + repr(record.headers).encode()
        else record
        for record in records
    ]
    found = truth(*changed)
    assert found.ledger == whole.ledger
    assert found.customers == whole.customers
    assert found.alerts != whole.alerts
