"""What happens in a shop is told once, in words, with where it comes from, and its end; chance is not."""

from __future__ import annotations

import random
from datetime import datetime
from functools import cache
from typing import Any

from engine.one_partition import Played, log_of
from support.partials import DAY, HOUR, MONDAY, alerts, lines, only, stage, windows
from support.quiet_shop import Values, shop, told

from detectors.series.question import SeriesQuestion
from schemas.alert import Alert

DAYS = 45
MEASURES = only(
    orders=("region",),
    sessions=(),
    conversion=(),
    checkout_failures=(),
    checkouts_failed=(),
    delivery_delay=("region",),
)

BY_THE_HOUR = SeriesQuestion("West", "orders", "region", "West", HOUR, "above", 1e9)
"""Makes partitions tell of slices by the hour, too."""


def happens(hour: int, found: Values) -> None:
    """A checkout that fails, a surge, a tracker that breaks off, days of slow delivery, a new region."""
    day, of_day = divmod(hour, 24)
    if day == 30 and 13 <= of_day < 17:
        failed, started = found["checkout_failures", "", ""]
        found["checkout_failures", "", ""][0] = bad = int(started * 0.46)
        found["checkouts_failed", "", ""] = [bad, 1]
        found["conversion", "", ""][0] -= bad - failed
    if day == 33 and 12 <= of_day < 16:
        found["orders", "region", "West"][0] += 120
        found["orders", "", ""][0] += 120
    if day == 36 and of_day >= 9:
        for measure in ("sessions", "conversion", "checkout_failures", "checkouts_failed"):
            found.pop((measure, "", ""), None)
    if 39 <= day < 42 and ("delivery_delay", "region", "East") in found:
        for each in (("region", "East"), ("", "")):
            found["delivery_delay", *each][0] += found["delivery_delay", "region", "East"][1] * 20 * HOUR
    if day >= 20 and 8 <= of_day < 20:
        found["orders", "region", "Islands"] = [6, 1]
        found["orders", "", ""][0] += 6


@cache
def eventful() -> Played:
    found = []
    for hour, each in enumerate(shop(random.Random(11), 24 * DAYS)):
        values = {tuple(value[:3]): list(value[3:5]) for value in each["values"]}
        happens(hour, values)
        found.append(told(hour, values))
    return Played(stage(measures=MEASURES, questions=(BY_THE_HOUR,))).run(log_of(lines(found)))


