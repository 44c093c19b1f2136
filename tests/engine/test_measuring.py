"""What the partitions of the customer stage add up to is a function of the events: of nothing else."""

from __future__ import annotations

import random
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from engine.drive import Drive
from engine.measured import REGIONS, Reloading, Shop, Told, in_logs, measure, sums
from engine.stages import DAY, HOUR, MINUTE
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator.stream import INPUTS, NOW, stream

from alerts.rules import order_late, ticket_unanswered
from streams.engine.records import Input
from streams.engine.series.options import Chosen, SeriesOptions

SEEDS = st.integers(0, 100_000)
FEW = settings(deadline=None, max_examples=30)
ZONES = st.sampled_from(("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"))


def shop(seed: int) -> Shop:
    return Shop(seed, days=4, orders=12)


@FEW
@given(seed=SEEDS, partitions=st.integers(1, 3), zone=ZONES)
def test_order_batches_restarts_and_partitions_make_no_difference(
    seed: int, partitions: int, zone: str
) -> None:
    made, rng = shop(seed), random.Random(seed)
    told = {"zone": ZoneInfo(zone)}
    whole, _ = measure(made, 1, rng, cut=False, **told)
    pieces, run = measure(made, partitions, rng, **told)
    assert pieces == whole
    assert {at[2] for at in whole.told} >= {"orders", "revenue", "sessions", "events", "contacts"}
    for lane in run.lanes:
        assert lane.state.row.missed == 0
        assert not [key for key in lane.state.rows if key.startswith(b"b/")], "a closed bucket left its row"


@FEW
@given(seed=SEEDS)
def test_late_events_depend_on_their_logs_alone(seed: int) -> None:
    made, rng = shop(seed), random.Random(seed)
    logs = in_logs(made.told, 2, rng, late=0.15)
    whole, one = measure(made, 2, rng, cut=False, logs=logs, drive=Drive)
    pieces, _ = measure(made, 2, rng, logs=logs)
    assert pieces == whole
    # Whoever waits is answered, or given up, however late the answer comes.
    waits = [num for at, (num, _, _) in whole.told.items() if at[2:4] == ("unanswered_tickets", "")]
    assert sum(waits) == 0
    ledger = [counts for lane in one.ledgers().values() for counts in lane.values()]
    events = sum(num for at, (num, _, _) in whole.told.items() if at[2:4] == ("events", ""))
    assert events == sum(counts["processed"] for counts in ledger) < len(made.told)


@FEW
@given(seed=SEEDS)
def test_slices_by_the_hour_add_up_to_slices_by_the_day(seed: int) -> None:
    made = shop(seed)
    by_day, _ = measure(made, 1, random.Random(seed))
    by_hour, _ = measure(made, 1, random.Random(seed), slice_bucket=HOUR)
    found: dict[tuple[object, ...], tuple[int, int]] = {}
    for (start, _, *slice_), (num, den, _) in by_hour.told.items():
        if slice_[1] not in ("", "source"):
            day = start // DAY * DAY
            n, d = found.get((day, day + DAY, *slice_), (0, 0))
            found[day, day + DAY, *slice_] = n + num, d + den
    slices = {at: each for at, each in by_day.told.items() if at[3] not in ("", "source")}
    assert {at: n for at, (n, _) in found.items() if n} == {
        at: each[0] for at, each in slices.items() if each[0]
    }


def test_a_process_that_does_not_find_its_open_buckets_loses_them() -> None:
    class Forgetful(Reloading):
        forgets = (b"b/",)

    found = []
    for seed in range(3):
        made = shop(seed)
        whole, _ = measure(made, 1, random.Random(seed), cut=False)
        found.append(measure(made, 1, random.Random(seed), drive=Forgetful)[0] == whole)
    assert not any(found)


def test_counting_by_arrival_would_depend_on_the_order_of_arrival() -> None:
    made, rng = shop(1), random.Random(1)

    def arrived() -> list[Told]:
        return [told._replace(time=told.time + rng.randrange(10 * MINUTE)) for told in made.told]

    def orders(told: list[Told]) -> dict[object, int]:
        logs = in_logs(told, 1, random.Random(0))
        return {at: n for at, (n, _, _) in measure(made, 1, rng, logs=logs)[0].told.items() if at[3] == ""}

    assert orders(made.told) == orders(made.told)
    assert orders(arrived()) != orders(arrived())


def test_what_comes_after_its_bucket_was_closed_is_counted_as_missed() -> None:
    made, rng = shop(2), random.Random(2)
    logs = in_logs(made.told, 1, rng)
    tickets = logs.pop(("tickets", 0))
    _, run = measure(made, 1, rng, logs=logs, cut=False, drive=Drive)
    before = sum(each[0] for at, each in sums(run).told.items() if at[2] == "tickets")
    run.logs["tickets", 0] += [Input(offset, *each) for offset, each in enumerate(tickets)]
    run.run()
    row = run.lanes[0].state.row
    opened = sum(told.kind == "opened" for told in made.told)
    assert before == 0 < opened
    assert row.missed >= len(tickets)
    gauge = [each[0] for at, each in sums(run).told.items() if at[2:4] == ("unanswered_tickets", "")]
    assert sum(gauge) == 0


def test_only_what_is_chosen_is_measured() -> None:
    chosen = {"orders": Chosen(("region",)), "conversion": Chosen()}
    found, _ = measure(shop(3), 1, random.Random(3), measures=chosen)
    assert {at[2:4] for at in found.told} == {("orders", ""), ("orders", "region"), ("conversion", "")}
    assert {at[4] for at in found.told if at[3]} == {each for each in REGIONS if each}


@FEW
@given(seed=SEEDS)
def test_what_rings_makes_no_difference(seed: int) -> None:
    made, quiet = (
        shop(seed),
        {
            "order_late": order_late.Settings(enabled=False),
            "ticket_unanswered": ticket_unanswered.Settings(enabled=False),
        },
    )
    ringing, _ = measure(made, 2, random.Random(seed))
    silent, _ = measure(made, 2, random.Random(seed), rules=quiet)
    assert silent == ringing


def test_alerts_are_the_same_whether_series_are_measured_or_not() -> None:
    for seed in range(6):
        inputs = stream(seed)
        without = Drive(inputs.logs, INPUTS, inputs.options, NOW).run(random.Random(seed))
        measured = replace(inputs.options, series=SeriesOptions())
        with_series = Drive(inputs.logs, INPUTS, measured, NOW).run(random.Random(seed))
        assert with_series.messages() == without.messages() != []
        assert with_series.ledgers() == without.ledgers()
        assert with_series.churn() == without.churn()


@pytest.mark.parametrize("seed", range(2))
def test_the_same_bytes_are_sent_whatever_was_read_back(seed: int) -> None:
    made = shop(seed)
    logs = in_logs(made.told, 2, random.Random(seed))
    sent = []
    for drive in (Drive, Reloading):
        _, run = measure(made, 2, random.Random(seed), logs=logs, cut=drive is Reloading, drive=drive)
        sent.append(
            sorted(
                each.value or b""
                for each in run.logs["series-partials", 0]
                if b"values" in (each.value or b"")
            )
        )
    assert sent[0] == sent[1]
