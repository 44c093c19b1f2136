"""A publisher's field gone empty, a value never seen, dead letters: each is told once, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pytest
from engine.one_partition import Played, log_of
from support.partials import DAY, HOUR, MONDAY, alerts, lines, only, partial, stage

from alerts.rules import data_quality

MEASURES = only(dead_letters=("topic",))
FIELD = ("web", "order.placed", "region")
Hour = dict[str, list[list[Any]]]


def shop(days: int, each: Callable[[int], Hour], **more: Any) -> Played:
    hours = (
        partial(MONDAY + n * HOUR, found.pop("values", []), **found)
        for n in range(days * 24)
        for found in (each(n),)
    )
    return Played(stage(measures=MEASURES, **more)).run(log_of(lines(hours)))


def said(played: Played) -> list[tuple[str, str, float]]:
    """Entity, state and the day of each message."""
    found = alerts(played)
    days = [(datetime.fromisoformat(each["at"]).timestamp() * 1000 - MONDAY) / DAY for each in found]
    return [(each["entity"], each["state"], round(day, 3)) for each, day in zip(found, days, strict=True)]


def empty(of: int, share: Callable[[int], float]) -> Callable[[int], Hour]:
    return lambda hour: {"quality": [[*FIELD, round(of * share(hour // 24)), of]]}


def test_a_field_that_is_suddenly_empty_rings_within_the_hour_and_ends_when_it_is_filled() -> None:
    played = shop(30, empty(60, lambda day: 1.0 if 20 <= day < 23 else 0.05))
    entity = "web/order.placed/region"
    assert said(played) == [(entity, "ringing", 20.042), (entity, "recovered", 23.042)]
    rings, over = alerts(played)
    assert rings["episode"] == over["episode"]
    assert (rings["rule"], rings["entity_kind"], rings["severity"]) == (
        "data_quality",
        "publisher",
        "warning",
    )
    assert rings["labels"] == {"source": "web", "field": "region", "change": "empty"}
    assert rings["title"] == "region of order.placed from web is suddenly empty"
    assert (
        "Of 60 events of order.placed between 00:00 and 01:00 UTC on Sun 21 Jan 2024, all had no"
        in rings["summary"]
    )
    assert "usually 5% have none" in rings["summary"]
    assert over["title"] == "region of order.placed from web is filled again"


@pytest.mark.parametrize(("first", "last"), [(491, 497), (502, 505), (483, 500)])
def test_a_part_of_a_day_rings_once_and_ends_once(first: int, last: int) -> None:
    hours = lambda hour: {"quality": [[*FIELD, 60 if first <= hour < last else 3, 60]]}  # noqa: E731
    rings, over = said(shop(30, hours))
    assert (rings[1:], over[1:]) == (
        ("ringing", round((first + 1) / 24, 3)),
        ("recovered", round((last + 1) / 24, 3)),
    )


@pytest.mark.parametrize("generated", [0, 1])
def test_what_is_told_of_generated_events_is_marked(generated: int) -> None:
    def each(hour: int) -> Hour:
        sources = {"web": generated, "app": 1 - generated}
        values = [["events", "source", source, 60, 1, made] for source, made in sources.items()]
        labels = [["web", "region", "Atlantis" if hour == 24 * 24 else "East", 60]]
        share = 1.0 if 20 * 24 <= hour < 21 * 24 else 0.05
        return {"values": values, "quality": [[*FIELD, round(60 * share), 60]], "labels": labels}

    found = alerts(shop(30, each))
    assert {each["labels"]["change"] for each in found} == {"empty", "new value"}
    assert {each["state"] for each in found} == {"ringing", "recovered"}
    assert {each["synthetic"] for each in found} == {bool(generated)}


def test_a_publisher_of_few_events_is_judged_by_the_day() -> None:
    assert said(shop(60, empty(2, lambda day: 1.0 if day == 50 else 0.0))) == [
        ("web/order.placed/region", "ringing", 51.0),
        ("web/order.placed/region", "recovered", 52.0),
    ]


def test_what_stays_empty_for_two_weeks_counts_as_usual() -> None:
    played = shop(45, empty(60, lambda day: 1.0 if day >= 20 else 0.05))
    assert [(state, day) for _, state, day in said(played)] == [("ringing", 20.042), ("recovered", 34.0)]
    assert alerts(played)[-1]["title"].endswith("stays empty")


@pytest.mark.parametrize(
    "share", [lambda day: 0.05 + 0.01 * (day % 20), lambda day: day % 2 * 0.5, lambda _: 0.0]
)
def test_what_was_often_empty_or_changes_little_is_quiet(share: Callable[[int], float]) -> None:
    assert said(shop(30, empty(60, share))) == []


def test_a_new_publisher_is_quiet() -> None:
    assert said(shop(20, lambda hour: {"quality": [[*FIELD, 30 if hour > 3 else 0, 30]]})) == []


def labels(*values: tuple[str, int]) -> Hour:
    return {"labels": [["web", "region", value, n] for value, n in values]}


def test_a_value_never_seen_before_is_told_once() -> None:
    usual = (("North", 20), ("West", 9))
    played = shop(30, lambda hour: labels(*usual, *([("Wset", 3)] if hour > 500 else [])))
    (found,) = alerts(played)
    assert (found["state"], found["severity"], found["entity"]) == ("ringing", "info", "web/region/new")
    assert found["title"] == "New region from web: 'Wset'"
    assert found["labels"] == {"source": "web", "field": "region", "change": "new value"}
    assert "in 3 events; it had 2 other values before." in found["summary"]


def test_who_often_has_new_values_or_is_not_known_yet_is_quiet() -> None:
    often = shop(40, lambda hour: labels(("North", 20), (f"shop {hour // 40}", 1)))
    young = shop(13, lambda hour: labels(("North", 20), *([("Wset", 3)] if hour > 200 else [])))
    rare = shop(
        40,
        lambda hour: labels(
            *([("North", 1)] if hour % 9 == 0 else []), *([("Wset", 1)] if hour == 900 else [])
        ),
    )
    assert (said(often), said(young), said(rare)) == ([], [], [])


def test_together_with_others_nobody_is_new() -> None:
    assert (
        said(shop(30, lambda hour: labels(("North", 20), *([("(others)", 3)] if hour > 500 else [])))) == []
    )


def dead(count: Callable[[int], int]) -> Callable[[int], Hour]:
    def hour(number: int) -> Hour:
        n = count(number)
        return {
            "values": [["dead_letters", *at, n, 1] for at in (("", ""), ("topic", "orders"))] if n else []
        }

    return hour


def test_dead_letters_ring_when_they_rise_and_end_when_they_fall() -> None:
    def count(hour: int) -> int:
        return 90 if 480 <= hour < 490 else 1 if hour % 7 == 0 else 0

    played = shop(30, lambda hour: {**dead(count)(hour), **empty(60, lambda _: 0.0)(hour)})
    assert said(played) == [("orders", "ringing", 20.042), ("orders", "recovered", 20.542)]
    rings, over = alerts(played)
    assert rings["episode"] == over["episode"]
    assert (rings["rule"], rings["entity_kind"]) == ("data_quality", "topic")
    assert rings["title"] == "90 inputs of orders could not be read"
    assert "tocsin tail dead-letters" in rings["suggestion"]


def test_dead_letters_that_are_usual_are_quiet() -> None:
    assert said(shop(30, dead(lambda hour: 30 + hour * 7 % 20))) == []


def test_switched_off_it_says_nothing() -> None:
    rules = {"data_quality": data_quality.Settings(enabled=False)}
    played = shop(30, empty(60, lambda day: 1.0 if day >= 20 else 0.0), rules=rules)
    assert said(played) == []


def test_publishers_are_named_by_outsiders_and_the_rows_do_not_grow_with_them() -> None:
    def many(hour: int) -> Iterable[list[Any]]:
        return [[f"publisher {hour}-{n}", "order.placed", "region", 0, 9] for n in range(20)]

    played = shop(20, lambda hour: {"quality": list(many(hour))})
    assert len([key for key in played.rows() if key.startswith(b"y/")]) == 200
