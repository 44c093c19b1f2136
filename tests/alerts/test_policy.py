"""Who gets an alert, who does not, and the reason that a person is given for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.localtime import day, words
from alerts.policy import STAGES, Decision, Ringing, decide
from alerts.policy.examples import an_alert, an_analyst

GOT = Ringing(mailed=True, reason="subscription 1 takes every alert")
HELD = Ringing(mailed=False, reason="daily limit")
DIGESTED = Ringing(mailed=False, reason="held for a digest: ...", held=True)
IN_A_DIGEST = "subscription 1 takes every alert, in a digest each Mon at 07:30"


def decided(alert: dict[str, Any], sent: int = 0, ringing: Ringing | None = None, **analyst: Any) -> Decision:
    return decide(an_alert(**alert), an_analyst(**analyst), sent_today=sent, ringing=ringing)


def over(**more: Any) -> dict[str, Any]:
    return {"state": "recovered", "severity": "info", **more}


def leaving(choice: str = "20 a day", **more: Any) -> dict[str, Any]:
    return {"rule": "churn", "entity_kind": "customer", "labels": {"choice": choice}, **more}


CASES: dict[str, tuple[Decision, bool, str]] = {
    "everything": (decided({}), True, "subscription 1 takes every alert"),
    "another rule": (
        decided({}, receives=[{"rules": "out_of_stock"}]),
        False,
        "no subscription takes it: 1 wants rule out_of_stock",
    ),
    "another region, and no such label": (
        decided({}, receives=[{"labels": {"region": ["South", "West"]}}, {"labels": {"priority": "high"}}]),
        False,
        "no subscription takes it: 1 wants region South or West; 2 wants priority high",
    ),
    "all labels must fit": (
        decided({}, receives=[{"labels": {"region": "North", "carrier": "Postlink"}}]),
        False,
        "no subscription takes it: 1 wants carrier Postlink",
    ),
    "the subscription that takes it is named": (
        decided(
            {}, receives=[{"min_severity": "critical"}, {"rules": "order_late", "min_severity": "warning"}]
        ),
        True,
        "subscription 2 takes alerts of order_late from warning on",
    ),
    "a customer at risk goes to those with this choice": (
        decided(
            leaving("5 a day"),
            receives=[{"rules": "order_late"}, {"rules": "churn", "churn": {"per_day": 5}}],
        ),
        True,
        "subscription 2 takes alerts of churn, customers at risk by '5 a day'",
    ),
    "a choice that nobody named is 20 a day": (decided(leaving()), True, "subscription 1 takes every alert"),
    "a customer at risk by another choice": (
        decided(
            leaving(),
            receives=[{"churn": {"contact_cost": 4.5}}, {"rules": "churn", "churn": {"per_day": 5}}],
        ),
        False,
        (
            "no subscription takes it: 1 wants customers at risk by 'cost 4.5 saved 0.1'; "
            "2 wants customers at risk by '5 a day'"
        ),
    ),
    "who came back, by another choice": (
        decided(leaving("5 a day", **over())),
        False,
        "no subscription takes it: 1 wants customers at risk by '20 a day'",
    ),
    "too mild": (
        decided({"severity": "info"}, receives=[{"min_severity": "critical"}, {"min_severity": "warning"}]),
        False,
        "its severity is info; subscription 1 wants at least critical; subscription 2 wants at least warning",
    ),
    "the limit is reached": (
        decided({}, sent=3, at_most_per_day=3),
        False,
        "daily limit: 3 new alerts were mailed for 2017-01-03, at_most_per_day is 3",
    ),
    "the last one of the day": (
        decided({}, sent=2, at_most_per_day=3),
        True,
        "subscription 1 takes every alert",
    ),
    "over, and its ringing was mailed": (
        decided(over(), ringing=GOT),
        True,
        "subscription 1 takes every alert",
    ),
    "over, although it is mild now": (
        decided(over(), ringing=GOT, receives=[{"min_severity": "critical"}]),
        True,
        "subscription 1 takes every alert from critical on",
    ),
    "over, but its ringing was held back": (
        decided(over(), ringing=HELD),
        False,
        "its ringing was not mailed to you: daily limit",
    ),
    "over, and the beginning is not known": (decided(over()), True, "subscription 1 takes every alert"),
    "over, and not wanted": (
        decided(over(), ringing=GOT, receives=[{"recovered": False}]),
        False,
        "subscription 1 does not want to know that it is over (recovered: false)",
    ),
    "over, and one of two wants it": (
        decided(over(), ringing=GOT, receives=[{"recovered": False}, {"rules": "order_late"}]),
        True,
        "subscription 2 takes alerts of order_late",
    ),
    "everything, each Monday": (
        decided({}, receives=[{"digest": "weekly"}]),
        False,
        f"held for a digest: {IN_A_DIGEST}",
    ),
    "at once, and each Monday": (
        decided({}, receives=[{"digest": "weekly"}, {"rules": "order_late"}]),
        True,
        "subscription 2 takes alerts of order_late",
    ),
    "the limit is reached, but Monday is not": (
        decided({}, sent=3, at_most_per_day=3, receives=[{"digest": "weekly"}, {}]),
        False,
        f"held for a digest: {IN_A_DIGEST}",
    ),
    "neither at once nor in a digest": (
        decided({}, receives=[{"rules": "churn"}, {"rules": "out_of_stock", "digest": "daily"}]),
        False,
        (
            "no subscription takes it: 1 wants rule churn; for a digest: "
            "no subscription takes it: 2 wants rule out_of_stock"
        ),
    ),
    "over, and a digest told the beginning": (
        decided(over(), ringing=DIGESTED, receives=[{"digest": "weekly", "min_severity": "critical"}]),
        False,
        "held for a digest: subscription 1 takes every alert from critical on, in a digest each Mon at 07:30",
    ),
    "over, a digest told the beginning, and mails are of something else": (
        decided(over(), ringing=DIGESTED, receives=[{"digest": "weekly"}, {"rules": "order_late"}]),
        False,
        f"held for a digest: {IN_A_DIGEST}",
    ),
    "over, and the day is full": (
        decided(over(), sent=9, ringing=GOT, at_most_per_day=3),
        True,
        "subscription 1 takes every alert",
    ),
}


@pytest.mark.parametrize(("decision", "mailed", "reason"), CASES.values(), ids=CASES.keys())
def test_who_gets_it_and_why(decision: Decision, mailed: bool, reason: str) -> None:
    assert (decision.mailed, decision.reason) == (mailed, reason)


def test_every_stage_that_was_asked_is_on_record() -> None:
    held = decided({}, sent=1, at_most_per_day=1)
    assert [step.stage for step in held.steps] == [stage.__name__ for stage in STAGES]
    assert [step.passed for step in held.steps] == [True, True, True, True, False]
    assert all(step.reason for step in held.steps)
    assert held.stage == "within_limit"


NOON = datetime(2017, 1, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize("receives", [[{}], [{"digest": "daily"}], [{}, {"digest": "daily"}]])
@pytest.mark.parametrize(("minutes", "told"), [(-1, False), (0, True), (1, True)])
def test_what_rings_before_the_end_of_the_warm_up_goes_nowhere(
    receives: list[dict[str, Any]], minutes: int, told: bool
) -> None:
    at = NOON + timedelta(minutes=minutes)
    ana = an_analyst(receives=receives, at_most_per_day=1)
    rang = decide(an_alert(at=at, since=at), ana, sent_today=0, ringing=None, quiet_until=NOON)
    assert (rang.mailed or bool(rang.held)) is told
    assert told or rang.reason.startswith(
        "held: warm-up, nothing of before Tue 3 Jan 2017, 13:00 CET is mailed"
    )
    # Its end is told to those who were told of its beginning, also when the warm-up is over.
    ringing = Ringing(rang.mailed, rang.reason, held=bool(rang.held))
    end = an_alert(**over(at=NOON + timedelta(days=1), since=at))
    ended = decide(end, ana, sent_today=0, ringing=ringing, quiet_until=NOON)
    assert (ended.mailed or bool(ended.held)) is told


def test_what_nobody_asked_for_is_no_part_of_the_warm_up() -> None:
    ana = an_analyst(receives=[{"rules": "churn"}])
    found = decide(an_alert(), ana, sent_today=0, ringing=None, quiet_until=NOON + timedelta(days=99))
    assert found.stage == "subscribed"


def test_subscriptions_with_equal_calendars_share_one_digest() -> None:
    weekly = {"digest": {"on": ["mon"], "at": "7:30"}}
    found = decided({}, receives=[{"digest": "weekly"}, {"digest": "daily"}, weekly, {"rules": "order_late"}])
    assert [held.calendar.key for held in found.held] == [
        "07:30 mon Europe/Berlin",
        "07:30 mon,tue,wed,thu,fri,sat,sun Europe/Berlin",
    ]
    assert found.mailed
    assert [step.stage for step in found.steps[-2:]] == ["for_digest", "for_digest"]


@given(st.sampled_from(["ringing", "recovered"]), st.integers(0, 3), st.sampled_from([None, GOT, HELD]))
def test_a_digest_beside_it_changes_nothing_for_mails_at_once(
    state: str, sent: int, ringing: Ringing | None
) -> None:
    rang = ringing if state == "recovered" else None
    alone, beside = (
        decided({"state": state}, sent, rang, at_most_per_day=2, receives=receives)
        for receives in ([{}], [{}, {"digest": "daily"}])
    )
    assert (alone.mailed, alone.held) == (beside.mailed, ())
    assert beside.steps[: len(alone.steps)] == alone.steps


@given(st.integers(1, 20), st.lists(st.booleans(), max_size=60))
def test_no_more_new_alerts_than_the_limit_and_each_end_follows_its_beginning(
    limit: int, recovers: list[bool]
) -> None:
    mailed = 0
    for recovered in recovers:
        rang = decided({}, sent=mailed, at_most_per_day=limit)
        mailed += rang.mailed
        if recovered:
            ringing = Ringing(rang.mailed, rang.reason)
            assert decided(over(), sent=mailed, ringing=ringing, at_most_per_day=limit).mailed == rang.mailed
    assert mailed == min(limit, len(recovers))


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_has_a_day_and_words(moment: datetime) -> None:
    for shift in (0, -23, 23):
        zone = an_analyst(timezone="Asia/Kathmandu").zone
        shifted = moment.astimezone(UTC).replace(tzinfo=timezone(timedelta(hours=shift)))
        assert day(shifted, zone)
        assert str(shifted.year) in words(shifted, zone) or abs(shifted.month - 6) > 4


def test_the_day_is_the_analysts() -> None:
    at = datetime.fromisoformat("2017-01-03T23:30:00+00:00")
    held = decided({"at": at}, sent=1, at_most_per_day=1)
    assert "for 2017-01-04" in held.reason
    assert "for 2017-01-03" in decided({"at": at}, sent=1, at_most_per_day=1, timezone="UTC").reason
