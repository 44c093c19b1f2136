"""Kinds of values that several parts of `tocsin.yaml` have."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from alerts.config.problems import did_you_mean, refuse
from schemas.duration import Duration, format_duration
from schemas.measures import MEASURES

_MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Model(BaseModel):
    """Frozen, and a stranger to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def one_or_more(raw: object) -> object:
    """A single value stands for a list of one."""
    return raw if isinstance(raw, list | tuple) else [raw]


def _display_name(raw: str) -> str:
    if any(unicodedata.category(char)[0] == "C" for char in raw):
        raise refuse("wanted a name without line breaks, control or direction characters")
    return raw.strip()


def _text(raw: object) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    raise refuse("wanted text; put it in quotes")


def _bucket(span: timedelta) -> timedelta:
    if not _MINUTE <= span <= DAY or DAY % span:
        raise refuse("wanted a bucket that divides a day, from 1m to 1d, such as 15m, 1h or 1d")
    return span


def _measure(name: str) -> str:
    if name not in MEASURES:
        raise refuse(f"unknown measure; {did_you_mean(name, MEASURES)}")
    return name


def span(length: timedelta) -> str:
    """A length of time as people write it here: whole days stay days.

    >>> span(timedelta(days=28)), span(timedelta(minutes=90))
    ('28d', '1h30m')
    """
    return format_duration(length) if length % DAY else f"{length // DAY}d"


Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_display_name)]
Text = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=200)]
"""A value as publishers send it: whole numbers stand for themselves."""

Bucket = Annotated[Duration, AfterValidator(_bucket)]
MeasureName = Annotated[str, AfterValidator(_measure)]
