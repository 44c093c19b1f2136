"""Money, quantities, times, ids: what passes, to what it is read, and what does not."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.scalars import (
    Category,
    Change,
    Currency,
    Id,
    Label,
    LongAgo,
    Moment,
    Money,
    Quantity,
    Source,
    Text,
)

money, quantity, change = (TypeAdapter[Decimal](kind) for kind in (Money, Quantity, Change))
moment = TypeAdapter[datetime](Moment)


def passes(adapter: TypeAdapter[Any], text: str) -> bool:
    try:
        adapter.validate_json(text)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"12.34"', "12.34"),
        ('"0"', "0"),
        ('"007.50"', "7.50"),
        ('"999999999999999.9999"', "999999999999999.9999"),
        ("12.34", "12.34"),
        ("0.1", "0.1"),
        ("5", "5"),
        ("1e3", "1000.0"),
        ("0.0001", "0.0001"),
        ("999999999999999", "999999999999999"),
        ("99999999999.9999", "99999999999.9999"),
    ],
)
def test_money_is_read_exactly(text: str, value: str) -> None:
    assert str(money.validate_json(text)) == value


@pytest.mark.parametrize(
    "text",
    [
        '"-1"',
        "-0.01",
        '"12.34567"',
        "12.34567",
        "0.30000000000000004",
        '"1000000000000000"',
        "1000000000000000",
        "100000000000.01",  # a double may have changed it already; as a string it passes
        '"1e3"',
        '"1_000"',
        '"1,5"',
        '" 1"',
        '"1\\n"',
        '"\\u0661"',  # an Arabic one, which Python's Decimal would take
        '""',
        '"."',
        '"5."',
        '".5"',
        '"NaN"',
        '"Infinity"',
        "NaN",
        "1e400",
        "true",
        "null",
        "[]",
    ],
)
def test_money_that_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"a decimal not below 0, as a string|Invalid JSON"):
        money.validate_json(text)


def test_quantities_are_above_zero_and_changes_are_not_zero() -> None:
    zeros = ['"0"', '"0.0000"', '"000"', '"-0"', "0", "0.0", "-0.0", "0e5"]
    assert not any(passes(quantity, text) or passes(change, text) for text in zeros)
    assert all(passes(quantity, text) for text in ['"0.0001"', '"1"', "0.5", '"10.0"', '"000.1"'])
    assert all(passes(change, text) for text in ['"-0.0001"', '"-3"', "-2.5", '"7"', "-1"])
    assert not passes(quantity, '"-1"')
    assert not passes(quantity, "-1")


@given(value=st.decimals(min_value=0, max_value=10**15 - 1, places=4, allow_nan=False, allow_infinity=False))
def test_every_amount_survives_as_text(value: Decimal) -> None:
    assert money.validate_json(json.dumps(str(value))) == value
    assert money.validate_json(money.dump_json(value)) == value
    assert passes(quantity, json.dumps(str(value))) == (value > 0)
    assert passes(change, json.dumps(str(-value))) == (value > 0)


@given(number=st.floats(min_value=-1e16, max_value=1e16) | st.integers(-(10**16), 10**16))
def test_a_json_number_is_read_to_what_it_says_or_refused(number: float) -> None:
    text = json.dumps(number)
    if passes(money, text):
        assert money.validate_json(text) == Decimal(text)
        assert number >= 0


@given(text=st.text(alphabet="0123456789.-+eE_ ", max_size=24))
def test_amounts_in_python_follow_the_same_limits(text: str) -> None:
    """Publishers that build models get the same answer as their readers."""
    if passes(money, json.dumps(text)):
        assert money.validate_python(Decimal(text)) == Decimal(text)


def test_python_takes_decimals_and_aware_times_only() -> None:
    for wrong in (1.5, "12.34", Decimal(-1), Decimal("NaN"), Decimal("1.00001"), True):
        with pytest.raises(ValidationError):
            money.validate_python(wrong)
    for naive in (datetime(2026, 1, 5), "2026-01-05T10:00:00Z", 1):  # noqa: DTZ001 - that is what is refused
        with pytest.raises(ValidationError):
            moment.validate_python(naive)
    assert moment.validate_python(datetime(2026, 1, 5, tzinfo=UTC)).year == 2026


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T10:00:00Z",
        "2026-01-05t10:00:00.123456z",
        "2026-01-05T11:00:00+01:00",
        "2026-01-05 10:00:00-0800",
    ],
)
def test_times_that_pass(text: str) -> None:
    assert moment.validate_json(json.dumps(text)).utcoffset() is not None


@pytest.mark.parametrize(
    "text",
    [
        '"2026-01-05T10:00:00"',
        '"2026-01-05"',
        '"2026-02-30T10:00:00Z"',
        '"2026-01-05T10:00:00+25:00"',
        '"2026-01-05T24:00:01Z"',
        '"1767607200"',
        '"1767607200.5"',
        "1767607200",
        "1767607200.5",
        '"now"',
        '"1969-12-31T23:59:59Z"',
        '"2201-01-01T00:00:00Z"',
        '"0001-01-01T00:00:00+23:59"',
        '"9999-12-31T23:59:59-23:59"',
        '"+12026-01-05T10:00:00Z"',
        "null",
    ],
)
def test_times_that_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="a time with its offset"):
        moment.validate_json(text)


@given(
    microseconds=st.integers(0, int(timedelta(days=230 * 365).total_seconds()) * 1_000_000),
    minutes=st.integers(-720, 720),
)
def test_every_time_means_the_same_instant(microseconds: int, minutes: int) -> None:
    value = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    text = value.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    assert moment.validate_json(json.dumps(text)) == value


def test_a_customer_may_be_older_than_1970() -> None:
    assert passes(TypeAdapter(LongAgo), '"1962-06-01T00:00:00Z"')
    assert not passes(TypeAdapter(LongAgo), '"1862-06-01T00:00:00Z"')


def test_lengths() -> None:
    for kind, least, most in (
        (Id, 1, 128),
        (Source, 1, 256),
        (Label, 0, 128),
        (Category, 1, 64),
        (Text, 0, 20_000),
    ):
        adapter = TypeAdapter[str](kind)
        assert passes(adapter, json.dumps("é" * most))
        assert not passes(adapter, json.dumps("é" * (most + 1)))
        assert passes(adapter, '""') == (least == 0)


def test_ids_keep_inner_spaces_and_no_others() -> None:
    adapter = TypeAdapter[str](Id)
    assert all(
        passes(adapter, json.dumps(text)) for text in ("a", "a b", "Zürich-7", "顧客", "💳", "a/b?c=d")
    )
    for text in (
        " a",
        "a ",
        "\u00a0a",
        "a\tb",
        "a\n",
        "\u200ba",
        "a\u202eb",
        "\ufeffa",
        "a\x00",
        "a\x85b",
        "a\u2028b",
    ):
        assert not passes(adapter, json.dumps(text)), repr(text)


def test_currencies_are_three_capitals() -> None:
    adapter = TypeAdapter[str](Currency)
    assert passes(adapter, '"EUR"')
    assert not any(passes(adapter, json.dumps(text)) for text in ("eur", "EURO", "E", "€", "EUR\n", "ÉUR"))


@given(text=st.text(max_size=6))
def test_the_published_patterns_refuse_what_we_refuse(text: str) -> None:
    """Python's `$` stops before a final line break, ECMAScript's does not; otherwise they agree."""
    for kind in (Id, Label, Currency):
        adapter = TypeAdapter[str](kind)
        published = adapter.json_schema()
        fits = published.get("minLength", 0) <= len(text) <= published["maxLength"]
        matches = re.search(published["pattern"].removesuffix("$") + r"\Z", text) is not None
        assert passes(adapter, json.dumps(text)) == (fits and matches)
