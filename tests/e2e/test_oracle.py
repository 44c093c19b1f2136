"""The oracle reckons small cases as a person does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import oracle, shop
from support.oracle import Truth, ms
from support.shop import DAY, HOUR, MINUTE, Record, iso

from schemas.alert import digest, episode_id

NOW = ms("2026-01-01T00:00:00Z")
T = ms("2024-05-01T00:00:00Z")


def event(
    topic: str,
    kind: str,
    at: int,
    ident: str,
    *,
    customer: str | None = "c-1",
    source: str = "s",
    away: int = 0,
    **data: Any,
) -> Record:
    """An event `at` ms after T in its customer's partition, or `away` partitions further."""
    key = customer or data["session_id"]
    entity = {"web-events": "web"}.get(topic, topic.removesuffix("s"))
    envelope = {
        "specversion": "1.0",
        "id": ident,
        "source": source,
        "type": f"tocsin.{entity}.{kind}.v1",
        "time": iso(T + at),
        "data": data | ({"customer_id": customer} if customer else {}),
    }
    partition = (shop.murmur2_partition(key.encode()) + away) % shop.PARTITIONS
    return Record(topic, partition, key.encode(), json.dumps(envelope).encode())


def placed(at: int, ident: str, promised: int | None = None, order: str = "o", **more: Any) -> Record:
    promise = {} if promised is None else {"promised": iso(T + promised)}
    money = {"currency": "EUR", "total": "10.10", "lines": [{}, {}]}
    return event("orders", "placed", at, ident, order_id=order, **money, **promise, **more)


def order(kind: str, at: int, ident: str, **more: Any) -> Record:
    return event("orders", kind, at, ident, **({"order_id": "o"} | more))


def ticket(kind: str, at: int, ident: str, **more: Any) -> Record:
    return event("tickets", kind, at, ident, ticket_id="t", **more)


def tick(at: int, topic: str = "orders") -> Record:
    """Time goes on in the log where everything of c-1 is."""
    if topic == "tickets":
        return event("tickets", "resolved", at, f"tick-{at}", ticket_id="another")
    return order("cancelled", at, f"tick-{at}", order_id="another")


def truth(*records: Record) -> Truth:
    return oracle.truth(records, now=NOW)


def said(found: Truth) -> list[tuple[str, str, int, int]]:
    """What was said: rule, state, since and at in ms after T, in order of `at`."""
    rows = [(said.rule, said.state, said.since - T, said.at - T) for said in found.alerts]
    return sorted(rows, key=lambda row: (row[3], row[1] == "recovered"))


def test_the_ledger_counts_each_record_once() -> None:
    first = placed(0, "1")
    found = truth(
        first,
        first,
        placed(3 * HOUR, "2"),
        placed(HOUR, "3"),  # two hours old where ten minutes are allowed
        order("shipped", 3 * HOUR, "4", away=1),
        Record("orders", 0, b"k", b"{", poison="not_json"),
        placed(3000 * DAY, "5"),  # 2032
    )
    assert found.totals == {
        "processed": 3,
        "duplicates": 1,
        "too_late": 1,
        "dead_letters": 2,
        "rerouted": 1,
    }
    reasons = [name for counts in found.reasons.values() for name in counts]
    assert sorted(reasons) == ["future", "not_json"]
    assert found.publishers == {"s": 1}
    home = shop.murmur2_partition(b"c-1")
    assert found.ledger[(home + 1) % 4, "orders"]["rerouted"] == 1
    assert found.ledger[home, "orders"]["processed"] == 3


def test_a_copy_beyond_the_horizon_counts_again() -> None:
    first = placed(0, "1")
    found = truth(first, tick(7 * DAY), first, tick(7 * DAY + 10 * MINUTE + 1), first, first)
    assert found.totals["duplicates"] == 2
    assert found.customers["c-1"]["counts"]["order.placed"] == 2


def test_one_id_from_two_publishers_or_for_two_customers_is_two_events() -> None:
    found = truth(placed(0, "1"), placed(0, "1", source="other"), placed(0, "1", customer="c-2"))
    assert found.totals["processed"] == 3


def test_copies_in_two_logs_are_refused_because_their_order_is_undecided() -> None:
    with pytest.raises(ValueError, match="several logs"):
        truth(placed(0, "1"), placed(0, "1", away=1))


