"""The product stage: what it makes of reports, its own and foreign ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from engine.stages import DAY, HOUR, MINUTE, NOW, T0, Partition
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.rules import out_of_stock
from streams.engine.intake import announce
from streams.engine.options import Options
from streams.engine.partition_row import PartitionRow
from streams.engine.product import ProductStage


def product_partition(orders: int = 2, *, enabled: bool = True, wall: bool = False) -> Partition:
    rule = out_of_stock.Settings(
        enabled=enabled, orders=orders, within=timedelta(hours=24), quiet=timedelta(hours=48)
    )
    return Partition(ProductStage(Options(1, rules={"out_of_stock": rule}, wall=wall)))


def report(eff: int, order: str, *, name: str = "e", **more: Any) -> bytes:
    told = {"department": None, "region": None, "synthetic": False} | more
    return orjson.dumps({"eff": eff, "event": f"shop/{name}", "order": order, **told})


def come_to(partition: Partition, mark: int) -> None:
    send = announce("partials", 0, 0, mark)
    partition.feed("partials", send.value, key=send.key, headers=send.headers)


def test_it_rings_when_time_has_passed_the_report_that_makes_enough_and_ends_after_quiet() -> None:
    partition = product_partition()
    partition.feed("partials", report(T0, "o1"), report(T0 + HOUR, "o2", name="f"), key=b"p1")
    come_to(partition, T0 + HOUR)
    assert partition.alerts() == []
    come_to(partition, T0 + HOUR + 1)
    assert partition.alerts() == [("out_of_stock", "ringing", "p1")]
    come_to(partition, T0 + 49 * HOUR)
    assert len(partition.alerts()) == 1
    come_to(partition, T0 + 49 * HOUR + 1)
    assert partition.alerts()[1:] == [("out_of_stock", "recovered", "p1")]
    assert partition.state.rows.keys() == {b"\x00partition"}, "nothing is left of it"


def test_labels_are_those_on_which_all_reports_agree_and_one_generated_report_is_owned_up_to() -> None:
    partition = product_partition()
    partition.feed(
        "partials",
        report(T0, "o1", department="dairy", region="north", synthetic=True),
        report(T0 + 1, "o2", name="f", department="dairy", region="south"),
        key=b"p1",
    )
    come_to(partition, T0 + DAY)
    alert = orjson.loads(partition.to("alerts")[0].value or b"")["data"]
    assert alert["labels"] == {"product": "p1", "department": "dairy"}
    assert alert["synthetic"]
    assert "generated" not in alert["summary"]


def test_a_rule_that_is_switched_off_says_nothing() -> None:
    partition = product_partition(enabled=False)
    partition.feed("partials", report(T0, "o1"), report(T0, "o2", name="f"), key=b"p1")
    come_to(partition, T0 + 9 * DAY)
    assert partition.alerts() == []


def test_events_of_two_customers_that_share_an_id_are_two_reports() -> None:
    # Some tills number the events of each customer from 1.
    reports = [report(T0, "o1", name="1"), report(T0 + 23 * HOUR, "o2", name="1")]
    whole, cut = product_partition(3), product_partition(3)
    last = report(T0 + 30 * HOUR, "o3", name="2")
    whole.feed("partials", *reports, last, key=b"p1")
    cut.feed("partials", *reports, key=b"p1")
    come_to(cut, T0 + 24 * HOUR)
    assert [each[0] for each in cut.row(b"p/p1")["window"]] == [T0, T0 + 23 * HOUR]
    cut.feed("partials", last, key=b"p1")
    for partition in (whole, cut):
        come_to(partition, T0 + 9 * DAY)
    assert whole.alerts() == cut.alerts() == []


def test_reports_that_agree_in_all_but_the_department_do_not_hold_the_worker() -> None:
    partition = product_partition()
    partition.feed("partials", report(T0, "o1"), report(T0, "o1", department="dairy"), key=b"p1")
    come_to(partition, T0 + DAY)
    assert partition.alerts() == []


@settings(deadline=None)
@given(
    st.none() | st.binary(max_size=40) | st.sampled_from([b"{}", b"[]", b'{"eff": 1}', report(1, "o")[:-1]]),
    st.none() | st.binary(max_size=9) | st.just(b"\x00watermark"),
)
def test_whatever_somebody_else_writes_to_the_internal_topic_the_worker_goes_on(
    value: bytes | None, key: bytes | None
) -> None:
    partition = product_partition()
    partition.feed("partials", value, key=key)
    (letter,) = partition.to("dead-letters")
    assert (letter.key, letter.value) == (key, value or b"")
    partition.feed("partials", report(T0, "o1"), report(T0, "o2", name="f"), key=b"p1")
    come_to(partition, T0 + DAY)
    assert partition.alerts() == [("out_of_stock", "ringing", "p1")]


@pytest.mark.parametrize("wall", [False, True])
def test_the_row_tells_how_far_time_has_come_also_when_nothing_else_happens(wall: bool) -> None:
    partition = product_partition(wall=wall)
    come_to(partition, T0)
    written: list[int | None] = []
    for tick in range(20):
        outcome = partition.step(now=NOW + tick * MINUTE, drained=["partials"])
        if b"\x00partition" in outcome.rows:
            written.append(PartitionRow.loads(outcome.rows[b"\x00partition"] or b"").watermark)
    if wall:
        assert written[-1] == NOW + 19 * MINUTE - 10 * MINUTE
    else:
        assert written == []
