from __future__ import annotations

from datetime import timedelta

from schemas.alert import Alert
from streams.demo.found import Real, belongs, found, real
from streams.demo.windows import ALL, SHORT, of
from streams.sources.synthesis.incidents import INCIDENTS, Incident


def alert(incident: Incident, **more: object) -> Alert:
    return Alert.model_validate(
        {
            "rule": incident.rule,
            "state": "ringing",
            "entity_kind": "order",
            "entity": "o-1",
            "episode": "0" * 32,
            "since": incident.start + timedelta(hours=1),
            "at": incident.start + timedelta(hours=1),
            "severity": "warning",
            "title": "t",
            "summary": "s",
            "labels": {**{name: values[0] for name, values in incident.where}, "region": "store-1"},
            **more,
        }
    )


def test_each_incident_counts_the_alerts_that_rang_for_it() -> None:
    alerts = [alert(incident, state=state) for incident in INCIDENTS for state in ("ringing", "recovered")]
    assert [(each.incident.name, each.rang) for each in found(alerts, ALL)] == [
        (incident.name, 1) for incident in INCIDENTS
    ]


def test_an_alert_of_another_rule_place_or_time_does_not_belong() -> None:
    strike = INCIDENTS[0]
    assert belongs(alert(strike), strike)
    assert not belongs(alert(strike, rule="ticket_unanswered"), strike)
    assert not belongs(alert(strike, labels={"carrier": "kestrel", "route": "south"}), strike)
    assert not belongs(alert(strike, since=strike.start - timedelta(hours=1)), strike)
    assert not belongs(alert(strike, since=strike.end + timedelta(days=4)), strike)


def test_an_outage_is_found_by_a_series_of_what_is_paid_whose_bucket_it_lies_in() -> None:
    outage = next(incident for incident in INCIDENTS if incident.kind == "checkout_outage")
    midnight = outage.start.replace(hour=0)
    assert belongs(alert(outage, since=midnight), outage)
    assert belongs(alert(outage, since=midnight, labels={"measure": "conversion"}), outage)
    assert not belongs(alert(outage, labels={"measure": "orders"}), outage)
    assert not belongs(alert(outage, since=midnight, at=outage.start), outage)  # rang before it began
    assert not belongs(alert(outage, since=midnight - timedelta(days=1)), outage)


def test_what_rang_of_real_events_alone_is_told_apart() -> None:
    def told(rule: str, title: str, **more: object) -> Alert:
        return alert(INCIDENTS[0], rule=rule, title=title, **more)

    alerts = [
        told("series", "much", severity="warning"),
        told("series", "some", severity="info", at=INCIDENTS[0].end),
        told("series", "made up", severity="critical", synthetic=True),
        told("series", "over", severity="critical", state="recovered"),
        told("pairs", "together", severity="info"),
        told("order_late", "late"),
    ]
    assert real(alerts) == [Real("series", 2, "much"), Real("pairs", 1, "together")]


def test_only_incidents_inside_the_window_are_looked_for() -> None:
    assert [each.incident.kind for each in found([], SHORT)] == [
        "carrier_strike",
        "stock_out",
        "complaint_surge",
        "checkout_outage",
    ]
    first = INCIDENTS[0]
    assert found([], of(first.start, first.end + timedelta(days=2))) == []