def test_aggregates_of_a_customer() -> None:
    found = truth(
        placed(HOUR, "1"),
        placed(2 * HOUR, "2", order="p"),
        order("returned", 3 * HOUR, "3", currency="EUR", amount=0.1),
        event("web-events", "searched", 0, "4", session_id="x", query="q"),
        event("web-events", "searched", 0, "5", session_id="x", query="q", customer=None),
        event("customers", "upserted", 5, "b", region="north", consent={"mail": True}),
        event("customers", "upserted", 5, "a", region="south", consent={"mail": False}),
    )
    [(customer, row)] = found.customers.items()
    assert customer == "c-1"
    assert row["counts"] == {
        "order.placed": 2,
        "order.returned": 1,
        "web.searched": 1,
        "customer.upserted": 2,
    }
    assert {name: str(value) for name, value in row["spend"].items()} == {"EUR": "20.20"}
    assert {name: str(value) for name, value in row["refunds"].items()} == {"EUR": "0.1"}
    assert row["lines"] == 4
    assert (row["first_order"], row["last_order"]) == (T + HOUR, T + 2 * HOUR)
    assert (row["first_seen"], row["last_seen"]) == (T, T + 3 * HOUR)
    assert (row["profile"]["at"], row["profile"]["region"]) == ([T + 5, "b"], "north")


def test_an_order_is_late_once_and_recovers_with_its_delivery() -> None:
    delivered = order("delivered", 30 * HOUR, "2")
    found = truth(placed(0, "1", promised=DAY), delivered, tick(3 * DAY))
    assert said(found) == [("order_late", "ringing", DAY, DAY), ("order_late", "recovered", DAY, 30 * HOUR)]
    episode = episode_id("order_late", "order", "o", str(T + DAY))
    ids = {digest("order_late", "order", "o", episode, state) for state in ("ringing", "recovered")}
    assert {alert.alert_id for alert in found.alerts} == ids


def test_what_was_not_known_at_the_moment_does_not_count() -> None:
    """A delivery in time that is reported after the alarm: it rang, and recovers when the report is in."""
    reported = order("delivered", 20 * HOUR, "2")
    found = truth(placed(0, "1", promised=DAY), tick(40 * HOUR), reported, tick(3 * DAY))
    recovered = 40 * HOUR - 10 * MINUTE
    assert said(found) == [("order_late", "ringing", DAY, DAY), ("order_late", "recovered", DAY, recovered)]


@pytest.mark.parametrize(
    "records",
    [
        [placed(0, "1", promised=DAY), order("delivered", DAY, "2"), tick(3 * DAY)],
        [placed(0, "1", promised=DAY), order("shipped", HOUR, "2"), tick(DAY + 10 * MINUTE)],
        [placed(0, "1"), tick(3 * DAY)],
        [order("shipped", 0, "1", promised=iso(T + DAY)), tick(3 * DAY)],
        [tick(2 * DAY), placed(0, "1", promised=DAY), tick(3 * DAY)],
    ],
    ids=["delivered in time", "moment not passed", "no promise", "never placed", "known too late"],
)
def test_an_order_that_is_not_late(records: list[Record]) -> None:
    assert said(truth(*records)) == []


def test_a_revised_promise_recovers_and_may_ring_again() -> None:
    revised = order("shipped", 30 * HOUR, "2", promised=iso(T + 2 * DAY))
    found = truth(placed(0, "1", promised=DAY), revised, tick(5 * DAY))
    assert said(found) == [
        ("order_late", "ringing", DAY, DAY),
        ("order_late", "recovered", DAY, 30 * HOUR),
        ("order_late", "ringing", 2 * DAY, 2 * DAY),
    ]


def test_a_promise_that_is_not_in_force_never_rings() -> None:
    revised = order("shipped", HOUR, "2", promised=iso(T + 2 * DAY))
    earlier = order("shipped", 2 * HOUR, "3", promised=iso(T + HOUR))
    assert said(truth(placed(0, "1", promised=DAY), revised, earlier, tick(5 * DAY))) == []


def test_a_ticket_rings_for_each_wait_that_was_too_long() -> None:
    found = truth(
        ticket("opened", 0, "1", priority="urgent"),
        ticket("replied", 2 * HOUR, "2", by="agent"),
        ticket("replied", 3 * HOUR, "3", by="customer"),
        ticket("replied", 3 * HOUR + 30 * MINUTE, "4", by="customer"),  # the wait goes on
        ticket("resolved", 4 * HOUR, "5"),  # in the last moment
        ticket("reopened", 5 * HOUR, "6"),
        tick(DAY, "tickets"),
    )
    assert said(found) == [
        ("ticket_unanswered", "ringing", 0, HOUR),
        ("ticket_unanswered", "recovered", 0, 2 * HOUR),
        ("ticket_unanswered", "ringing", 5 * HOUR, 6 * HOUR),
    ]


