"""A customer's row: what it remembers, for how long, and that nobody can make it grow without end."""

from __future__ import annotations

import itertools
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.engine.customer_row import (
    MOST_BYTES,
    MOST_KNOWN,
    MOST_SEEN,
    MOST_THREADS,
    dump,
    forget,
    load,
    note,
    take_id,
    thread,
)

DAY = 86_400_000
MONTH = 30 * DAY
HORIZON = 100


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 400)), max_size=60),
    st.booleans(),
)
def test_an_id_is_a_duplicate_within_the_horizon_of_the_copy_that_was_taken(
    copies: list[tuple[str, str, int]], forgetting: bool
) -> None:
    row = load(None)
    taken: dict[tuple[str, str], int] = {}
    for source, ident, eff in copies:
        before = taken.get((source, ident))
        fresh = before is None or abs(eff - before) > HORIZON
        if fresh:
            taken[source, ident] = eff
        assert take_id(row, source, ident, eff, HORIZON) == fresh
        if forgetting:  # time is certainly no further than the least of what is still to come
            forget(row, min(eff for _, _, eff in copies), HORIZON)


def test_forgetting_ids_changes_nothing_for_events_that_can_still_come() -> None:
    row = load(None)
    take_id(row, "shop", "old", 0, HORIZON)
    take_id(row, "shop", "young", 10 * DAY, HORIZON)
    forget(row, 10 * DAY + 50, HORIZON)
    assert len(row["seen"]) == 1
    assert not take_id(row, "shop", "young", 10 * DAY + 60, HORIZON)
    assert take_id(row, "shop", "old", 10 * DAY + 60, HORIZON)


def test_a_source_and_an_id_cannot_be_made_to_look_like_another_pair() -> None:
    row = load(None)
    pairs = [("shop", "1"), ("shop1", ""), ("sho", "p1"), ("1", "shop")]
    assert all(take_id(row, source, ident, 0, HORIZON) for source, ident in pairs)


def test_ids_threads_and_events_of_a_thread_are_limited() -> None:
    row = load(None)
    for number in range(MOST_SEEN + 10):
        take_id(row, "s", str(number), number, DAY)
    for number in range(MOST_THREADS + 10):
        note(thread(row, "order", f"o{number}", number), number, number, "e", "placed", {})
    for number in range(MOST_KNOWN + 10):
        note(thread(row, "ticket", "t", number), number, number, f"e{number}", "replied", {})
    assert len(row["seen"]) == MOST_SEEN
    assert not take_id(row, "s", str(MOST_SEEN), 0, DAY * 365), "the newest are kept"
    assert list(row["order"]) == [f"o{number}" for number in range(10, MOST_THREADS + 10)]
    known = row["ticket"]["t"]["known"]
    assert (len(known), known[0][2], known[-1][2]) == (MOST_KNOWN, "e0", f"e{MOST_KNOWN + 9}")


def test_a_thread_that_still_rings_is_not_forgotten_so_that_it_can_recover() -> None:
    row = load(None)
    for name, said in (("rings", "ringing"), ("over", "recovered")):
        found = thread(row, "order", name, 0)
        note(found, 0, 0, "e", "placed", {})
        found["said"] = {"order_late": {"5": said}}
    forget(row, MONTH + 1, HORIZON)
    assert list(row["order"]) == ["rings"]
    assert thread(row, "order", "rings", 90 * DAY)["known"]


def test_a_thread_is_as_new_after_a_month_whether_the_row_was_tidied_before_or_not() -> None:
    rows = [load(None), load(None)]
    for row in rows:
        note(thread(row, "ticket", "t", 0), 0, 0, "e", "opened", {"priority": "low"})
    forget(rows[0], MONTH + 1, HORIZON)
    found = [thread(row, "ticket", "t", MONTH + 1) for row in rows]
    assert found[0] == found[1]
    assert found[1]["known"] == []


def _grown() -> dict[str, Any]:
    row = load(None)
    for number in range(MOST_SEEN):
        take_id(row, "s" * 256, "i" * 120 + str(number), number, DAY)
    for number in range(MOST_THREADS):
        for event in range(MOST_KNOWN):
            facts = {"text": "\U0001f514" * 200, "category": "ü" * 64}
            ident = f"{number}-{event}-" + "e" * 100
            note(thread(row, "ticket", "t" * 120 + str(number), number), 0, number, ident, "replied", facts)
    return row


def test_a_row_stays_under_its_limit_and_keeps_what_is_newest() -> None:
    row = _grown()
    assert len(orjson.dumps(row)) > 5 * MOST_BYTES
    assert len(dump(row)) <= MOST_BYTES
    assert row["seen"]
    assert "t" * 120 + str(MOST_THREADS - 1) in row["ticket"]


def test_sums_in_every_currency_that_could_be_do_not_hold_the_worker() -> None:
    row = _grown()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    sums = {"".join(name): "999999999999999.9999" for name in itertools.product(letters, repeat=3)}
    row["agg"] |= {"spend": sums, "refunds": dict(sums)}
    row["profile"] = {"at": [0, "e"], "attributes": {str(n): "x" * 4_000 for n in range(50)}}
    assert orjson.loads(dump(row))["agg"]["spend"]["EUR"] == "999999999999999.9999"
    assert not row["seen"]
