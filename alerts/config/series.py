"""The key `series` of `tocsin.yaml`: what is measured, how finely, and what is no usual day."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt

from alerts.config.fields import DAY, Bucket, MeasureName, Model, one_or_more
from alerts.config.problems import did_you_mean, refuse

_HOUR = timedelta(hours=1)


def calendar(place: str) -> tuple[str, str | None]:
    """A country and its part, as the library `holidays` knows them.

    Raises:
        PydanticCustomError: (a `ValueError`) it knows none of that name.

    >>> calendar("DE-BY"), calendar("NO")
    (('DE', 'BY'), ('NO', None))
    """
    import holidays  # noqa: PLC0415 - half a second, which only those wait for who name a country

    country, _, part = place.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        near = f"; did you mean '{country.upper()}'?" if country.upper() in known else ""
        raise refuse(
            f"wanted the two letters of a country, such as DE, or a part of one, such as DE-BY{near}"
        )
    if part and part not in known[country]:
        raise refuse(f"{country} has no such part; {did_you_mean(part, known[country])}")
    return country, part or None


def _place(raw: str) -> str:
    calendar(raw)
    return raw


Place = Annotated[str, AfterValidator(_place)]


class Holidays(Model):
    """Days that are expected to be like no day of the week."""

    default: Place | None = Field(default=None, description="of the shop, and of every region not named")
    regions: dict[str, Place] = Field(default_factory=dict, description="of a region, as publishers name it")


class Slices(Model):
    """Which slices have a series of their own."""

    bucket: Bucket = Field(default=DAY, description="from `1m` to `1d`, dividing a day")
    most: Annotated[StrictInt, Field(ge=1, le=1_000)] = Field(
        default=40, description="of one measure and dimension, at most"
    )
    least: Annotated[float, Field(strict=True, ge=0, le=1e9, allow_inf_nan=False)] = Field(
        default=5, description="volume of a slice that gets one, a day on average over 28 days"
    )


class Watched(Model):
    """How one measure is watched."""

    watched: bool = Field(
        default=True, description="whether it is measured at all; `false` alone says so, too"
    )
    by: Annotated[tuple[str, ...], BeforeValidator(one_or_more)] | None = Field(
        default=None, description="dimensions that it is cut by; absent: the usual ones, `[]`: none"
    )
    ring_at: Annotated[float, Field(strict=True, ge=0.5, le=15, allow_inf_nan=False)] | None = Field(
        default=None, description="how strange a value must be to ring, in digits of rarity; absent: 3.5"
    )


def _country_alone(raw: object) -> object:
    if raw is None or isinstance(raw, dict | Holidays):
        return raw or {}
    if isinstance(raw, str):
        return {"default": raw}
    raise refuse("wanted a country such as DE, or such as {default: DE, regions: {south: DE-BY}}")


def _on_or_off(raw: object) -> object:
    if isinstance(raw, bool):
        return {"watched": raw}
    if raw is None or isinstance(raw, dict | Watched):
        return raw or {}
    raise refuse("wanted true, false, or such as {by: [region], ring_at: 4.0}")


def _currency(raw: str) -> str:
    if len(raw) != 3 or not (raw.isascii() and raw.isalpha() and raw.isupper()):  # noqa: PLR2004 - ISO 4217
        raise refuse("wanted the three letters of a currency, such as EUR")
    return raw


def _ascending(buckets: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    return tuple(sorted(set(buckets)))


class Series(Model):
    """How series are watched.

    >>> Series(buckets="15m", measures={"orders": {"by": "region"}, "revenue": False}).watched("revenue")
    False
    """

    currency: Annotated[str, AfterValidator(_currency)] | None = Field(
        default=None,
        description="the shop's own; orders in another one are slices of their own. Absent: all of them are",
    )
    holidays: Annotated[Holidays, BeforeValidator(_country_alone)] = Field(
        default=Holidays(),
        description="a country such as `DE` or a part such as `DE-BY`; or "
        "`{default: DE, regions: {south: DE-BY}}`",
    )
    buckets: Annotated[
        tuple[Bucket, ...],
        BeforeValidator(one_or_more),
        Field(min_length=1, max_length=4),
        AfterValidator(_ascending),
    ] = Field(default=(_HOUR, DAY), description="of the overall series; from `1m` to `1d`, dividing a day")
    slices: Slices = Field(default=Slices(), description="which slices have a series of their own")
    measures: dict[MeasureName, Annotated[Watched, BeforeValidator(_on_or_off)]] = Field(
        default_factory=dict,
        description="by name; what is not named has its defaults, `false` is not measured",
    )

    def watched(self, measure: str) -> bool:
        """Whether a measure is measured."""
        return self.measures.get(measure, Watched()).watched
