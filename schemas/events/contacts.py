"""Topic `contacts`: a campaign, a coupon or a mail reaches a customer, is opened, is used."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from schemas.envelope import CustomerData
from schemas.envelope import Event as Envelope
from schemas.scalars import Currency, Id, Money

TOPIC = "contacts"


class ContactData(CustomerData):
    """What every contact event says."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "contact_id": "k-5-c-1904",
                    "customer_id": "c-1904",
                    "kind": "coupon",
                    "campaign_id": "spring",
                    "coupon_id": "cp-55",
                }
            ]
        }
    )

    contact_id: Id = Field(description="this contact with this customer; sent, opened, redeemed share it")
    kind: Literal["campaign", "coupon", "mail"] = Field(description="what was sent")
    campaign_id: Id | None = Field(default=None, description="the campaign it belongs to")
    coupon_id: Id | None = Field(default=None, description="the coupon in it")


class ContactRedeemedData(ContactData):
    """A customer used what was sent."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "contact_id": "k-5-c-1904",
                    "customer_id": "c-1904",
                    "kind": "coupon",
                    "coupon_id": "cp-55",
                    "order_id": "o-81723",
                    "currency": "EUR",
                    "amount": "2.00",
                }
            ]
        }
    )

    order_id: Id | None = Field(default=None, description="the order in which it was used")
    currency: Currency | None = Field(default=None, description="ISO 4217, three capitals")
    amount: Money | None = Field(default=None, description="what it was worth")


class ContactSent(Envelope):
    """Something was sent to a customer."""

    type: Literal["tocsin.contact.sent.v1"]
    data: ContactData


class ContactOpened(Envelope):
    """A customer opened what was sent."""

    type: Literal["tocsin.contact.opened.v1"]
    data: ContactData


class ContactRedeemed(Envelope):
    """A customer used what was sent."""

    type: Literal["tocsin.contact.redeemed.v1"]
    data: ContactRedeemedData


Event = Annotated[ContactSent | ContactOpened | ContactRedeemed, Field(discriminator="type")]
