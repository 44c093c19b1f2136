"""Closed windows hold what came, exactly; the state stays small; gaps and strangers are survived."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pandas as pd
import pytest
from engine.one_partition import Entry, Played, came_from, closes, log_of, merged
from hypothesis import given, settings
from hypothesis import strategies as st
from support.partials import DAY, HOUR, MONDAY, alerts, berlin, lines, only, partial, split, stage, windows

from detectors.series.question import SeriesQuestion
from schemas.measures import MEASURES
from streams.engine.series.options import Chosen
from streams.engine.series.shares import KEPT
from streams.engine.series.stage import MOST_BEHIND, PARTIALS

COUNTED = only(orders=("region",), revenue=(), order_value=("region",), unanswered_tickets=())


def events(rng: random.Random, days: int) -> pd.DataFrame:
    """Orders one by one, with the change of waiting tickets that each brings."""
    rows = [
        (
            MONDAY + rng.randrange(days * DAY),
            rng.choice(("North", "West", "East")),
            rng.randrange(1, 90_000),
            rng.choice((-1, 0, 2)),
        )
        for _ in range(days * 90)
    ]
    return pd.DataFrame(sorted(rows), columns=["at", "region", "money", "waiting"])


def told(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The same, as partitions tell it."""
    found = []
    for begin in range(MONDAY, int(frame["at"].max()) // DAY * DAY + 2 * DAY, HOUR):
        hour = frame[(frame["at"] >= begin) & (frame["at"] < begin + HOUR)]
        values: list[list[Any]] = []
        for at, part in (("", hour), *hour.groupby("region")):
            dimension = ["region", at] if at else ["", ""]
            money = int(part["money"].sum())
            if len(part):
                values += [
                    ["orders", *dimension, len(part), 1],
                    ["order_value", *dimension, money, len(part)],
                ]
        if len(hour):
            values.append(["revenue", "", "", int(hour["money"].sum()), 1])
            values.append(["unanswered_tickets", "", "", int(hour["waiting"].sum()), 1])
        found.append(partial(begin, values))
    return found


def test_closed_windows_equal_a_resample_of_the_same_events() -> None:
    rng = random.Random(4)
    frame, zone = events(rng, 14), berlin()
    parts = [split(rng, each, 2) for each in told(frame)]
    log = log_of(merged(rng, [lines([each[number] for each in parts], number) for number in range(2)]))
    played = Played(stage(partitions=2, measures=COUNTED, zone=zone)).run(log)
    when = pd.to_datetime(frame["at"], unit="ms", utc=True)
    for bucket, index, rule in (("1h", when, "h"), ("1d", when.dt.tz_convert(zone), "D")):
        found = _points(played, bucket)
        timed = frame.set_index(index)
        by = {"": timed} if bucket == "1h" else {"": timed, **dict(list(timed.groupby("region")))}
        assert {(name, value) for name, value, _ in found} >= {("orders", value) for value in by}
        for value, part in by.items():
            sums = part.resample(rule)[["money", "waiting"]].sum()
            count = part.resample(rule).size()
            for at in count.index:
                begin = int(at.timestamp() * 1000)
                if ("orders", value, begin) in found:
                    assert found["orders", value, begin] == count[at]
                    mean = found["order_value", value, begin]
                    assert mean == (
                        pytest.approx(sums["money"][at] / count[at] / 10_000) if count[at] else None
                    )
                    if not value:
                        assert found["revenue", "", begin] == sums["money"][at] / 10_000
                        assert found["unanswered_tickets", "", begin] == sums["waiting"][:at].sum()
        days = 13 if bucket == "1d" else 14 * 24
        assert len([key for key in found if key[:2] == ("orders", "")]) >= days - 1


def _points(played: Played, bucket: str) -> dict[tuple[str, str, int], float | None]:
    return {
        (point["measure"], point["slice"], each["from"]): point["actual"]
        for each in windows(played, bucket)
        for point in each["points"]
    }


def test_days_end_at_midnight_of_the_shop_also_where_clocks_change() -> None:
    begin = 1_711_666_800_000  # Fri 29 Mar 2024, 00:00 CET; on Sunday the clocks go forward
    hours = [partial(begin + n * HOUR, [["orders", "", "", 1, 1]]) for n in range(4 * 24)]
    played = Played(stage(measures=only(orders=()), zone=berlin())).run(log_of(lines(hours)))
    assert [each["points"][0]["actual"] for each in windows(played, "1d")] == [24, 24, 23, 24]


def test_what_began_before_the_data_is_no_whole_bucket() -> None:
    hours = [partial(MONDAY + n * HOUR, [["orders", "", "", 2, 1]]) for n in range(9, 60)]
    played = Played(stage(measures=only(orders=()))).run(log_of(lines(hours)))
    assert [(each["from"], each["points"][0]["actual"]) for each in windows(played, "1d")] == [
        (MONDAY + DAY, 48)
    ]


def day(number: int, regions: dict[str, int]) -> dict[str, Any]:
    values = [["orders", "region", region, n, 1] for region, n in regions.items()]
    return partial(MONDAY + number * DAY, [*values, ["orders", "", "", sum(regions.values()), 1]], DAY)


def days(*each: dict[str, int], most: int = 3, **more: Any) -> Played:
    kept = {"measures": only(orders=("region",)), "buckets": (DAY,), "most": most, **more}
    return Played(stage(**kept)).run(
        log_of(lines(_by_hour(day(n, regions)) for n, regions in enumerate(each)))
    )


def _by_hour(whole: dict[str, Any]) -> dict[str, Any]:
    """A day's orders in its last hour."""
    return {**whole, "from": whole["to"] - HOUR}


def slices(played: Played) -> list[set[str]]:
    return [{point["slice"] for point in each["points"]} - {""} for each in windows(played, "1d")]


def test_slices_with_enough_volume_get_a_series_and_lose_it_when_they_have_long_been_silent() -> None:
    first = [{"North": 9, "West": 20, "Tiny": 1}] * 30
    then = [{"North": 9}] * 62
    found = slices(days({}, *first, *then))
    assert found[0] == {"North", "West"}
    assert found[30] == {"North", "West"}
    assert found[-1] == {"North"}


def test_where_there_is_no_room_only_a_much_larger_slice_takes_a_place() -> None:
    shop = {"a": 10, "b": 12, "c": 14}
    played = days({}, *[shop] * 3, *[{**shop, "d": 15, "e": 90}] * 20)
    assert slices(played)[2] == {"a", "b", "c"}
    assert slices(played)[-1] == {"b", "c", "e"}
    assert windows(played, "1d")[-1]["left_out"] == 2


def test_what_is_told_together_as_others_is_no_slice() -> None:
    assert slices(days({}, *[{"North": 9, "(others)": 900}] * 3))[-1] == {"North"}


def test_however_many_values_a_dimension_has_the_state_stays_small() -> None:
    many = [{"North": 500, **{f"made up {n * 5_000 + each}": 1 for each in range(5_000)}} for n in range(15)]
    played = days({}, *many)
    assert slices(played)[-1] == {"North"}
    rows = played.rows()
    assert sum(map(len, rows.values())) < 80_000
    held = orjson.loads(rows[b"n/orders/region"])["of"]
    assert len(held) <= KEPT * 3
    assert (
        max(len(each.rows.get(key) or b"") for each in played.steps for key in each.rows if key[:2] == b"b/")
        < 5_000
    )


def test_a_gap_of_years_is_leapt_over_and_the_series_go_on() -> None:
    begin = [partial(MONDAY + n * HOUR, [["orders", "", "", 5, 1]]) for n in range(48)]
    later = MONDAY + 3 * 365 * DAY
    again = [partial(later + n * HOUR, [["orders", "", "", 5, 1]]) for n in range(48)]
    played = Played(stage(measures=only(orders=()))).run(log_of(lines([*begin, *again])))
    assert len(played.steps) < 400
    found = windows(played, "1h")
    assert (found[0]["from"], found[-1]["to"]) == (MONDAY, later + 2 * DAY)
    assert len(found) < 100
    assert found[-1]["points"][0]["expected"] == pytest.approx(5)


def test_a_gap_that_is_not_leapt_over_is_told_bucket_by_bucket() -> None:
    log = log_of(
        [*lines([partial(MONDAY, [["orders", "", "", 5, 1]])]), closes(PARTIALS, 0, MONDAY + 200 * HOUR)]
    )
    played = Played(stage(measures=only(orders=()))).run(log)
    assert [each["points"][0]["actual"] for each in windows(played, "1h")] == [5.0, *[0.0] * 199]
    assert MOST_BEHIND > 200


def test_nothing_happens_before_every_partition_has_told() -> None:
    here = lines([partial(MONDAY, [["orders", "", "", 5, 1]])])
    there = lines([partial(MONDAY, [["orders", "", "", 7, 1]])], source=1)
    played = Played(stage(partitions=2, measures=only(orders=()))).run(log_of(here))
    assert windows(played) == []
    played.run(log_of([*here, *there]))
    assert [each["points"][0]["actual"] for each in windows(played)] == [12]


ASKED = SeriesQuestion("Few in the West", "orders", "region", "West", DAY, "below", 8.0, runs=2)


def test_a_standing_question_is_answered_at_each_close_and_keeps_its_slice() -> None:
    west = [{"West": n, "a": 50, "b": 60, "c": 70} for n in (9, 3, 2, 1, 12, 9)]
    played = days({}, *west, questions=(ASKED,))
    assert all("West" in each for each in slices(played)[:-1]), "it has the least of all"
    found = [
        (each["state"], each["entity"], each["at"][:10]) for each in alerts(played) if each["rule"] == "watch"
    ]
    assert found == [
        ("ringing", "Few in the West", "2024-01-05"),
        ("recovered", "Few in the West", "2024-01-07"),
    ]


def test_a_question_alone_brings_no_other_slices() -> None:
    measures = {"orders": Chosen(("region",), only={"region": frozenset({"West"})})}
    played = days({}, *[{"West": 2, "North": 90}] * 3, measures=measures, questions=(ASKED,))
    assert slices(played)[-1] == {"West"}


def test_what_is_no_longer_watched_is_forgotten() -> None:
    log = log_of(lines(_by_hour(day(n, {"North": 9, "West": 20})) for n in range(9)))
    played = Played(stage(measures=only(orders=("region",)), buckets=(DAY,))).run(log[:10])
    assert [key for key in played.rows() if b"region/West" in key]
    played.make = stage(measures=only(orders=()), buckets=(DAY,))
    played.take_over()
    played.run(log)
    assert [key for key in played.rows() if key.startswith(b"s/")] == [b"s/%d/orders//" % DAY]


def test_a_row_of_another_version_begins_anew() -> None:
    log = log_of(lines(_by_hour(day(n, {"North": 9})) for n in range(9)))
    played = Played(stage(measures=only(orders=()), buckets=(DAY,))).run(log[:10])
    for key in [each for each in played.state.rows if each.startswith(b"s/")]:
        row = orjson.loads(played.state.rows[key])
        del row["series"]["views"]
        played.state.rows[key] = orjson.dumps(row)
    played.take_over()
    assert windows(played.run(log))[-1]["points"][0]["actual"] == 9


GOOD = partial(MONDAY, [["orders", "", "", 5, 1]])
BAD = {
    "NaN": b'{"from": NaN}',
    "no list": b"[]",
    "a fraction": orjson.dumps(partial(MONDAY, [["orders", "", "", 1.5, 1]])),
    "a number beyond numbers": orjson.dumps(partial(MONDAY, [["orders", "", "", (1 << 62) + 1, 1]])),
    "an endless name": orjson.dumps(partial(MONDAY, [["orders", "region", "x" * 1_001, 1, 1]])),
    "a bucket that ends before it begins": orjson.dumps({**GOOD, "to": MONDAY - 1}),
    "a bucket of a year": orjson.dumps({**GOOD, "to": MONDAY + 366 * DAY}),
    "a moment beyond calendars": orjson.dumps({**GOOD, "from": 1 << 60, "to": (1 << 60) + HOUR}),
    "generated by two": orjson.dumps(partial(MONDAY, [["orders", "", "", 1, 1, 2]])),
    "truth for a number": orjson.dumps(partial(MONDAY, [["orders", "", "", True, 1]])),
    "a number for a name": orjson.dumps(
        partial(MONDAY, [["orders", "", "", 5, 1], ["orders", "region", 5, 5, 1]])
    ),
    "values by name": orjson.dumps({**GOOD, "values": {"orders": 5}}),
    "a value without its parts": orjson.dumps({**GOOD, "values": [["orders", "", "", 5]]}),
    "texts for values": orjson.dumps({**GOOD, "values": ["orders"]}),
    "a fraction of a moment": orjson.dumps({**GOOD, "to": GOOD["to"] + 0.5}),
    "fields of nothing": orjson.dumps({**GOOD, "quality": [["web", "order.placed", None, 1, 1]]}),
    "no labels": orjson.dumps({name: each for name, each in GOOD.items() if name != "labels"}),
    "a count below zero": orjson.dumps({**GOOD, "labels": [["web", "region", "West", -1]]}),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_what_somebody_else_writes_is_buried_and_the_hour_goes_on(bad: bytes) -> None:
    entries = [came_from(0, bad), Entry(None, bad), *lines([GOOD])]
    played = Played(stage(measures=only(orders=()))).run(log_of(entries))
    assert len(played.to("dead-letters")) == 2
    assert [each["points"][0]["actual"] for each in windows(played)] == [5]


@pytest.mark.parametrize(
    "value", [["nothing", "", "", 1, 1], ["orders", "", "x", 1, 1], ["orders", "shoe", "x", 1, 1]]
)
def test_what_this_version_does_not_measure_is_left_out(value: list[Any]) -> None:
    record = partial(MONDAY, [value, ["orders", "", "", 5, 1]])
    played = Played(stage(measures=only(orders=()))).run(log_of(lines([record])))
    assert [each["series"] for each in windows(played)[0]["points"]] == ["orders"]
    assert played.to("dead-letters") == []


@settings(max_examples=40, deadline=None)
@given(st.none() | st.binary(max_size=40), st.none() | st.binary(max_size=9))
def test_any_bytes_are_buried(value: bytes | None, key: bytes | None) -> None:
    played = Played(stage(measures=only(orders=()))).run(log_of([Entry(key, value, [("tocsin-from", b"0")])]))
    assert len(played.to("dead-letters")) == 1


def test_the_largest_numbers_that_may_travel_do_no_harm() -> None:
    most = 1 << 62
    told_ = [[name, "", "", most, most if each.kind == "ratio" else 1] for name, each in MEASURES.items()]
    hours = [partial(MONDAY + n * HOUR, told_) for n in range(100)]
    played = Played(stage()).run(log_of(lines(hours)))
    assert len(windows(played, "1d")) == 4
