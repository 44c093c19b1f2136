"""A day's baskets follow from the set of events: cancelled, placed anew, late, misplaced, in any order."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from engine.drive import Drive
from hypothesis import given, settings
from hypothesis import strategies as st
from support.basket_world import DAY, DISORDER, MINUTE, SHELVES, START, Bought, Logs, Said, bought, build

from streams.engine import days
from streams.engine.customer import CustomerStage
from streams.engine.intake import ANNOUNCEMENT
from streams.engine.options import Options
from streams.engine.pairs.keeping import SLICE
from streams.engine.pairs.options import PairOptions
from streams.engine.pairs.record import MOST
from streams.engine.records import Batch, Input
from streams.engine.state import Outcome, State

BERLIN = ZoneInfo("Europe/Berlin")
NOW = START + 1_000 * DAY


def options(partitions: int, zone: tzinfo = UTC, **pairs: Any) -> Options:
    return Options(
        partitions, wall=False, churn=None, disorder=DISORDER, pairs=PairOptions(zone=zone, **pairs)
    )


def drive(logs: Logs, chosen: Options, rng: random.Random | None = None) -> Drive:
    records = {
        ("orders", at): [(said.customer.encode(), said.value) for said in log] for at, log in logs.items()
    }
    return Drive(records, ["orders"], chosen, NOW).run(rng)


def sent(run: Drive) -> list[Bought]:
    """What came out; every record before its source's announcement of its day, as its reader demands."""
    over: dict[str, int] = {}
    found = []
    for record in run.logs["baskets", 0]:
        source = dict(record.headers)["tocsin-from"].decode()
        if record.key == ANNOUNCEMENT:
            day = int(record.value or b"")
            assert day > over.get(source, 0), "a day is announced once"
            over[source] = day
            continue
        value = orjson.loads(record.value or b"")
        assert value["day"] > over.get(source, 0)
        assert len(value["baskets"]) <= MOST
        for region, synthetic, products, lines in value["baskets"]:
            held = frozenset((product, department) for product, department in lines)
            assert products == len({product for product, _ in held})
            found.append(Bought(value["day"], region, held, bool(synthetic)))
    left = [raw for lane in run.lanes for key, raw in lane.state.rows.items() if key.startswith(b"o/")]
    assert {order for raw in left for _, order, *_ in orjson.loads(raw.split(b"\n")[0])} <= {"end"}
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from([1, 2, 3]), st.sampled_from([UTC, BERLIN]))
def test_what_goes_out_is_what_was_bought(seed: int, partitions: int, zone: tzinfo) -> None:
    rng = random.Random(seed)
    logs = build(rng, days=3, orders=60, partitions=partitions)
    wanted = Counter(bought(logs, zone))
    assert Counter(sent(drive(logs, options(partitions, zone)))) == wanted
    assert Counter(sent(drive(logs, options(partitions, zone), rng))) == wanted


def test_it_is_seen_where_orders_count_as_they_arrive_and_nothing_is_deleted() -> None:
    logs = build(random.Random(7), days=3, orders=60, partitions=1)
    careless = {at: [said for said in log if said.kind != "cancelled"] for at, log in logs.items()}
    assert Counter(sent(drive(logs, options(1)))) == Counter(bought(logs, UTC))
    assert Counter(sent(drive(careless, options(1)))) != Counter(bought(logs, UTC))


def step(stage: CustomerStage, state: State, *said: Said) -> Outcome:
    """One step of one partition, made true, and read back from its rows as another process would."""
    start = state.row.offsets.get("orders", 0)
    records = [Input(start + n, each.customer.encode(), each.value) for n, each in enumerate(said)]
    outcome = stage.step(state, [Batch("orders", records)], NOW, (), stage.quiet())
    state.apply(outcome)
    return outcome


def placed(at: int, order: str, *products: str, ident: str | None = None) -> Said:
    lines = tuple((product, SHELVES.get(product, "other")) for product in products)
    return Said(at, ident or f"e-{order}", "placed", "c", order, "East", lines)


