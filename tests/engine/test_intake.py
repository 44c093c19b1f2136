"""Every record ends in exactly one place, and what is sent on or buried tells where it came from."""

from __future__ import annotations

import pytest
from engine.stages import DAY, MINUTE, NOW, T0, Partition, customer_partition, event, key_of
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.engine.partition_row import Counts

WHO = {"customer_id": "c1", "order_id": "o1"}
ORIGIN = ["tocsin-topic", "tocsin-partition", "tocsin-offset"]


def delivered(time: int, ident: str = "e", who: str = "c1") -> bytes:
    return event("order.delivered", time, {"customer_id": who, "order_id": "o1"}, ident)


def orders(partition: Partition) -> Counts:
    return partition.state.row.counts("orders")


def test_a_dead_letter_keeps_bytes_key_and_headers_and_says_where_from_and_why() -> None:
    partition = customer_partition()
    partition.feed("orders", b"", b"\xff{", key=b"k", headers=[("trace", b"\xff")])
    letter = partition.to("dead-letters")[1]
    assert (letter.partition, letter.key, letter.value) == (0, b"k", b"\xff{")
    headers = dict(letter.headers)
    assert [headers.pop(name) for name in ORIGIN] == [b"orders", b"0", b"1"]
    assert headers.pop("trace") == b"\xff"
    assert headers.pop("tocsin-reason") == b"not_utf8"
    assert headers.pop("tocsin-detail")
    assert orders(partition).dead_letters == {"empty": 1, "not_utf8": 1}


def test_a_tombstone_is_told_apart_from_an_empty_record() -> None:
    partition = customer_partition()
    partition.feed("orders", None)
    (letter,) = partition.to("dead-letters")
    assert letter.value == b""
    assert ("tocsin-tombstone", b"1") in letter.headers
    assert orders(partition).dead_letters == {"tombstone": 1}


def test_an_event_from_the_future_is_buried_and_does_not_move_time() -> None:
    partition = customer_partition(future_skew=MINUTE)
    partition.feed("orders", delivered(NOW + MINUTE, "at"), delivered(NOW + MINUTE + 1, "beyond"))
    assert orders(partition).dead_letters == {"future": 1}
    assert orders(partition).processed == 1
    assert partition.state.row.newest == {"orders": NOW + MINUTE}


@pytest.mark.parametrize(("age", "late"), [(10 * MINUTE, False), (10 * MINUTE + 1, True)])
def test_late_is_what_comes_more_than_the_bound_after_the_newest(age: int, late: bool) -> None:
    partition = customer_partition()
    partition.feed("orders", delivered(T0 + DAY, "new"), delivered(T0 + DAY - age, "old"))
    assert (orders(partition).too_late, orders(partition).processed) == ((1, 1) if late else (0, 2))
    known = partition.row(b"c/c1")["order"]["o1"]["known"]
    # A late event is known from the watermark on, which stands at the bound.
    assert known[1][:2] == [T0 + DAY - age, T0 + DAY - 10 * MINUTE]


def test_a_copy_is_a_duplicate_within_the_horizon_and_counts_again_beyond_it() -> None:
    partition = customer_partition(horizon=DAY)
    partition.feed("orders", delivered(T0), delivered(T0), delivered(T0 + DAY, "other"))
    assert (orders(partition).processed, orders(partition).duplicates) == (2, 1)
    partition.feed("orders", delivered(T0 + 2 * DAY, "third"), delivered(T0))
    assert (orders(partition).processed, orders(partition).too_late) == (3, 1)
    assert partition.row(b"c/c1")["agg"]["counts"] == {"order.delivered": 4}


def test_the_same_id_of_two_publishers_or_of_two_customers_is_no_duplicate() -> None:
    partition = customer_partition()
    other = event("order.delivered", T0, WHO, "e", source="till")
    partition.feed("orders", delivered(T0), other, delivered(T0, "e", "c2"))
    assert (orders(partition).processed, orders(partition).duplicates) == (3, 0)


def test_a_misplaced_event_goes_on_unchanged_and_is_counted_once_where_it_belongs() -> None:
    wrong, right = (customer_partition(2, number) for number in (0, 1))
    who = key_of(1, 2)
    value = delivered(T0, "e", who)
    wrong.feed("orders", value, value, key=b"whatever", headers=[("trace", b"1")])
    assert wrong.state.row.ledger["orders"] == Counts(rerouted=2)
    assert wrong.state.row.publishers == {"shop": 2}
    first, second = (send for send in wrong.to("rerouted") if send.key != b"\x00watermark")
    assert (first.partition, first.key, first.value) == (1, who.encode(), value)
    assert ("trace", b"1") in first.headers
    assert [dict(first.headers)[name] for name in ORIGIN] == [b"orders", b"0", b"0"]
    for send in (first, second):
        right.feed("rerouted", send.value, key=send.key, headers=send.headers)
    assert right.state.row.ledger["orders"] == Counts(processed=1, duplicates=1)


