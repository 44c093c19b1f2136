"""Values mean what people expect of them, and nothing hostile gets through."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.config import Config, ConfigError, choices, load


def analyst(**more: Any) -> str:
    item = {"name": "Ana", "mail": "ana@example.com", "receives": [{}], **more}
    return yaml.safe_dump({"analysts": [item]}, allow_unicode=True)


def read(text: str) -> Config:
    return load(text, "tocsin.yaml")


@pytest.mark.parametrize("plain", ["NO", "on", "0321", "4:30", "2024-01-01", "0x1f", "1e3", "007", "yes"])
def test_plain_words_stay_text(plain: str) -> None:
    text = f"analysts: [{{name: Ana, mail: a@example.com, receives: [{{labels: {{region: [{plain}]}}}}]}}]"
    assert read(text).analysts[0].receives[0].labels == {"region": (plain,)}


@pytest.mark.parametrize(
    ("digest", "at", "on"),
    [
        ("daily", "07:30", "mon tue wed thu fri sat sun"),
        ("weekdays", "07:30", "mon tue wed thu fri"),
        ("weekly", "07:30", "mon"),
        ("[thu, mon, thu]", "07:30", "mon thu"),
        ("{at: 6:05}", "06:05", "mon tue wed thu fri sat sun"),
        ("{at: 23:59, on: sat}", "23:59", "sat"),
        ("{on: weekly}", "07:30", "mon"),
    ],
)
def test_a_digest_is_a_time_of_day_on_days(digest: str, at: str, on: str) -> None:
    text = f"analysts: [{{name: Ana, mail: a@example.com, receives: [{{digest: {digest}}}]}}]"
    schedule = read(text).analysts[0].receives[0].digest
    assert schedule is not None
    assert (schedule.at, " ".join(schedule.on)) == (at, on)


def test_a_whole_number_is_a_label_and_one_value_a_list_of_one() -> None:
    config = read(analyst(receives=[{"labels": {"region": 321}, "rules": "order_late"}]))
    assert config.analysts[0].receives[0].labels == {"region": ("321",)}
    assert config.analysts[0].receives[0].rules == ("order_late",)


def test_an_analyst_without_a_zone_lives_in_the_files() -> None:
    here, there = read(
        "timezone: Asia/Tokyo\nanalysts:\n"
        "  - {name: A, mail: a@example.com, receives: [{}]}\n"
        "  - {name: B, mail: b@example.com, receives: [{}], timezone: UTC}\n"
    ).analysts
    assert (here.timezone, there.timezone) == ("Asia/Tokyo", "UTC")


def test_durations_of_rules_are_read() -> None:
    config = read("rules: {order_late: {grace: 90m}, out_of_stock: }")
    assert config.rule("order_late").model_dump()["grace"] == timedelta(minutes=90)


def keys(*receives: dict[str, Any], rules: str = "") -> list[str]:
    return [each.key for each in choices(read(rules + analyst(receives=list(receives))))]


def test_customers_at_risk_are_chosen_once_for_equal_choices() -> None:
    by_cost = {"churn": {"contact_cost": 4}}
    assert keys({}, {"rules": "churn"}, by_cost, {"churn": {"contact_cost": 4.0, "saved": 0.1}}) == [
        "20 a day",
        "cost 4 saved 0.1",
    ]


@pytest.mark.parametrize(
    "subscription",
    [
        {"rules": ["order_late"]},
        {"min_severity": "critical"},
        {"labels": {"carrier": "UPS"}},
        {"labels": {"choice": "5 a day"}},
    ],
)
def test_nobody_is_chosen_for_a_subscription_that_no_customer_at_risk_can_reach(
    subscription: dict[str, Any],
) -> None:
    assert keys(subscription) == []
    assert keys({"labels": {"choice": "20 a day", "region": "North"}}, subscription) == ["20 a day"]


def test_nobody_is_chosen_where_the_rule_is_off() -> None:
    assert keys({}, rules="rules: {churn: {enabled: false}}\n") == []


def test_the_horizon_that_alerts_speak_of_is_among_those_that_are_scored() -> None:
    settings: Any = read("rules: {churn: {horizon: 2w, horizons: [90d, 30d]}}").rule("churn")
    assert (settings.main, settings.days) == (14, (14, 30, 90))


@given(st.text())
@example("a@b\nBcc: c@d")
@example("a@b,c@d")
@example("a@[127.0.0.1]")
@example('"a b"@c')
@example("a@b ")
def test_no_address_breaks_a_header_or_names_two_people(raw: str) -> None:
    with contextlib.suppress(ConfigError):
        mail = read(analyst(mail=raw)).analysts[0].mail
        assert mail.isascii()
        assert mail.isprintable()
        assert mail.count("@") == 1
        assert not set(mail) & set(' ,;:<>()[]"\\')


@given(st.text())
def test_no_name_breaks_a_header(raw: str) -> None:
    with contextlib.suppress(ConfigError):
        name = read(analyst(name=raw)).analysts[0].name
        assert not set(name) & set("\r\n\x00\u202e\u2066")


@given(st.text())
@example("timezone: [")
@example("analysts: {a: b}")
@example("rules: [order_late]")
@example("? [a]\n: b")
@example("<<: {timezone: UTC}")
def test_any_text_is_a_config_or_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        read(text)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["rules", "name", "mail", "labels", "region", "receives", "order_late", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["timezone", "rules", "analysts"]), json_like))
def test_any_shape_is_a_config_or_problems_with_lines(data: dict[str, Any]) -> None:
    try:
        read(yaml.safe_dump(data))
    except ConfigError as error:
        lines = len(yaml.safe_dump(data).splitlines())
        outside = [problem for problem in error.problems if not 1 <= problem.line <= lines]
        if outside:
            raise AssertionError(outside) from error