def end(at: int) -> Said:
    return Said(at, "end", "placed", "end", "end", None, (("end", None),))


def test_a_cancellation_after_the_day_takes_nothing_away() -> None:
    logs = {
        0: [
            placed(START, "kept", "tea"),
            placed(START + 1, "gone", "tea"),
            Said(START + DAY - 1, "x1", "cancelled", "c", "gone"),
            Said(START + DAY, "x2", "cancelled", "c", "kept"),
            end(START + 3 * DAY),
        ]
    }
    assert len(sent(drive(logs, options(1)))) == len(bought(logs, UTC)) == 1


def test_an_order_after_delivery_and_settling_is_still_one_order() -> None:
    logs = {
        0: [
            placed(START, "o", "tea"),
            Said(START + MINUTE, "d", "delivered", "c", "o"),
            placed(START + 60 * MINUTE, "other", "salt"),
            placed(START + 61 * MINUTE, "o", "tea", "milk", ident="again"),  # settled by then
            Said(START + 120 * MINUTE, "x", "cancelled", "c", "other"),
            placed(START + DAY + MINUTE, "o", "soap", ident="next day"),
            end(START + 4 * DAY),
        ]
    }
    found = sent(drive(logs, options(1)))
    assert [{product for product, _ in each.lines} for each in found] == [{"tea", "milk"}]


def test_two_thousand_lines_travel_as_departments_and_are_known_for_too_many() -> None:
    lines = tuple((f"p{n}", f"d{n % 300}") for n in range(2_000))
    big = Said(START, "big", "placed", "c", "big", None, lines)
    run = drive({0: [big, end(START + 2 * DAY)]}, options(1))
    [record] = [each for each in run.logs["baskets", 0] if each.key != ANNOUNCEMENT]
    [[_, _, products, held]] = orjson.loads(record.value or b"")["baskets"]
    assert products == 2_000
    assert len(held) == 201
    assert all(product is None for product, _ in held)


def test_a_large_day_goes_out_in_slices_and_a_leap_of_years_is_one_announcement() -> None:
    stage, state = CustomerStage(["orders"], options(1)), State(0)
    orders = [placed(START + n, f"o{n}", "tea") for n in range(SLICE + 700)]
    step(stage, state, *orders)
    outcome = step(stage, state, placed(START + 3_000 * DAY // 4, "later", "tea"))
    assert outcome.more
    sizes, announced = [], []
    while outcome.more:
        outcome = step(stage, state)
        records = [send for send in outcome.sends if send.topic == "baskets"]
        sizes.append(sum(send.value.count(b'"tea"') for send in records if send.key != ANNOUNCEMENT))
        announced += [int(send.value or b"") for send in records if send.key == ANNOUNCEMENT]
    assert sizes == [SLICE, 700]
    assert announced == [START + DAY, START + 749 * DAY]
    assert sum(row.startswith(b"o/") for row in state.rows) == 1


def test_what_becomes_known_after_its_day_was_closed_is_counted() -> None:
    stage, state = CustomerStage(["orders"], options(1)), State(0)
    step(stage, state, placed(START, "o", "tea"), placed(START + 5 * DAY, "p", "tea"))
    while step(stage, state).more:
        pass
    # An input that was idle wakes up: its log knows an older time than the partition does.
    state.row.newest.clear()
    outcome = step(stage, state, placed(START + DAY, "q", "tea"))
    assert outcome.row.pairs["missed"] == 1
    assert not [key for key in outcome.rows if key.startswith(b"o/")]


def test_rows_read_back_from_the_changelog_send_the_same() -> None:
    stage, state = CustomerStage(["orders"], options(1)), State(0)
    outcome = step(stage, state, placed(START, "o", "tea"), placed(START + 2 * DAY, "p", "tea"))
    again = State(0)
    again.load([*((key, value) for key, value in outcome.rows.items()), (days.HELD, None)])
    again.loaded()
    assert [send.value for send in step(stage, again).sends] == [
        send.value for send in step(stage, state).sends
    ]
