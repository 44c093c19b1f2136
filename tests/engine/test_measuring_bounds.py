"""Whatever comes, rows and records stay small, sums stay exact, and nothing is kept that is over."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from engine.stages import DAY, HOUR, MINUTE, T0, Partition, customer_partition, event

from schemas.errors import Permanent
from schemas.measures import OTHERS
from streams.engine.intake import ANNOUNCEMENT
from streams.engine.series import placed as placed_order
from streams.engine.series import visits
from streams.engine.series.bucket import LARGEST, Cut, Whole
from streams.engine.series.components import ORDERS, REVENUE
from streams.engine.series.options import Chosen, SeriesOptions

WHO = {"customer_id": "c1"}
LINE = {"product_id": "p", "quantity": "1", "amount": "0.0001"}


def measured(**series: Any) -> Partition:
    return customer_partition(churn=None, series=SeriesOptions(**{"currency": "EUR", **series}))


def placed(number: int, time: int = T0, *, source: str = "shop", **more: Any) -> bytes:
    data = {"order_id": f"o{number}", "currency": "EUR", "total": "1", "lines": [LINE]} | WHO | more
    return event("order.placed", time, data, f"e{number}", source)


def told(partition: Partition) -> list[dict[str, Any]]:
    sent = partition.to("series-partials")
    return [orjson.loads(each.value or b"") for each in sent if each.key != ANNOUNCEMENT]


def values(partition: Partition) -> dict[tuple[str, str, str], tuple[int, int]]:
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for record in told(partition):
        for measure, dimension, value, num, den, _ in record["values"]:
            n, d = found.get((measure, dimension, value), (0, 0))
            found[measure, dimension, value] = n + num, d + den
    return found


def pass_time(partition: Partition, span: int = 3 * DAY) -> None:
    """Every input goes on, so that all that came is over."""
    later = T0 + span
    who = {**WHO, "session_id": "later"}
    partition.feed("orders", event("order.delivered", later, {"order_id": "z"} | WHO, f"z1 {span}"))
    partition.feed("tickets", event("ticket.resolved", later, {"ticket_id": "z"} | WHO, f"z2 {span}"))
    partition.feed("web-events", event("web.page_viewed", later, who, f"z3 {span}"))
    partition.feed(
        "contacts", event("contact.sent", later, {"contact_id": "z", "kind": "mail"} | WHO, f"z4 {span}")
    )
    partition.feed("customers", event("customer.upserted", later, WHO, f"z5 {span}"))


def test_values_without_number_make_no_large_rows() -> None:
    partition = measured(values=20)
    many = 1_500
    for begin in range(0, many, 100):
        partition.feed(
            "orders",
            *(
                placed(n, T0 + n, source=f"source {n}", region=f"region {n}", carrier=f"by {n}", route="r")
                for n in range(begin, begin + 100)
            ),
        )
    rows = {key: raw for key, raw in partition.state.rows.items() if key.startswith(b"b/")}
    assert len(rows) == 2
    assert max(map(len, rows.values())) < 60_000
    pass_time(partition)
    found = values(partition)
    slices = {at[2]: num for at, (num, _) in found.items() if at[:2] == ("orders", "region")}
    assert len(slices) == 21
    assert sum(slices.values()) == found["orders", "", ""][0] == many
    sources = {at[2]: num for at, (num, _) in found.items() if at[:2] == ("events", "source")}
    assert sum(sources.values()) == found["events", "", ""][0] == many
    assert len(sources) <= 102
    assert sources[OTHERS] > 1_300
    labels = [each for record in told(partition) for each in record["labels"] if each[1] == "region"]
    assert sum(each[3] for each in labels) == many
    assert len(labels) <= 2_000


def test_the_same_values_keep_their_own_sum_in_whatever_order_they_come() -> None:
    kept = []
    for order in (range(300), reversed(range(300))):
        partition = measured(values=20)
        for n in order:
            partition.feed("orders", placed(n, T0 + n % 7, region=f"region {n % 100}"))
        pass_time(partition)
        kept.append({at: each for at, each in values(partition).items() if at[0] == "orders"})
    assert kept[0] == kept[1]


def test_a_record_that_would_be_too_large_is_several() -> None:
    partition = measured(values=5_000)
    for begin in range(0, 4_000, 400):
        names = [f"{n}" + "ü" * 100 for n in range(begin, begin + 400)]
        partition.feed(
            "orders",
            *(placed(n, region=name) for n, name in zip(range(begin, begin + 400), names, strict=True)),
        )
    pass_time(partition)
    sizes = [len(each.value or b"") for each in partition.to("series-partials")]
    assert max(sizes) <= 1 << 20 < sum(sizes)
    slices = [num for at, (num, _) in values(partition).items() if at[:2] == ("orders", "region")]
    assert slices == [1] * 4_000


def test_amounts_are_added_to_the_last_digit_and_absurd_ones_as_the_most_there_is() -> None:
    partition = measured()
    most = "9" * 15 + "." + "9" * 4
    lines = [{**LINE, "amount": most, "department": "tea"}] * 2_000
    partition.feed("orders", *(placed(n, total=most, lines=lines) for n in range(20)))
    pass_time(partition)
    found = values(partition)
    assert found["revenue", "", ""][0] == found["revenue", "department", "tea"][0] == 20 * placed_order.MOST
    exact = 123_456_789_012_345
    partition = measured()
    partition.feed("orders", *(placed(n, total="12345678901.2345") for n in range(100)))
    pass_time(partition)
    assert values(partition)["revenue", "", ""][0] == 100 * exact


def test_sums_that_no_number_of_json_holds_stop_nobody() -> None:
    whole = Whole()
    whole.sums[REVENUE], whole.sums[ORDERS] = 10**30, 3
    again = Whole.loads(whole.dumps() or b"").sums
    assert (again[REVENUE], again[ORDERS], sum(again)) == (LARGEST, 3, LARGEST + 3)
    cut = Cut()
    cut.sums["region"]["West"][REVENUE] = -(10**30)
    slices = Cut.loads(cut.dumps() or b"").sums
    assert (slices.keys(), slices["region"]["West"][REVENUE]) == ({"region"}, -LARGEST)


def test_what_no_number_is_becomes_a_dead_letter_and_is_counted_as_one() -> None:
    partition = measured()
    partition.feed("orders", placed(1))
    bad = placed(2).replace(b'"total":"1"', b'"total":1e300')
    negative = placed(3, lines=[{**LINE, "quantity": "-1"}])
    partition.feed("orders", bad, negative, b"NaN", None)
    pass_time(partition)
    found = values(partition)
    assert found["orders", "", ""] == (1, 1)
    assert found["dead_letters", "", ""][0] == found["dead_letters", "topic", "orders"][0] == 4


def test_a_dead_letter_before_any_event_of_its_log_has_no_time() -> None:
    partition = measured()
    partition.feed("orders", b"{")
    assert partition.state.row.missed == 1


def test_a_revised_promise_that_comes_after_the_delivery_still_counts() -> None:
    partition = measured()
    promised = {"promised": "2024-03-01T02:00:00Z", "carrier": "DHL", "region": "West"}
    anew = {"order_id": "o1", "promised": "2024-03-01T01:00:00Z", "carrier": "UPS"} | WHO
    partition.feed("orders", placed(1, **promised))
    partition.feed("orders", event("order.delivered", T0 + HOUR, {"order_id": "o1"} | WHO, "d"))
    partition.feed("orders", event("order.shipped", T0 + HOUR - MINUTE, anew, "s"))
    late = {"order_id": "o1", "promised": "2024-03-01T00:00:00Z"} | WHO
    partition.feed("orders", event("order.shipped", T0 + 2 * HOUR, late, "s2"))
    pass_time(partition)
    found = {at: each for at, each in values(partition).items() if at[0] == "delivery_delay"}
    expected = {"": "", "region": "West", "carrier": "UPS"}
    assert found == {("delivery_delay", at, value): (0, 1) for at, value in expected.items()}


def test_nothing_is_kept_of_what_is_over() -> None:
    partition = measured()
    who = {"session_id": "s", **WHO}
    partition.feed("web-events", event("web.page_viewed", T0, who, "w1"))
    partition.feed("web-events", event("web.page_viewed", T0 + 1, {"session_id": "nobody"}, "w2"))
    partition.feed("tickets", event("ticket.opened", T0, _opened("t1"), "t1"))
    assert partition.row(b"c/c1")["visits"] == {"s": [[T0, T0, 0]]}
    waiting = [key for key in partition.state.rows if key.startswith(b"b/")]
    assert any(int(key.split(b"/")[1]) > T0 + 30 * DAY for key in waiting), "a wait ends by itself"
    pass_time(partition)
    pass_time(partition, 3 * DAY + 12 * HOUR)
    assert set(partition.row(b"c/c1")["visits"]) == {"later"}
    partition.feed("tickets", event("ticket.resolved", T0 + 4 * DAY, {"ticket_id": "t1"} | WHO, "t2"))
    pass_time(partition, 20 * DAY)
    ends = [int(key[2:17]) for key in partition.state.rows if key.startswith(b"b/")]
    assert all(T0 + 20 * DAY <= end <= T0 + 21 * DAY for end in ends)
    waits = [each for each in values(partition).items() if each[0][:2] == ("unanswered_tickets", "")]
    assert sum(num for _, (num, _) in waits) == 0


def _opened(ticket: str) -> dict[str, Any]:
    return {"ticket_id": ticket, "category": "x", "priority": "low", "text": "?"} | WHO


def test_a_customer_with_a_visit_a_second_keeps_a_hundred() -> None:
    row: dict[str, Any] = {}
    for second in range(1_000):
        visits.note(row, f"s{second}", second * 1_000, 0)
    assert len(row["visits"]) == visits.MOST
    assert list(row["visits"]) == [f"s{second}" for second in range(900, 1_000)]


def test_time_that_leaps_is_told_once() -> None:
    partition = measured()
    partition.feed("orders", placed(1))
    pass_time(partition, 10)
    before = len(partition.to("series-partials"))
    pass_time(partition, 25 * DAY)
    sent = partition.to("series-partials")[before:]
    announced = [int(each.value or b"") for each in sent if each.key == ANNOUNCEMENT]
    assert len(announced) == 1
    assert T0 + 24 * DAY < announced[0] < T0 + 25 * DAY


@pytest.mark.parametrize(
    "measures", [{"profit": Chosen()}, {"basket_size": Chosen(("department",))}], ids=["unknown", "cut"]
)
def test_what_cannot_be_measured_is_refused_in_words(measures: dict[str, Chosen]) -> None:
    with pytest.raises(Permanent, match=r"series: .*(there are orders, revenue|it can by region)"):
        SeriesOptions(measures=measures)
