"""No score knows the future: what cannot be foretold is not, and what comes later changes no score."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from support import buyers
from support.backtests import Ran, backtest, dates, mean_auc, silent
from support.buyers import DAY, START

HORIZON = 14
CONFIG = "rules: {churn: {horizons: [14d], customers: new}}"
DAYS = 12 * HORIZON
ORDERS = buyers.memoryless(150, DAYS, seed=4, every=HORIZON / 0.7)
MOMENTS = [START + day * DAY for day in range(4 * HORIZON, DAYS - 2 * HORIZON, 5)]


def run(folder: Path, lines: list[bytes]) -> Ran:
    asked = ("--horizon", str(HORIZON), "--score-dates", dates(MOMENTS))
    return backtest(folder, lines, *asked, config=CONFIG)


def skill(ran: Ran, *, later: int = 0) -> float:
    """How well the scores rank what came within the horizon, or within one that begins so much later."""
    scores = ran.scores()
    return mean_auc(scores.assign(lost=silent(ORDERS, scores, HORIZON, later=later)), "probability")


def test_where_nothing_can_be_foretold_nothing_is(tmp_path: Path) -> None:
    ran = run(tmp_path, buyers.lines(ORDERS))
    assert ran.summary["churn"]["auc_day"] == pytest.approx(0.5, abs=0.05)
    assert skill(ran) == pytest.approx(0.5, abs=0.05)


def test_a_leak_of_one_horizon_is_seen_and_shifted_labels_take_its_skill_away(tmp_path: Path) -> None:
    """Every order sends a visit ahead, one horizon before it, as a feature that looks ahead would."""
    leak = [
        (each.time - HORIZON * DAY + 1, {"customer_id": each.customer, "session_id": f"s-{each.ident}"})
        for each in ORDERS
        if each.time > START + HORIZON * DAY
    ]
    events = list(zip((each.time for each in ORDERS), buyers.lines(ORDERS), strict=True))
    events += [(at, buyers.event("web.page_viewed", at, f"v{n}", **who)) for n, (at, who) in enumerate(leak)]
    ran = run(tmp_path, [line for _, line in sorted(events)])
    assert ran.summary["churn"]["auc_day"] > 0.85
    assert skill(ran) > 0.9
    assert skill(ran, later=HORIZON) == pytest.approx(0.5, abs=0.05)


def test_scores_before_a_cut_are_the_same_byte_for_byte(tmp_path: Path) -> None:
    rng = random.Random(6)
    orders = buyers.shop(60, 90, seed=2)
    events = [(each.time, line) for each, line in zip(orders, buyers.lines(orders), strict=True)]
    for number, order in enumerate(rng.sample(orders, 150)):
        who, time = {"customer_id": order.customer}, order.time + rng.randrange(9 * DAY)
        kind, data = rng.choice(
            [
                ("order.cancelled", {"order_id": order.ident}),
                ("order.returned", {"order_id": order.ident, "currency": "EUR", "amount": order.total}),
                (
                    "ticket.opened",
                    {"ticket_id": f"t{number}", "category": "refund", "priority": "low", "text": "?"},
                ),
                ("web.page_viewed", {"session_id": "s", "url": "/"}),
            ]
        )
        events.append((time, buyers.event(kind, time, f"m{number}", **who, **data)))
    # Most come in the order of their times; some so late that they are known only then.
    lines = [
        line for _, line in sorted((time + rng.choice((0, 0, 0, 5 * DAY)), line) for time, line in events)
    ]
    asked = ("--horizon", str(HORIZON), "--score-dates", dates(START + day * DAY for day in range(1, 90)))
    whole = backtest(tmp_path / "whole", lines, *asked, config=CONFIG).raw_scores()
    newest = 0
    for place in sorted(rng.sample(range(len(lines) // 4, len(lines) * 9 // 10), 5)):
        cut = backtest(tmp_path / f"{place}", lines[:place], *asked, config=CONFIG).raw_scores()
        known = _known(lines[:place])
        before = [raw for raw in whole if _time(raw) < known]
        assert cut[: len(before)] == before
        assert len(before) > newest
        newest = len(before)
        # Beyond the cut the scores are other ones: the comparison would have told.
        assert cut[len(before) :] != whole[len(before) : len(cut)]


def _known(lines: list[bytes]) -> str:
    """How far time has come for certain: every moment before it is closed."""
    newest = {}
    for line in lines:
        newest[_topic(line)] = max(newest.get(_topic(line), ""), line.partition(b'"time":"')[2][:19].decode())
    return min(newest.values())[:10]


def _topic(line: bytes) -> bytes:
    return line.partition(b'"tocsin.')[2].partition(b".")[0]


def _time(raw: bytes) -> str:
    return raw.partition(b'"time":"')[2][:19].decode()
