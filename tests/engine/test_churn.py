"""Churn in the customer stage: who is scored when, by what was known then, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from engine.stages import DAY, HOUR, MINUTE, T0, Partition, customer_partition, event, key_of

from detectors.churn.chunk import examples, is_due
from schemas.score import Score
from streams.engine.churn.waiting import MOST_WAITING
from streams.engine.intake import ANNOUNCEMENT
from streams.engine.options import ChurnOptions

SHOP: dict[str, Any] = {"churn": ChurnOptions(horizons=(2, 3), main=2, least=0.0, examples=0)}


def placed(order: str, time: int, customer: str = "c", total: str = "20", **more: Any) -> bytes:
    line = {"product_id": "p", "quantity": "1", "amount": "5"}
    data = {
        "order_id": order,
        "customer_id": customer,
        "currency": "EUR",
        "total": total,
        "lines": [line],
    }
    return event("order.placed", time, data | more, ident=f"e-{order}")


def passed(partition: Partition, moment: int) -> None:
    """Bring event time beyond a moment, and let everything be done that is due."""
    order = f"clock-{moment}"
    partition.feed("orders", placed(order, moment + HOUR, "clock"))
    settle(partition)


def settle(partition: Partition) -> None:
    more = True
    for _ in range(10_000):
        more = partition.step(drained=partition.stage.inputs, now=T0 + 900 * DAY).more
        if not more:
            return
    pytest.fail("a partition that never comes to rest")


def one(**more: Any) -> Partition:
    return customer_partition(**({"wall": False, "idle_after": 0} | SHOP | more))


def scores(partition: Partition, customer: str = "c") -> list[Score]:
    sends = [send for send in partition.to("customer-scores") if send.key == customer.encode()]
    return [Score.model_validate_json(send.value or b"") for send in sends]


def labels(partition: Partition) -> list[tuple[str, int, int, bool, float]]:
    found = [
        orjson.loads(send.value or b"") for send in partition.to("churn-examples") if send.key != ANNOUNCEMENT
    ]
    return [(e.customer, (e.at - T0) // DAY, e.days, e.silent, e.spend) for e in examples(found)]


def days(found: list[Score]) -> list[int]:
    return [
        int((each.time - datetime.fromtimestamp(T0 / 1000, UTC)).total_seconds() / 86_400) for each in found
    ]


def test_every_customer_has_a_score_for_each_day_that_time_has_passed() -> None:
    shop = one()
    shop.feed("orders", placed("a", T0 + HOUR))
    passed(shop, T0 + 3 * DAY)
    assert days(scores(shop)) == [1, 2, 3]
    probabilities = [each.probability for each in scores(shop)]
    assert probabilities == sorted(probabilities), "the longer the silence, the likelier it lasts"


def test_reasons_add_up_to_the_log_odds() -> None:
    shop = one()
    for day in range(5):
        shop.feed("orders", placed(f"a{day}", T0 + day * DAY + HOUR))
    passed(shop, T0 + 20 * DAY)
    last = scores(shop)[-1]
    assert last.reasons
    assert last.base + sum(each.log_odds for each in last.reasons) + last.rest == pytest.approx(last.log_odds)
    assert last.last_order == datetime.fromtimestamp((T0 + 4 * DAY + HOUR) / 1000, UTC)


def test_what_comes_after_midnight_is_not_seen_by_the_score_of_midnight() -> None:
    with_it, without = one(), one()
    for shop in (with_it, without):
        shop.feed("orders", placed("a", T0 + HOUR))
    with_it.feed("orders", placed("b", T0 + DAY + MINUTE))
    for shop in (with_it, without):
        passed(shop, T0 + DAY)
    assert scores(with_it)[0] == scores(without)[0]


def test_an_order_that_comes_too_late_counts_from_when_it_was_known() -> None:
    shop, never = one(), one()
    for each in (shop, never):
        each.feed("orders", placed("a", T0 + HOUR))
        passed(each, T0 + 2 * DAY)
    shop.feed("orders", placed("late", T0 + DAY + HOUR))
    for each in (shop, never):
        passed(each, T0 + 3 * DAY)
    assert scores(shop)[:2] == scores(never)[:2]
    assert scores(shop)[2].last_order > scores(never)[2].last_order


def named(day: int, number: int = 0) -> str:
    """A customer of whom an example is taken at the end of this day, counted from T0."""
    return [name for name in map(str, range(1_000)) if is_due(name, T0 + day * DAY)][number]


def test_a_label_waits_for_its_horizon_and_tells_what_came() -> None:
    shop, back, lost = one(), named(1), named(1, 1)
    shop.feed("orders", placed("a", T0 + HOUR, back), placed("b", T0 + HOUR, lost))
    passed(shop, T0 + DAY)
    shop.feed("orders", placed("a2", T0 + 2 * DAY, back, total="7"))
    passed(shop, T0 + 2 * DAY)
    assert [each for each in labels(shop) if each[0] != "clock"] == []
    passed(shop, T0 + 3 * DAY)
    found = sorted(each for each in labels(shop) if each[1] == 1 and each[0] != "clock")
    assert found == sorted([(back, 1, 2, False, 7.0), (lost, 1, 2, True, 0.0)])
    passed(shop, T0 + 4 * DAY)
    assert {each[2] for each in labels(shop) if each[1] == 1} == {2, 3}
    assert not [key for key in shop.state.rows if key.startswith(b"e/%016d" % (T0 + DAY))]


def test_an_example_is_taken_once_in_a_week() -> None:
    shop, customer = one(), named(3)
    shop.feed("orders", placed("a", T0 + HOUR, customer))
    passed(shop, T0 + 20 * DAY)
    assert [each[1] for each in labels(shop) if each[0] == customer and each[2] == 2] == [3, 10, 17]


def test_a_quiet_and_safe_customer_has_a_score_once_a_week() -> None:
    shop, customer = one(churn=ChurnOptions(horizons=(2,), main=2, examples=1)), named(3)
    shop.feed("orders", placed("a", T0 + HOUR, customer))
    passed(shop, T0 + 11 * DAY)
    assert days(scores(shop, customer)) == [1, 3, 10], "the first for the news of an order"


def test_a_partition_without_orders_says_that_days_have_passed() -> None:
    shop = one()
    view = {"session_id": "s", "url": "/"}
    shop.feed("web-events", event("web.page_viewed", T0 + 2 * DAY + HOUR, view))
    settle(shop)
    told = [int(send.value or b"") for send in shop.to("churn-risks") if send.key == ANNOUNCEMENT]
    assert told == [T0 + 2 * DAY]


def test_days_are_announced_after_what_belongs_to_them() -> None:
    shop = one()
    shop.feed("orders", placed("a", T0 + HOUR))
    passed(shop, T0 + 4 * DAY)
    announced = T0
    for send in shop.to("churn-examples"):
        if send.key == ANNOUNCEMENT:
            announced = int(send.value or b"")
        else:
            assert orjson.loads(send.value or b"")["label_at"] > announced
    assert announced == T0 + 4 * DAY


def test_a_customer_who_orders_again_is_told_to_be_back() -> None:
    shop = one()
    shop.feed("orders", placed("a", T0 + HOUR))
    passed(shop, T0 + 2 * DAY)
    shop.feed("orders", placed("b", T0 + 2 * DAY + 2 * HOUR))
    passed(shop, T0 + 3 * DAY)
    told = [orjson.loads(s.value or b"") for s in shop.to("churn-risks") if s.key != ANNOUNCEMENT]
    back = [(each["at"], tuple(one)) for each in told for one in each["back"] if one[0] == "c"]
    assert back == [(T0 + DAY, ("c", T0 + HOUR)), (T0 + 3 * DAY, ("c", T0 + 2 * DAY + 2 * HOUR))]


def test_moments_that_are_asked_for_are_scored_beside_the_days() -> None:
    noon = T0 + DAY + 12 * HOUR
    shop = one(churn=ChurnOptions(horizons=(2,), main=2, moments=(noon, T0 + 9 * DAY), ended=True))
    shop.feed("orders", placed("a", T0 + HOUR))
    passed(shop, T0 + 2 * DAY)
    times = [round(each.time.timestamp() * 1000) for each in scores(shop)]
    assert {noon, T0 + 9 * DAY} <= set(times)
    assert times == sorted(times)
    assert all(
        send.key != ANNOUNCEMENT or int(send.value or b"") < noon + DAY for send in shop.to("churn-risks")
    )


def test_nobody_is_scored_where_churn_is_not_asked_for() -> None:
    shop = one(churn=None)
    shop.feed("orders", placed("a", T0 + HOUR))
    passed(shop, T0 + 3 * DAY)
    assert not shop.to("customer-scores")
    assert "churn" not in shop.row(b"c/c")


def test_what_one_customer_does_changes_no_other_score_and_no_row_grows_without_bound() -> None:
    quiet, loud = one(), one()
    for shop in (quiet, loud):
        shop.feed("orders", placed("a", T0 + HOUR))
    flood = [placed(f"f{n}", T0 + HOUR + n, "robot", total="999999999999999") for n in range(3_000)]
    for begin in range(0, len(flood), 500):
        loud.feed("orders", *flood[begin : begin + 500])
    refund = {"order_id": "f1", "customer_id": "robot", "currency": "EUR", "amount": "999999999999999"}
    loud.feed(
        "orders", *[event("order.returned", T0 + 2 * HOUR + n, refund, ident=f"r{n}") for n in range(500)]
    )
    for shop in (quiet, loud):
        passed(shop, T0 + 9 * DAY)
    assert scores(loud) == scores(quiet)
    assert len(scores(loud, "robot")) == 9
    churn = loud.row(b"c/robot")["churn"] | loud.row(b"h/robot")
    assert len(orjson.dumps(churn)) < 24_000
    assert len(churn["w"]) <= MOST_WAITING


def test_a_doubled_publisher_changes_no_score() -> None:
    once, twice = one(), one()
    for number in range(6):
        raw = placed(f"a{number}", T0 + number * DAY + HOUR)
        once.feed("orders", raw)
        twice.feed("orders", raw, raw)
    for shop in (once, twice):
        passed(shop, T0 + 9 * DAY)
    assert scores(once) == scores(twice)


def test_customers_of_other_partitions_are_not_scored_here() -> None:
    shop = one(partitions=2)
    mine, other = key_of(0, 2), key_of(1, 2)
    shop.feed("orders", placed("a", T0 + HOUR, mine), placed("b", T0 + HOUR, other))
    passed(shop, T0 + 2 * DAY)
    assert {send.key for send in shop.to("customer-scores")} <= {mine.encode(), b"clock"}
