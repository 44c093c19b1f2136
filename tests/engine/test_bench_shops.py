"""The benchmark of shops plays production's stage, and calls nothing true that a change is not behind."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from alerts.figures import Bucket, Subject
from alerts.observed import Came, Part, Story
from alerts.rules import series
from benchmarks.quality import shops
from benchmarks.quality.shop_change import KINDS, Change, drawn
from benchmarks.quality.shop_drive import drive
from benchmarks.quality.shop_score import Rung, Truth, account, rung
from benchmarks.quality.shop_world import DAY, HOUR, made
from schemas.measures import MEASURES

BEGIN, END = 100 * DAY, 103 * DAY
WEST = Truth(BEGIN, END, {"orders": "down", "revenue": "down"}, ("region", "West"))


SELLING = {"orders", "visits", "noise", "starting"}


def rang(
    at: int, measure: str = "orders", cut: tuple[str, str] = ("", ""), side: str = "down", **more: object
) -> Rung:
    return Rung(at, "series", "1d", measure, *cut, side, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alert", "true"),
    [
        (rang(BEGIN), False),
        (rang(BEGIN + HOUR), True),
        (rang(END + DAY), True),
        (rang(END + DAY + 1), False),
        (rang(BEGIN + DAY, "tickets"), False),
        (rang(BEGIN + DAY, cut=("region", "West")), True),
        (rang(BEGIN + DAY, cut=("region", "East")), False),
        (rang(BEGIN + DAY, cut=("department", "Deli")), True),
    ],
)
def test_true_is_what_the_change_moves_while_it_lasts(alert: Rung, true: bool) -> None:
    found = account([alert], WEST, since=0)
    assert (found.true, found.false) == (([alert], []) if true else ([], [alert]))
    assert account([alert], None, since=0).false == [alert]
    assert account([alert], WEST, since=alert.at) == account([], WEST, since=0)


def test_delay_side_and_contributor_are_those_of_the_alerts_of_the_change() -> None:
    found = account(
        [
            rang(BEGIN - DAY, side="up"),
            rang(BEGIN + 7 * HOUR, "revenue", side="up", first=("region", "East")),
            rang(BEGIN + DAY, first=("region", "West")),
            rang(BEGIN + 2 * DAY, side=""),
        ],
        WEST,
        since=0,
    )
    assert (len(found.false), len(found.true), found.delay) == (1, 3, 7 * HOUR)
    assert (found.sides, found.firsts) == ([False, True], [False, True])


def test_an_alert_is_read_as_people_read_it() -> None:
    subject, end = Subject(MEASURES["orders"]), int(datetime(2024, 5, 2, tzinfo=UTC).timestamp()) * 1000
    bucket = Bucket(DAY, end - DAY, end, UTC)
    came = Came(60.0, 100.0, 80.0, 120.0, 1e-6, "spike", "down")
    parts = [
        Part("region", "West", -38.0, 0.95, 0.4),
        Part("department", "Deli", -9.0, 0.2, 0.2),
    ]
    told = series.alert(subject, bucket, came, Story(end, end - DAY, parts)).model_dump(mode="json")
    assert rung(told) == Rung(end, "series", "1d", "orders", "", "", "down", ("region", "West"))
    assert rung({**told, "state": "recovered"}) is None
    assert rung({**told, "rule": "order_late"}) is None


@pytest.mark.parametrize("name", KINDS)
def test_a_change_moves_what_it_says_and_nothing_else(name: str) -> None:
    """The same shop with and without it, what came in the change's hours beside the other's."""
    kind = KINDS[name]
    change = drawn(kind, large=True, rng=np.random.default_rng(1))
    span = slice(change.begin + kind.ramp, change.end)
    one, other = (
        made(np.random.default_rng(11), weeks=kind.weeks, change=each).sums for each in (change, None)
    )
    for at in one:
        measure, _, value = at
        now, before = _value(one[at], span), _value(other[at], span)
        few = MEASURES[measure].kind == "ratio" and one[at][1][span].sum() < 100
        if change.moved(*at):
            if kind.moves[measure] and before and (not kind.cut or value == change.value):
                assert (now > before) == (kind.moves[measure] == "up"), at
        elif measure in kind.moves or (MEASURES[measure].kind == "ratio" and kind.levers.keys() & SELLING):
            # As before, but by another chance.
            assert few or now == pytest.approx(before, rel=0.3, abs=5.0)
        else:
            assert all(np.array_equal(a, b) for a, b in zip(one[at], other[at], strict=True)), at


def _value(parts: tuple[np.ndarray, np.ndarray], span: slice) -> float:
    num, den = (part[span].sum() for part in parts)
    return float(num / den) if den else 0.0


def test_an_outage_is_found_within_its_hours() -> None:
    change = Change(KINDS["outage"], 0.9, 24 * 30 + 10, 24 * 30 + 16)
    shop = made(np.random.default_rng(3), weeks=5, change=change)
    found = account(drive(shop).rung, shops.truth(shop), 0)
    assert found.delay is not None
    assert found.delay <= 6 * HOUR
    assert found.sides
    assert all(found.sides)


def test_two_tiny_shops_give_figures_with_the_control_and_without() -> None:
    figures = shops.quiet_shops(2, weeks=5)
    on, off = figures["control on"], figures["control off"]
    assert (on["shops"], on["shop_months"]) == (2, pytest.approx(2 * 7 / 30.44, abs=0.05))
    assert on["per_shop_month"] < off["per_shop_month"], "believing all that rings tells more"
    assert shops.calm_table(figures).count("\n") == 3
