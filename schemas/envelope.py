"""The CloudEvents 1.0 envelope that every event shares, and the two bases of what is inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.scalars import Id, Label, Moment, Source

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)

STRICT = ConfigDict(frozen=True, strict=True, extra="ignore")
"""Wrong types never pass; fields that we do not know do, so that publishers may add theirs first."""


class Data(BaseModel):
    """What an event says, inside its envelope."""

    model_config = STRICT

    @property
    def key(self) -> str:
        """What the record is keyed by."""
        raise NotImplementedError(f"{type(self).__name__} names no key")


class CustomerData(Data):
    """Data of one customer, who is also the key of the record."""

    customer_id: Id = Field(description="the customer; also the key of the Kafka record")

    @property
    def key(self) -> str:
        """The customer."""
        return self.customer_id


class Event(BaseModel):
    """One CloudEvent. Subclasses narrow `type` to one literal and `data` to one model.

    The last word but one of `type` is the event's `kind`: `placed` for `tocsin.order.placed.v1`.
    """

    model_config = STRICT

    kind: ClassVar[str] = ""

    specversion: Literal["1.0"] = Field(description="version of CloudEvents")
    id: Id = Field(description="unique per source; a second event with the same source and id is a duplicate")
    source: Source = Field(description="who publishes, e.g. shop/checkout")
    type: str = Field(description="what happened")
    time: Moment = Field(description="when it happened (not when it was sent), RFC 3339 with an offset")
    subject: Label | None = Field(default=None, description="carried along, not used")
    datacontenttype: Label | None = Field(default=None, description="application/json, if given")
    dataschema: Label | None = Field(default=None, description="carried along, not used")
    synthetic: bool = Field(default=False, description="true if the event was generated, not observed")
    data: Data

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Read `kind` off the type, so that the two cannot differ."""
        super().__pydantic_init_subclass__(**kwargs)
        cls.kind = cls.type_name().split(".")[-2]

    @classmethod
    def type_name(cls) -> str:
        """The one value that `type` may have."""
        (name,) = cls.model_fields["type"].annotation.__args__  # type: ignore[union-attr]
        return str(name)

    @property
    def key(self) -> str:
        """What the record is keyed by: the customer, or the session where nobody is known."""
        return self.data.key

    @property
    def time_ms(self) -> int:
        """`time` in milliseconds since 1970 UTC, rounded down."""
        return (self.time - _EPOCH) // _MS

    def to_json(self) -> bytes:
        """The record value in structured mode; fields that are not set are left out."""
        return self.model_dump_json(exclude_none=True).encode()