def of(first: int, last: int) -> list[dict[str, Any]]:
    """What was told from a day up to another one."""
    begin, end = MONDAY + first * DAY, MONDAY + last * DAY
    return [each for each in alerts(eventful()) if begin < ms(each["at"]) <= end]


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def brief(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return sorted((each["entity"], each["labels"]["bucket"], each["state"]) for each in found)


def test_an_outage_rings_at_the_first_hour_and_ends_when_it_is_over() -> None:
    failures, conversion, *ends = of(30, 33)
    assert brief([failures, conversion]) == [
        ("checkout_failures", "1h", "ringing"),
        ("conversion", "1h", "ringing"),
    ]
    assert brief(ends) == [("checkout_failures", "1h", "recovered"), ("conversion", "1h", "recovered")]
    assert {each["episode"] for each in ends} == {failures["episode"], conversion["episode"]}
    assert (failures["rule"], failures["severity"], failures["entity_kind"]) == (
        "series",
        "warning",
        "series",
    )
    assert failures["labels"] == {"measure": "checkout_failures", "bucket": "1h", "direction": "up"}
    assert failures["title"].startswith(
        "Share of checkouts that failed: 45%, the highest hour so far, usual is "
    )
    assert "45% between 13:00 and 14:00 UTC on Wed 31 Jan 2024, where " in failures["summary"]
    assert failures["suggestion"].startswith("Try a payment yourself")
    assert ends[0]["title"] == "Checkouts of a visit: back to usual"


def test_a_surge_is_good_news_and_says_where_most_of_it_is() -> None:
    rings, over = of(33, 36)
    assert brief([rings, over]) == [("orders", "1h", "recovered"), ("orders", "1h", "ringing")]
    assert rings["severity"] == "info"
    assert "Most of it: region West (+1" in rings["summary"]
    assert rings["suggestion"].startswith("Begin with region West. Look whether stock")
    (by_region,) = [fact["value"] for fact in rings["facts"] if fact["label"] == "By region"]
    assert by_region.startswith("West +1")


def test_of_an_hour_no_slice_is_named_where_partitions_tell_of_slices_by_the_day() -> None:
    found = []
    of_day: Values = {}
    for hour, each in enumerate(shop(random.Random(11), 24 * 35)):
        values = {tuple(value[:3]): list(value[3:5]) for value in each["values"]}
        happens(hour, values)
        for at in [at for at in values if at[1]]:
            num, den = values.pop(at)
            before, below = of_day.get(at, (0, 0))
            of_day[at] = [num + before, den + below]
        if hour % 24 == 23:
            values |= of_day
            of_day = {}
        found.append(told(hour, values))
    played = Played(stage(measures=MEASURES)).run(log_of(lines(found)))
    by_the_hour = {"measure": "orders", "bucket": "1h"}
    rung = [each for each in alerts(played) if each["labels"].items() >= by_the_hour.items()]
    assert [each["state"] for each in rung] == ["ringing", "recovered"]
    assert not [fact for each in rung for fact in each["facts"] if fact["label"].startswith("By ")]


def test_a_silence_is_told_once_by_the_count_of_the_events_since_its_first_hour() -> None:
    rings, over = of(36, 39)
    assert brief([rings, over]) == [("sessions", "1h", "recovered"), ("sessions", "1h", "ringing")]
    assert rings["title"].startswith("Visits: none for 5 h")
    assert rings["since"] == "2024-02-06T09:00:00Z"
    assert ms(rings["at"]) - ms(rings["since"]) <= 6 * HOUR
    assert (
        "Silent with it: share of checkouts that failed, failed checkouts, checkouts of a visit."
        in rings["summary"]
    )
    assert ms(over["at"]) == MONDAY + 37 * DAY + HOUR, "it is over with the first hour that has visits"


def test_what_stays_settles_and_its_slice_and_its_day_are_no_alerts_of_their_own() -> None:
    rings, settled = of(39, 43)
    assert brief([rings, settled]) == [
        ("delivery_delay", "1h", "recovered"),
        ("delivery_delay", "1h", "ringing"),
    ]
    assert rings["severity"] == "warning"
    assert "Most of it: region East" in rings["summary"]
    assert settled["title"] == "Mean delivery delay: settled at another level"


def test_nothing_else_was_told_and_a_new_slice_is_quiet() -> None:
    assert [each for each in of(0, 30) if each["rule"] == "series"] == []
    last = windows(eventful(), "1d")[-1]
    assert "orders/region=Islands" in {point["series"] for point in last["points"]}
    assert not [each for each in alerts(eventful()) if "Islands" in each["entity"]]


def test_each_alert_brings_a_curve_that_mails_can_draw() -> None:
    for each in alerts(eventful()):
        alert = Alert.model_validate(each)
        assert alert.chart is not None
        assert 1 < len(alert.chart.times) <= 60
        assert alert.chart.times[-1] < ms(each["at"])
    failures = Alert.model_validate(of(30, 31)[0]).chart
    assert failures is not None
    assert (failures.unit, failures.times[-1]) == ("%", MONDAY + 30 * DAY + 13 * HOUR)
    assert round(failures.actual[-1] or 0) == 45


def test_a_closed_window_says_what_rang_and_how_strange_it_was() -> None:
    (window,) = [each for each in windows(eventful(), "1h") if each["from"] == MONDAY + 30 * DAY + 13 * HOUR]
    point = next(each for each in window["points"] if each["series"] == "checkout_failures")
    assert point["alert"]
    assert point["direction"] == "up"
    assert point["score"] > 0.5
    assert point["lower"] < point["expected"] < point["upper"] < point["actual"]


@cache
def quiet(rate: float) -> Played:
    log = log_of(lines(shop(random.Random(3), 24 * 45)))
    return Played(stage(rate=rate)).run(log)


def rang(played: Played) -> list[str]:
    return [each["title"] for each in alerts(played) if each["state"] == "ringing"]


def test_a_quiet_shop_rings_at_most_once_a_month_and_without_control_of_false_discoveries_more() -> None:
    series = {point["series"] for each in windows(quiet(0.05)) for point in each["points"]}
    assert len(series) > 50
    assert len(rang(quiet(0.05))) <= 2
    assert len(rang(quiet(1.0))) >= 3 * max(1, len(rang(quiet(0.05))))
