"""The key `pairs` of `tocsin.yaml`: what pairs are made of, and over which windows they are looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt

from alerts.config.fields import DAY, Model, Text, one_or_more
from alerts.config.problems import refuse
from schemas.duration import Duration

Level = Literal["product", "category"]
Method = Literal["bh", "by"]
Lift = Annotated[float, Field(strict=True, ge=0, le=1_000, allow_inf_nan=False)]
Rate = Annotated[float, Field(strict=True, gt=0, lt=1, allow_inf_nan=False)]

_WEEK, _YEAR = timedelta(days=7), timedelta(days=365)


def _window(span: timedelta) -> timedelta:
    if span % DAY or not _WEEK <= span <= _YEAR:
        raise refuse("wanted whole days, from 7d to 365d: windows close once a week, and leave no day out")
    return span


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


Window = Annotated[Duration, AfterValidator(_window)]


class Pairs(Model):
    """How pairs are looked at."""

    level: Annotated[
        tuple[Level, ...], BeforeValidator(one_or_more), Field(min_length=1), AfterValidator(_each_once)
    ] = Field(default=("category",), description="`category`, `product`, or both")
    windows: Annotated[
        tuple[Window, ...], BeforeValidator(one_or_more), Field(min_length=1, max_length=6)
    ] = Field(
        default=(timedelta(days=7), timedelta(days=28), timedelta(days=90)),
        description="days that are looked at together; whole days from `7d` to `365d`. They close at the end "
        "of each Sunday",
    )
    reference: Window = Field(
        default=timedelta(days=28),
        description="days before a window that it is compared with; never fewer than its own",
    )
    regions: Annotated[
        tuple[Text, ...], BeforeValidator(one_or_more), Field(max_length=50), AfterValidator(_each_once)
    ] = Field(default=(), description="each is looked at by itself, beside all orders together")
    min_lift: Lift = Field(default=1.2, description="times as often as by chance, at least")
    fdr: Rate = Field(default=0.05, description="share of mere chance among what is told")
    method: Method = Field(
        default="bh", description="`bh` (Benjamini-Hochberg), or `by` (-Yekutieli) for any dependence"
    )
    most: Annotated[StrictInt, Field(ge=1, le=50)] = Field(
        default=10, description="changes of one window that are told, at most"
    )
