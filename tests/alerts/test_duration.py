"""Durations are read as people write them, and refused with what to write instead."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from schemas.duration import LONGEST, Duration, format_duration, parse_duration


class Model(BaseModel):
    grace: Duration = timedelta(0)


@given(st.integers(0, int(LONGEST.total_seconds())))
def test_what_is_written_is_read_back(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert parse_duration(format_duration(span)) == span


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none()))
def test_anything_else_is_a_validation_error_and_nothing_worse(raw: object) -> None:
    with contextlib.suppress(ValidationError):
        assert timedelta(0) <= Model.model_validate({"grace": raw}).grace <= LONGEST


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (90, "90 has no unit; write 90m"),
        ("90", "90 has no unit; write 90m"),
        ("4 hours", "such as 45s, 90m"),
        ("-4h", "such as 45s, 90m"),
        ("30m1h", "such as 45s, 90m"),
        (True, "such as 45s, 90m"),
        ("9999999d", "from 0s to 3650d"),
        ("{0}", "such as 45s, 90m"),
        pytest.param(10**6000, "such as 45s, 90m", id="an integer of 6,001 digits"),
        ("1 2h", "such as 45s, 90m"),
        ("", "such as 45s, 90m"),
    ],
)
def test_a_refusal_says_what_to_write(raw: object, says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Model.model_validate({"grace": raw})
    assert says in caught.value.errors()[0]["msg"]


def test_zero_needs_no_unit() -> None:
    assert Model.model_validate({"grace": 0}).grace == timedelta(0)


def test_json_carries_the_written_form() -> None:
    assert Model(grace=timedelta(hours=36)).model_dump_json() == '{"grace":"1d12h"}'
