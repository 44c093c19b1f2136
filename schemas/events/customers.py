"""Topic `customers`: who a customer is. The newest profile (by time, then id) replaces the older one."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, cast

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from schemas.envelope import CustomerData, Data
from schemas.envelope import Event as Envelope
from schemas.scalars import WANTED, Category, Label, LongAgo, Short

TOPIC = "customers"

# February has 29: a birthday may be on a leap day.
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class _FailFast:
    """Stop at the first bad entry, as `Field(fail_fast=True)` does for lists: junk must not take a second."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return cast("CoreSchema", {**handler(source), "fail_fast": True})

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        # pydantic publishes the pattern of names, but not that there are no others.
        return {**handler(core), "additionalProperties": False}


class Consent(Data):
    """What the customer agreed to."""

    mail: bool = Field(default=False, description="may be written to")
    analysis: bool = Field(default=True, description="may be scored")


class SpecialDay(Data):
    """A day of the year that matters to the customer."""

    name: Category = Field(description="birthday, anniversary ...")
    month: int = Field(ge=1, le=12, description="1 to 12")
    day: int = Field(ge=1, le=31, description="1 to 31, a day that the month has (29 February is one)")

    @model_validator(mode="after")
    def _exists(self) -> Self:
        if self.day > _DAYS[self.month - 1]:
            raise PydanticCustomError(WANTED, "a day that the month has")
        return self


class CustomerUpsertedData(CustomerData):
    """The whole profile of a customer; what is left out is unknown from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "c-1904",
                    "region": "north",
                    "consent": {"mail": True, "analysis": True},
                    "special_days": [{"name": "birthday", "month": 2, "day": 29}],
                    "since": "2019-06-01T00:00:00Z",
                    "attributes": {"tier": "gold"},
                }
            ]
        }
    )

    region: Label | None = Field(default=None, description="the customer's region, or the home store")
    consent: Consent | None = Field(default=None, description="what the customer agreed to")
    special_days: tuple[SpecialDay, ...] | None = Field(
        default=None, max_length=20, fail_fast=True, description="days that matter to the customer"
    )
    since: LongAgo | None = Field(default=None, description="customer since")
    attributes: Annotated[dict[Category, Short], _FailFast()] | None = Field(
        default=None, max_length=50, description="anything else you know, by name"
    )


class CustomerUpserted(Envelope):
    """Who a customer is, from now on."""

    type: Literal["tocsin.customer.upserted.v1"]
    data: CustomerUpsertedData


Event = Annotated[CustomerUpserted, Field()]