def test_a_misplaced_event_is_late_by_the_log_in_which_it_was_found() -> None:
    wrong, right = (customer_partition(2, number) for number in (0, 1))
    right.feed("orders", delivered(T0 + 9 * DAY, "far", key_of(1, 2)))
    late, in_time = delivered(T0, "late", key_of(1, 2)), delivered(T0 + DAY, "fine", key_of(1, 2))
    wrong.feed("orders", delivered(T0 + DAY, "here", key_of(0, 2)), late, in_time)
    for send in wrong.to("rerouted"):
        right.feed("rerouted", send.value, key=send.key, headers=send.headers)
    assert right.state.row.ledger["orders"] == Counts(processed=2, too_late=1)


def test_a_misplaced_poison_is_buried_where_it_is() -> None:
    wrong = customer_partition(2, 0)
    wrong.feed("orders", b"{", key=key_of(1, 2).encode())
    assert not wrong.to("rerouted")
    assert orders(wrong).dead_letters == {"not_json": 1}


@settings(deadline=None)
@given(
    st.none() | st.binary(max_size=40),
    st.none() | st.binary(max_size=40) | st.just(b"\x00watermark"),
    st.lists(
        st.tuples(
            st.sampled_from(["tocsin-from", "tocsin-topic", "tocsin-eff", "tocsin-late", "x"]),
            st.binary(max_size=9) | st.sampled_from([b"0", b"1", b"orders", b"9" * 5_000]),
        ),
        max_size=4,
    ),
)
def test_whatever_somebody_else_writes_to_the_internal_topic_the_worker_goes_on(
    value: bytes | None, key: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    partition = customer_partition(2, 0)
    partition.feed("rerouted", value, key=key, headers=headers)
    partition.feed("orders", delivered(T0, "e", key_of(0, 2)))
    assert orders(partition).processed == 1
    assert partition.state.row.offsets["rerouted"] == 1


def test_a_visitor_without_a_customer_is_counted_once_and_forgotten_after_the_horizon() -> None:
    partition = customer_partition(horizon=DAY, wall=False)
    view = event("web.page_viewed", T0, {"session_id": "s1"})
    partition.feed("web-events", view, view)
    assert partition.state.row.counts("web-events") == Counts(processed=1, duplicates=1)
    assert [key for key in partition.state.rows if key.startswith(b"c/")] == []
    assert b"s/s1" in partition.state.rows
    partition.feed("web-events", event("web.page_viewed", T0 + 2 * DAY, {"session_id": "s2"}, "e2"))
    partition.fall_idle()
    assert [key for key in partition.state.rows if key.startswith(b"s/")] == [b"s/s2"]


def test_time_that_is_far_ahead_in_one_input_waits_for_the_others() -> None:
    partition = customer_partition(idle_after=MINUTE, wall=False)
    placed = {
        **WHO,
        "currency": "EUR",
        "total": "1",
        "lines": [{"product_id": "p", "quantity": "1", "amount": "1"}],
        "promised": "2024-03-01T05:00:00Z",
    }
    partition.feed("orders", event("order.placed", T0, placed), delivered(T0 + DAY, "x", "c2"))
    assert partition.alerts() == []
    partition.fall_idle()
    assert partition.alerts() == [("order_late", "ringing", "o1")]


@pytest.mark.parametrize("wall", [True, False])
def test_a_silent_shop_rings_by_the_wall_clock_and_a_replay_does_not(wall: bool) -> None:
    partition = customer_partition(wall=wall)
    opened = {"ticket_id": "t1", "customer_id": "c1", "category": "x", "priority": "urgent", "text": "?"}
    partition.feed("tickets", event("ticket.opened", T0, opened))
    partition.fall_idle()
    assert partition.alerts() == ([("ticket_unanswered", "ringing", "t1")] if wall else [])


def test_a_partition_that_has_only_what_others_found_still_rings_without_a_wall_clock() -> None:
    wrong, right = (customer_partition(2, number, wall=False) for number in (0, 1))
    opened = {
        "ticket_id": "t1",
        "customer_id": key_of(1, 2),
        "category": "x",
        "priority": "urgent",
        "text": "?",
    }
    wrong.feed("tickets", event("ticket.opened", T0, opened))
    wrong.feed("orders", delivered(T0 + DAY, "x", key_of(0, 2)))
    wrong.fall_idle()
    for send in wrong.to("rerouted"):
        right.feed("rerouted", send.value, key=send.key, headers=send.headers)
    right.fall_idle(now=NOW + DAY)
    assert right.alerts() == [("ticket_unanswered", "ringing", "t1")]
