"""A backlog whose inputs are read unevenly: orders wait until a slower input brings time forward."""

from __future__ import annotations

import random

from engine.drive import Drive
from support import buyers
from support.buyers import DAY, START, Order

from streams.engine.churn.waiting import MOST_WAITING
from streams.engine.options import ChurnOptions, Options

HOUR = 3_600_000
OPTIONS = Options(1, wall=False, idle_after=1_000, churn=ChurnOptions(horizons=(14,), main=14))


def scores(orders: int, rng: random.Random | None) -> list[tuple[int, str]]:
    """What a customer with an order a day is given, and a visit of somebody each day beside it.

    Without `rng` all orders are read before the first visit is, and time with it, is looked at.
    """
    days = range(orders)
    placed = [Order(START + day * DAY + day % 20 * HOUR, "c", f"o{day}", 20.0) for day in days]
    visits = [
        buyers.event("web.page_viewed", START + day * DAY + 7 * HOUR, f"v{day}", session_id="s")
        for day in range(orders + 20)
    ]
    logs = {
        ("orders", 0): [(b"c", raw) for raw in buyers.lines(placed)],
        ("web-events", 0): [(b"s", raw) for raw in visits],
    }
    run = Drive(logs, ("orders", "web-events"), OPTIONS, START + 2_000 * DAY).run(rng)
    assert max(len(raw) for raw in run.lanes[0].state.rows.values()) < 64 * 1024
    return run.churn()


def test_as_many_orders_as_may_wait_are_each_known_on_their_day() -> None:
    at_once, bit_by_bit = scores(MOST_WAITING, None), scores(MOST_WAITING, random.Random(1))
    assert len(at_once) > MOST_WAITING
    assert at_once == bit_by_bit


def test_beyond_that_rows_stay_small_and_days_of_long_ago_know_too_much() -> None:
    """The limit that docs/churn.md states: nothing fails, and what is said in the end is the same."""
    at_once, bit_by_bit = scores(2 * MOST_WAITING, None), scores(2 * MOST_WAITING, random.Random(1))
    assert at_once != bit_by_bit
    end = START + (2 * MOST_WAITING - 30) * DAY
    late, slowly = (
        [each for each in run if each[0] > end and "score" in each[1]] for run in (at_once, bit_by_bit)
    )
    assert late
    assert late == slowly
