"""Every alert has one place in a digest, and many of a kind are one line."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from alerts.digest.examples import at_day
from alerts.digest.group import MANY, group
from alerts.digest.sort import About, Before, Sorted, Told, sort
from schemas.alert import SEVERITIES, Alert

RULES = ("order_late", "churn", "out_of_stock")
PLACES = ("new", "worse", "recovered", "risks", "series", "tables")


@st.composite
def streams(draw: st.DrawFn) -> list[Alert]:
    """Episodes of few things, some of which end."""
    found = []
    for number in range(draw(st.integers(0, 25))):
        rule, entity = draw(st.sampled_from(RULES)), draw(st.sampled_from("abcdefgh"))
        labels = draw(st.dictionaries(st.sampled_from(["carrier", "route", "odd"]), st.sampled_from("xy")))
        severity = draw(st.sampled_from(SEVERITIES))
        found.append(at_day(number, rule, "order", entity, start=number, severity=severity, labels=labels))
        if draw(st.booleans()):
            over = {"state": "recovered", "severity": "info", "at": found[-1].at}
            found.append(found[-1].model_copy(update=over))
    return draw(st.permutations(found))


def told(found: Sorted) -> list[Told]:
    return [each for place in PLACES for each in getattr(found, place)]


@given(streams())
def test_what_lasts_and_what_is_over_are_told_once(alerts: list[Alert]) -> None:
    found = sort(alerts, Before())
    over = {alert.episode for alert in alerts if alert.state == "recovered"}
    lasting = {alert.episode for alert in alerts} - over
    assert sorted(each.alert.episode for each in told(found)) == sorted(over | lasting)
    assert {each.alert.episode for each in found.recovered} == over
    assert found.passed == len(over)
    assert sum(tally.rang for tally in found.tallies) == sum(alert.state == "ringing" for alert in alerts)


@given(streams(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(alerts: list[Alert], chance: object) -> None:
    shuffled = list(alerts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sort(shuffled, Before()) == sort(alerts, Before())


@given(streams())
def test_severe_ones_come_first(alerts: list[Alert]) -> None:
    ranks = [SEVERITIES.index(each.alert.severity) for each in sort(alerts, Before()).new]
    assert ranks == sorted(ranks, reverse=True)


def test_what_an_earlier_digest_told_and_is_not_over_is_worse_now() -> None:
    alert = at_day(1, "order_late", "order", "o-1")
    before = Before({About.of(alert): "info"}, {"order_late": 3, "ticket": 2})
    found = sort([alert], before)
    assert found.worse == (Told(alert, "info"),)
    assert [(each.rule, each.rang, each.before) for each in found.tallies] == [
        ("order_late", 1, 3),
        ("ticket", 0, 2),
    ]
    assert sort([alert], Before()).new == (Told(alert),)


@given(streams())
def test_lines_stand_for_every_alert_once_and_share_what_they_say(alerts: list[Alert]) -> None:
    every = [Told(alert) for alert in alerts]
    lines = group(every)
    assert Counter(each.alert.alert_id for line in lines for each in line.told) == Counter(
        each.alert.alert_id for each in every
    )
    for line in lines:
        assert len({each.alert.rule for each in line.told}) == 1
        assert bool(line.labels) == (len(line.told) >= MANY)
        for name, value in line.labels:
            assert {each.alert.labels.get(name) for each in line.told} == {value}


@given(streams())
def test_no_label_that_many_share_is_left_in_lines_of_one(alerts: list[Alert]) -> None:
    single = [line.told[0].alert for line in group([Told(alert) for alert in alerts]) if len(line.told) == 1]
    shared = Counter(
        (alert.rule, name, alert.labels[name])
        for alert in single
        for name in ("carrier", "route")
        if name in alert.labels
    )
    assert all(count < MANY for count in shared.values())
