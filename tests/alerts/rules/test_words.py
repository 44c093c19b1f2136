"""The words of every rule, to the letter: what an analyst reads, when it begins and when it is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.watched_stories import WATCHED

from alerts.registry import find_rules
from alerts.rules import churn, churn_drift, order_late, out_of_stock, ticket_unanswered
from alerts.timeline import Known
from schemas.alert import Alert

MINUTE, HOUR = 60_000, 3_600_000
MONDAY = 1_704_096_000_000  # 2024-01-01 08:00 UTC
GOLDEN = Path(__file__).parent / "words"


def at(hours: float, ident: str, kind: str, **facts: Any) -> Known:
    moment = MONDAY + round(hours * HOUR)
    return Known(moment, moment, ident, kind, facts)


PLACED = at(
    0,
    "a",
    "placed",
    promised=MONDAY + 30 * HOUR,
    total="34.97 EUR",
    carrier="DHL",
    route="HAM-3",
    region="north",
    channel="app",
)
BARE = at(0, "a", "placed", promised=MONDAY + 30 * HOUR)
OPENED = at(
    0,
    "a",
    "opened",
    category="delivery",
    priority="urgent",
    text="Where is it?",
    region="north",
    order_id="o-1",
)


def orders(*events: Known) -> list[Alert]:
    (episode,) = [each for each in order_late.episodes(events, order_late.Settings()) if each.rings]
    states: tuple[Any, ...] = ("ringing", "recovered") if episode.recovered else ("ringing",)
    return [order_late.alert(state, "o-1", "c-7", events, episode) for state in states]


def tickets(*events: Known) -> list[Alert]:
    (episode,) = [e for e in ticket_unanswered.episodes(events, ticket_unanswered.Settings()) if e.rings]
    states: tuple[Any, ...] = ("ringing", "recovered") if episode.recovered else ("ringing",)
    return [ticket_unanswered.alert(state, "t-1", "c-7", events, episode) for state in states]


def products(labels: dict[str, str], *, synthetic: bool = False) -> list[Alert]:
    common: dict[str, Any] = {"start": "shop/e", "since": MONDAY, "labels": labels, "synthetic": synthetic}
    return [
        out_of_stock.alert("ringing", "p-1", at=MONDAY + 5 * HOUR, orders=5, **common),
        out_of_stock.alert("recovered", "p-1", at=MONDAY + 60 * HOUR, orders=9, **common),
    ]


def _needless() -> list[Alert]:
    """It rang before the news of a delivery in time came in."""
    events = [PLACED, at(29, "b", "delivered")]
    (episode,) = order_late.episodes(events, order_late.Settings())
    return [order_late.alert("recovered", "o-1", "c-7", events, episode)]


DAY = 24 * HOUR
AT_RISK = churn.Risk(
    customer="c-7",
    silence=MONDAY,
    p=0.823,
    value=(85.2, 40.4, 160.1),
    currency="EUR",
    log_odds=1.54,
    base=-0.4,
    reasons=(
        churn.Reason("rhythm", 1.1, "used to order every 9 days, now silent for 31"),
        churn.Reason("tickets", 0.6, "two tickets unanswered"),
        churn.Reason("web", 0.3, "visits the shop's pages less than before"),
    ),
    region="north",
    synthetic=False,
    usual_gap=9.0,
)
NEW = AT_RISK._replace(
    p=0.9999,
    value=(0.0, 0.0, 0.0),
    currency=None,
    reasons=(churn.Reason("rhythm", 2.0, "ordered once, silent for 31 days since"),),
    region=None,
    usual_gap=None,
)


def leaving(risk: churn.Risk, chosen: str, choice: str = "20 a day") -> tuple[churn.Told, Alert]:
    told = churn.Told(choice, risk.customer, risk.silence, risk.p, 30, risk.region, risk.synthetic)
    return told, churn.rings(told, risk, at=MONDAY + 31 * DAY, chosen=chosen, model="2024-01-31-0a1b2c3d")


def _back() -> list[Alert]:
    told, rings = leaving(AT_RISK, "place 3 by money at risk; 20 a day are told")
    return [rings, churn.came_back(told, at=MONDAY + 40 * DAY, ordered=MONDAY + 39 * DAY + HOUR)]


def _eased() -> list[Alert]:
    sums = "a contact saves 8.50 on average and costs 4.50"
    told, rings = leaving(AT_RISK._replace(reasons=()), sums, "cost 4.5 saved 0.1")
    sums = "a contact saves 3.10 on average and costs 4.50"
    over = churn.eased(told, at=MONDAY + 35 * DAY, now="81%", sums=sums)
    return [rings, over]


def _eased_by_budget() -> list[Alert]:
    told, _ = leaving(AT_RISK, "place 3 by money at risk; 20 a day are told")
    return [churn.eased(told, at=MONDAY + 35 * DAY, now="below 40%")]


STORIES: dict[str, list[Alert]] = {
    "churn": _back(),
    "churn_eased": _eased_by_budget(),
    "churn_eased_by_cost": _eased(),
    "churn_bare": [leaving(NEW, "place 20 by money at risk; 20 a day are told")[1]],
    "churn_drift": [churn_drift.alert("base", at=MONDAY, before=0.401, after=0.652, days=30)],
    "churn_drift_base_falls": [churn_drift.alert("base", at=MONDAY, before=0.652, after=0.401, days=30)],
    "churn_drift_error": [churn_drift.alert("error", at=MONDAY, before=0.091, after=0.141, days=30)],
    "churn_drift_error_falls": [churn_drift.alert("error", at=MONDAY, before=0.141, after=0.091, days=30)],
    "churn_drift_calibration": [
        churn_drift.alert("calibration", at=MONDAY, before=0.004, after=-0.083, days=30)
    ],
    "churn_drift_calibration_mends": [
        churn_drift.alert("calibration", at=MONDAY, before=-0.083, after=0.004, days=30)
    ],
    "order_late": orders(
        PLACED, at(4, "b", "shipped", carrier="UPS", route="HAM-9"), at(40.5, "c", "delivered")
    ),
    "order_late_bare": orders(BARE),
    "order_late_promised_anew": orders(
        BARE, at(31, "b", "shipped", promised=MONDAY + 90 * HOUR), at(80, "c", "delivered")
    ),
    "order_late_cancelled": orders(PLACED, at(200, "b", "cancelled")),
    "order_late_needless": _needless(),
    "ticket_unanswered": tickets(OPENED, at(3, "b", "replied", by="agent")),
    "ticket_unanswered_asked_again": tickets(
        OPENED,
        at(0.5, "b", "replied", by="agent"),
        at(2, "c", "replied", by="customer", text="Still nothing."),
    ),
    "ticket_unanswered_bare": tickets(at(0, "a", "opened", category="refund", priority="low")),
    "out_of_stock": products({"department": "dairy", "region": "north"}),
    "out_of_stock_bare": products({}),
    **WATCHED,
}


def words(alert: Alert) -> str:
    """An alert as a person would read it."""
    lines = [f"[{alert.severity}] {alert.title}", alert.summary, alert.suggestion]
    lines += [f"  {fact.label}: {fact.value}" for fact in alert.facts]
    lines += [f"  labels {alert.labels}", f"  since {alert.since:%d %H:%M}, at {alert.at:%d %H:%M}"]
    return "\n".join(line for line in lines if line)


@pytest.mark.parametrize("story", STORIES)
def test_the_words_are_these(story: str) -> None:
    found = "\n\n".join(words(alert) for alert in STORIES[story]) + "\n"
    assert found == (GOLDEN / f"{story}.txt").read_text(encoding="utf-8")


def test_every_rule_has_its_words_here_and_every_file_is_read() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(STORIES)
    assert set(find_rules()) <= set(STORIES)


@pytest.mark.parametrize("story", STORIES)
def test_both_messages_of_an_episode_belong_together_and_have_ids_of_their_own(story: str) -> None:
    alerts = STORIES[story]
    assert len({alert.episode for alert in alerts}) == 1
    assert len({alert.alert_id for alert in alerts}) == len(alerts)
    assert len({alert.since for alert in alerts}) == 1


def test_generated_events_are_owned_up_to_and_only_those_that_were_known() -> None:
    made_up = at(29, "b", "shipped", synthetic=True)
    ringing, recovered = orders(PLACED, made_up, at(31, "c", "delivered"))
    assert (ringing.synthetic, recovered.synthetic) == (True, True)
    ringing, recovered = orders(PLACED, at(31, "c", "delivered", synthetic=True))
    assert (ringing.synthetic, recovered.synthetic) == (False, True)
    ringing, recovered = tickets(OPENED, at(3, "b", "resolved", synthetic=True))
    assert (ringing.synthetic, recovered.synthetic) == (False, True)
    assert all(alert.synthetic for alert in products({}, synthetic=True))


def test_labels_that_analysts_filter_by_are_there() -> None:
    assert set(STORIES["order_late"][0].labels) == {"carrier", "route", "region", "channel"}
    assert set(STORIES["ticket_unanswered"][0].labels) == {"category", "priority", "region"}
    assert set(STORIES["out_of_stock"][0].labels) == {"product", "department", "region"}


def test_a_message_tells_what_was_known_at_its_moment_and_nothing_later() -> None:
    ringing, _ = orders(PLACED, at(31, "b", "shipped", carrier="UPS"), at(40, "c", "delivered"))
    assert ringing.labels["carrier"] == "DHL"
    assert "not shipped" in words(ringing)