def test_a_revision_that_is_older_than_the_promise_in_force_recovers_nothing() -> None:
    newer = order("shipped", 2 * HOUR, "3", promised=iso(T + 2 * DAY))
    older = order("shipped", HOUR, "2", promised=iso(T + 9 * DAY))
    found = truth(placed(0, "1", promised=DAY), newer, tick(3 * DAY), older, tick(20 * DAY))
    assert said(found) == [("order_late", "ringing", 2 * DAY, 2 * DAY)]


def test_a_question_reported_late_does_not_end_the_wait_that_rang() -> None:
    earlier = ticket("replied", 2 * HOUR, "3", by="customer")
    found = truth(
        ticket("opened", 0, "1", priority="urgent"),
        ticket("replied", HOUR, "2", by="agent"),
        ticket("replied", 3 * HOUR, "4", by="customer"),
        tick(9 * HOUR, "tickets"),
        earlier,
        ticket("replied", DAY, "5", by="agent"),
        tick(2 * DAY, "tickets"),
    )
    assert said(found) == [
        ("ticket_unanswered", "ringing", 3 * HOUR, 4 * HOUR),
        ("ticket_unanswered", "recovered", 3 * HOUR, DAY),
    ]


def test_a_ticket_without_its_opening_never_rings() -> None:
    assert said(truth(ticket("replied", 0, "1", by="customer"), tick(9 * DAY, "tickets"))) == []


def test_an_answer_that_is_reported_late_does_not_unring_the_ticket() -> None:
    answer = ticket("replied", 10 * MINUTE, "2", by="agent")
    opened = ticket("opened", 0, "1", priority="urgent")
    found = truth(opened, tick(3 * HOUR, "tickets"), answer, tick(9 * HOUR, "tickets"))
    assert said(found) == [
        ("ticket_unanswered", "ringing", 0, HOUR),
        ("ticket_unanswered", "recovered", 0, 3 * HOUR - 10 * MINUTE),
    ]


def missing(at: int, number: int, **more: Any) -> Record:
    return order("out_of_stock", at, f"r{number}", order_id=f"o-{number}", product_id="p", **more)


def test_a_product_rings_at_the_fifth_order_and_recovers_after_quiet() -> None:
    reports = [missing(n * HOUR, n) for n in range(6)]
    again = [missing(5 * DAY + n, 10 + n) for n in range(5)]
    found = truth(*reports, *again, tick(9 * DAY))
    assert said(found) == [
        ("out_of_stock", "ringing", 0, 4 * HOUR),
        ("out_of_stock", "recovered", 0, 5 * HOUR + 2 * DAY),
        ("out_of_stock", "ringing", 5 * DAY, 5 * DAY + 4),
        ("out_of_stock", "recovered", 5 * DAY, 7 * DAY + 4),
    ]
    episode = episode_id("out_of_stock", "product", "p", "s/r4")
    assert digest("out_of_stock", "product", "p", episode, "ringing") in {a.alert_id for a in found.alerts}


@pytest.mark.parametrize(
    "reports",
    [
        [missing(n, n % 4) for n in range(4)] + [missing(9, 1, source="x")],
        [missing(n * 6 * HOUR + (n == 4), n) for n in range(5)],
        [missing(HOUR + n, n) for n in range(4)] + [missing(30 * HOUR, 7), missing(2 * HOUR, 5)],
    ],
    ids=["four orders", "a millisecond too far apart", "the fifth is late"],
)
def test_a_product_that_does_not_ring(reports: list[Record]) -> None:
    assert said(truth(*reports, tick(9 * DAY))) == []


def test_reports_of_one_moment_are_ordered_by_id() -> None:
    reports = [missing(0, n) for n in (5, 3, 1, 4, 2, 0)]
    found = truth(*reports, tick(HOUR))
    episode = episode_id("out_of_stock", "product", "p", "s/r4")
    [alert] = found.alerts
    assert alert.alert_id == digest("out_of_stock", "product", "p", episode, "ringing")


def test_one_mail_for_each_alert_and_subscriber() -> None:
    found = truth(placed(0, "1", promised=DAY), order("delivered", 30 * HOUR, "2"), tick(3 * DAY))
    subscribers = [("a@x", lambda _: True), ("b@x", lambda alert: alert.state == "ringing")]
    ids = found.message_ids(subscribers, "tocsin.example")
    [ringing] = [alert.alert_id for alert in found.alerts if alert.state == "ringing"]
    assert len(ids) == 3
    assert f"<{digest(ringing, 'b@x', 'immediate')}@tocsin.example>" in ids
