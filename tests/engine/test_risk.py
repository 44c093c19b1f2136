"""Who is told of, of all that are at risk: once a silence, the same in every run, and what ends it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import pytest
from engine.one_partition import DAY, Entry, Played, came_from, closes, log_of, merged
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.config import Choice
from alerts.rules import churn
from streams.engine.options import ChurnOptions, Options
from streams.engine.records import Input
from streams.engine.risk import RiskStage
from streams.engine.told import TOLD

TOPIC = "churn-risks"
START = 19_000 * DAY
FEW = Choice(per_day=2)
COST = Choice(contact_cost=5.0, saved=0.1)
Day = dict[str, Any]


def risk(customer: str, p: float, value: float = 100.0, silence: int = -30, **more: Any) -> list[Any]:
    """A customer at risk; `silence` is the day of the last order, counted from `START`."""
    each = {
        "customer": customer,
        "silence": START + silence * DAY,
        "p": p,
        "value": [value, value / 2, value * 2],
        "currency": "EUR",
        "log_odds": 1.0,
        "base": 0.0,
        "reasons": [["rhythm", 1.0, "used to order every 9 days, now silent for 31"]],
        "region": None,
        "synthetic": False,
        "gap": 9.0,
        **more,
    }
    return list(each.values())


def told_by(
    day: int, risks: Iterable[list[Any]] = (), back: Iterable[tuple[str, int]] = (), **more: Any
) -> Day:
    return {
        "at": START + day * DAY,
        "model": "v1",
        "learnt": 1_000,
        "days": 30,
        "risks": list(risks),
        "back": [[customer, START + ordered * DAY] for customer, ordered in back],
        **more,
    }


def stage(*choices: Choice, partitions: int = 1, slice_: int = 1_000, **rule: Any) -> Callable[[], RiskStage]:
    options = Options(partitions, churn=ChurnOptions(slice=slice_))
    return lambda: RiskStage(options, choices or (FEW,), churn.Settings(**rule))


def lines(*days: Day, source: int = 0) -> list[Entry]:
    """What a source writes; a day without anything is its end alone."""
    found: list[Entry] = []
    for day in days:
        if day["risks"] or day["back"]:
            found.append(came_from(source, orjson.dumps(day)))
        found.append(closes(TOPIC, source, day["at"]))
    return found


def days(*told: Day, make: Callable[[], RiskStage] | None = None) -> Played:
    return Played(make or stage()).run(log_of(lines(*told)))


def alerts(played: Played) -> list[dict[str, Any]]:
    return [orjson.loads(send.value or b"")["data"] for send in played.to("alerts")]


def said(played: Played) -> list[tuple[int, str, str]]:
    """Day, state and customer of every message."""
    found = [orjson.loads(send.value or b"") for send in played.to("alerts")]
    return [(_day(each["data"]["at"]), each["data"]["state"], each["data"]["entity"]) for each in found]


def _day(text: str) -> int:
    return round((datetime.fromisoformat(text).timestamp() * 1000 - START) / DAY)


def test_the_budget_goes_to_those_with_most_money_at_risk_over_all_partitions() -> None:
    make = stage(partitions=2)
    here = told_by(0, [risk("a", 0.9, 10.0), risk("b", 0.6, 100.0)])
    there = told_by(0, [risk("c", 0.55, 90.0), risk("d", 0.95, 100.0), risk("e", 0.45, 9999.0)])
    played = Played(make).run(log_of(lines(here)))
    assert said(played) == [], "the other partition may know of somebody who matters more"
    played.run(log_of(lines(here) + lines(there, source=1)))
    assert said(played) == [(0, "ringing", "b"), (0, "ringing", "d")]


def test_the_alert_carries_what_the_subscriptions_and_the_reader_need() -> None:
    (alert,) = alerts(days(told_by(0, [risk("a", 0.9, region="north", synthetic=True)])))
    assert (alert["rule"], alert["entity_kind"], alert["customer_id"]) == ("churn", "customer", "a")
    assert alert["labels"] == {"choice": "2 a day", "region": "north"}
    assert (alert["severity"], alert["synthetic"]) == ("warning", True)
    facts = {each["label"]: each["value"] for each in alert["facts"]}
    assert facts["Chosen"] == "place 1 by money at risk; 2 a day are told"
    assert facts["Model"] == "v1"
    assert facts["Silent for"].startswith("30 days, since ")


def test_one_silence_rings_once_and_without_memory_twice() -> None:
    story = [told_by(day, [risk("a", 0.9)]) for day in range(4)]
    assert said(days(*story)) == [(0, "ringing", "a")]

    def forget(played: Played, log: Sequence[Input]) -> Played:
        for end in range(2, len(log) + 1, 2):
            played.run(log[:end])
            for key in [each for each in played.state.rows if each.startswith(TOLD)]:
                del played.state.rows[key]
                played.state.timers.set(key, None)
        return played

    assert said(forget(Played(stage()), log_of(lines(*story)))) == [(day, "ringing", "a") for day in range(4)]


def test_who_was_not_among_the_first_is_told_on_a_later_day() -> None:
    three = [risk("a", 0.9, 30.0), risk("b", 0.9, 20.0), risk("c", 0.9, 10.0)]
    rung = said(days(told_by(0, three), told_by(1, three), told_by(2, three)))
    assert rung == [(0, "ringing", "a"), (0, "ringing", "b"), (1, "ringing", "c")]


def test_a_new_order_ends_it_and_a_new_silence_rings_anew() -> None:
    played = days(
        told_by(0, [risk("a", 0.9)]),
        told_by(1, back=[("a", 0)]),
        told_by(2),
        told_by(40, [risk("a", 0.8, silence=0)]),
        told_by(41, [risk("a", 0.9, silence=0)]),
    )
    assert said(played) == [(0, "ringing", "a"), (1, "recovered", "a"), (40, "ringing", "a")]
    first, over, second = alerts(played)
    assert first["episode"] == over["episode"] != second["episode"]
    assert over["title"] == "Customer a came back"


def test_an_order_that_is_cancelled_later_does_not_make_the_old_silence_ring_again() -> None:
    played = days(
        told_by(0, [risk("a", 0.9)]),
        told_by(1, back=[("a", 0)]),
        told_by(2, [risk("a", 0.9)]),
        told_by(3, [risk("a", 0.9)]),
    )
    assert said(played) == [(0, "ringing", "a"), (1, "recovered", "a")]


def test_a_new_order_that_was_known_before_does_not_end_what_rang_after_it() -> None:
    played = days(
        told_by(0, [risk("a", 0.9)], back=[("a", -30)]), told_by(1, [risk("a", 0.9)], back=[("a", -40)])
    )
    assert said(played) == [(0, "ringing", "a")]


def test_it_eases_with_hysteresis_when_nobody_sees_the_customer_at_risk() -> None:
    played = days(
        told_by(0, [risk("a", 0.6)]),
        told_by(1, [risk("a", 0.42)]),
        told_by(2),
        told_by(3, [risk("a", 0.9)]),
    )
    assert said(played) == [(0, "ringing", "a"), (2, "recovered", "a")]
    assert "is below 40% now; it was 60%" in alerts(played)[1]["summary"]


def test_by_cost_everybody_rings_who_is_worth_it_and_eases_when_no_more() -> None:
    played = days(
        told_by(0, [risk(name, 0.8, 100.0) for name in "abc"] + [risk("d", 0.8, 50.0)]),
        told_by(1, [risk("a", 0.8, 100.0), risk("b", 0.8, 55.0), risk("c", 0.8, 40.0)]),
        make=stage(COST),
    )
    assert said(played) == [(0, "ringing", name) for name in "abc"] + [(1, "recovered", "c")]
    assert alerts(played)[-1]["summary"].endswith("By now a contact saves 3.20 on average and costs 5.00.")


def test_a_model_that_has_learnt_too_little_tells_of_nobody_but_ends_what_rang() -> None:
    played = days(
        told_by(0, [risk("a", 0.9), risk("b", 0.9)], learnt=499),
        told_by(1, [risk("a", 0.9)], learnt=500),
        told_by(2, [risk("b", 0.9)], learnt=3),
    )
    assert said(played) == [(1, "ringing", "a"), (2, "recovered", "a")]


def test_each_choice_has_episodes_of_its_own() -> None:
    played = days(told_by(0, [risk("a", 0.9)]), make=stage(FEW, COST))
    assert {each["labels"]["choice"] for each in alerts(played)} == {"2 a day", "cost 5 saved 0.1"}
    assert len({each["episode"] for each in alerts(played)}) == 2


def test_what_nobody_chooses_any_more_is_forgotten_without_a_word() -> None:
    log = log_of(lines(told_by(0, [risk("a", 0.9)]), told_by(1, [risk("a", 0.9)]), told_by(2)))
    played = Played(stage(FEW, COST)).run(log[:2])
    played.make = stage(COST)
    played.take_over()
    played.run(log)
    assert sorted((each["labels"]["choice"], each["state"]) for each in alerts(played)) == [
        ("2 a day", "ringing"),
        ("cost 5 saved 0.1", "recovered"),
        ("cost 5 saved 0.1", "ringing"),
    ]
    assert not any(b"2 a day" in key for key in played.rows())


@pytest.mark.parametrize("make", [stage(enabled=False), lambda: RiskStage(Options(1), (), churn.Settings())])
def test_switched_off_or_chosen_by_nobody_it_keeps_and_says_nothing(make: Callable[[], RiskStage]) -> None:
    played = days(told_by(0, [risk("a", 0.9)]), make=make)
    assert (said(played), played.rows()) == ([], {})


def test_a_silence_of_more_than_a_year_is_dropped_and_no_row_is_left() -> None:
    story = [told_by(day, [risk("a", 0.9)]) for day in range(400)]
    played = days(*story, told_by(401, [risk("b", 0.9, silence=1)]))
    assert said(played) == [(0, "ringing", "a")]
    assert played.rows() == {}


def test_a_large_day_goes_in_slices() -> None:
    pieces = [
        told_by(0, [risk(f"{piece}-{n}", 0.6, piece * 10.0 + n) for n in range(10)]) for piece in range(9)
    ]
    entries = [came_from(0, orjson.dumps(each)) for each in pieces]
    played = Played(stage(slice_=20)).run(log_of([*entries, closes(TOPIC, 0, START)]))
    dropped = [
        sum(value is None for key, value in each.rows.items() if key[:2] == b"d/") for each in played.steps
    ]
    assert max(dropped) <= 2
    assert said(played) == [(0, "ringing", "8-8"), (0, "ringing", "8-9")]


def shop(rng: random.Random, source: int, length: int) -> list[Day]:
    """Days of one partition: customers order, fall silent, and are at risk more or less."""
    last = {f"c{source}-{n}": -rng.randrange(20, 380) for n in range(5)}
    found = []
    for day in range(length):
        back = [(name, day - 1) for name in last if rng.random() < 0.1]
        last |= dict(back)
        seen = [
            risk(name, round(rng.uniform(0.4, 1), 3), rng.choice((20.0, 60.0, 90.0)), ordered)
            for name, ordered in last.items()
            if rng.random() < 0.7
        ]
        found.append(told_by(day, seen, back, learnt=rng.choice((400, 600, 700))))
    return found


def expected(sources: list[list[Day]], choice: Choice) -> list[tuple[int, str, str]]:
    """Day by day in plain words: what the contract says, without rows, slices and batches."""
    told: dict[str, tuple[int, bool]] = {}  # customer -> silence that was told, whether it rings
    found = []
    for per_day in zip(*sources, strict=True):
        at = per_day[0]["at"]
        day = round((at - START) / DAY)
        seen = {each[0]: (each, part["learnt"]) for part in per_day for each in part["risks"]}
        for name, ordered in [each for part in per_day for each in part["back"]]:
            if name in told and told[name][1] and told[name][0] < ordered:
                told[name] = (told[name][0], False)
                found.append((day, "recovered", name))
        for name, (silence, ringing) in list(told.items()):
            if not ringing:
                continue
            each = seen.get(name, (None,))[0]
            old = at - silence >= 365 * DAY
            gone = each is None or each[2] < 0.4
            if choice.contact_cost is not None and each is not None:
                gone = gone or each[2] * each[3][0] * choice.share < choice.contact_cost * 0.8
            if old or gone:
                told[name] = (silence, False)
                if not old:
                    found.append((day, "recovered", name))
        fresh = [
            each
            for each, learnt in seen.values()
            if learnt >= 500 and each[2] >= 0.5 and at - each[1] < 365 * DAY
            if each[0] not in told or told[each[0]][0] < each[1]
        ]
        if choice.contact_cost is None:
            fresh = sorted(fresh, key=lambda each: (-each[2] * each[3][0], each[0]))[: choice.budget]
        else:
            fresh = [e for e in fresh if e[2] * e[3][0] * choice.share >= choice.contact_cost * 1.2]
        for each in fresh:
            told[each[0]] = (each[1], True)
            found.append((day, "ringing", each[0]))
    return sorted(found)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([FEW, COST]), st.integers(1, 12))
def test_it_says_what_the_contract_says_however_it_is_cut(seed: int, choice: Choice, slice_: int) -> None:
    rng = random.Random(seed)
    sources = [shop(rng, number, 12) for number in range(2)]
    log = log_of(merged(rng, [lines(*each, source=number) for number, each in enumerate(sources)]))
    whole = Played(stage(choice, partitions=2)).run(log)
    cut = Played(stage(choice, partitions=2, slice_=slice_)).run(log, rng)
    assert sorted(said(whole)) == expected(sources, choice)
    messages = [sorted(send.value or b"" for send in played.to("alerts")) for played in (whole, cut)]
    assert messages[0] == messages[1]
    assert cut.rows() == whole.rows()


BAD = {
    "NaN": b'{"at": NaN}',
    "a probability of two": orjson.dumps(told_by(0, [risk("a", 2.0)])),
    "a negative value": orjson.dumps(told_by(0, [risk("a", 0.9, -1.0)])),
    "an infinite value": orjson.dumps(told_by(0, [risk("a", 0.9)])).replace(b"100.0", b"1e999"),
    "a moment beyond calendars": orjson.dumps(told_by(0, [risk("a", 0.9)], at=1 << 62)),
    "a silence beyond calendars": orjson.dumps(told_by(0, [risk("a", 0.9, silence=10**9)])),
    "nobody": orjson.dumps(told_by(0, [risk("", 0.9)])),
    "an endless name": orjson.dumps(told_by(0, [risk("a" * 9_999, 0.9)])),
    "four reasons": orjson.dumps(told_by(0, [risk("a", 0.9, reasons=[["web", 1.0, "x"]] * 4)])),
    "no list": b"[]",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_what_somebody_else_writes_is_buried_and_the_day_goes_on(bad: bytes) -> None:
    entries = [came_from(0, bad), Entry(None, bad), *lines(told_by(0, [risk("b", 0.9)]))]
    played = Played(stage()).run(log_of(entries))
    assert len(played.to("dead-letters")) == 2
    assert said(played) == [(0, "ringing", "b")]


@settings(max_examples=50, deadline=None)
@given(st.none() | st.binary(max_size=40), st.none() | st.binary(max_size=9))
def test_any_bytes_are_buried(value: bytes | None, key: bytes | None) -> None:
    played = Played(stage()).run(log_of([Entry(key, value, [("tocsin-from", b"0")])]))
    assert len(played.to("dead-letters")) == 1
