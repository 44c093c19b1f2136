"""Topic `web-events`: what a visitor does in the shop. The customer may be unknown; the session never is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from schemas.envelope import Data
from schemas.envelope import Event as Envelope
from schemas.scalars import Change, Currency, Id, Label, Money, Short

TOPIC = "web-events"


class WebData(Data):
    """What every web event says."""

    session_id: Id = Field(description="the visit; the key of the Kafka record where no customer is known")
    customer_id: Id | None = Field(
        default=None, description="the customer, once known; then the key of the Kafka record"
    )
    url: Short | None = Field(default=None, description="where it happened")

    @property
    def key(self) -> str:
        """The customer, else the session."""
        return self.session_id if self.customer_id is None else self.customer_id


class PageViewedData(WebData):
    """A page was looked at."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"session_id": "s-77", "url": "https://shop.example/offers"}]}
    )


class ProductViewedData(WebData):
    """A product was looked at."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "session_id": "s-77",
                    "customer_id": "c-1904",
                    "product_id": "p-207",
                    "department": "meat",
                    "url": "https://shop.example/p/207",
                }
            ]
        }
    )

    product_id: Id = Field(description="the product")
    department: Label | None = Field(default=None, description="where the product belongs")


class SearchedData(WebData):
    """Something was searched for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"session_id": "s-77", "query": "oat milk", "results": 12}]}
    )

    query: Short = Field(description="what was typed")
    results: int | None = Field(default=None, ge=0, le=1_000_000_000, description="how many were found")


class CartUpdatedData(WebData):
    """A product went into the cart, or out of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"session_id": "s-77", "customer_id": "c-1904", "product_id": "p-207", "quantity": "-1"}
            ]
        }
    )

    product_id: Id = Field(description="the product")
    quantity: Change = Field(description="the change: above 0 put in, below 0 taken out")


class CheckoutStartedData(WebData):
    """The visitor went to pay."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"session_id": "s-77", "customer_id": "c-1904", "currency": "EUR", "total": "34.97"}]
        }
    )

    currency: Currency | None = Field(default=None, description="ISO 4217, three capitals")
    total: Money | None = Field(default=None, description="what would be paid")


class CheckoutFailedData(WebData):
    """The visitor wanted to pay and could not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "session_id": "s-77",
                    "customer_id": "c-1904",
                    "reason": "card_declined",
                    "total": "34.97",
                    "currency": "EUR",
                }
            ]
        }
    )

    reason: Short = Field(description="why, as your shop names it: card_declined, timeout ...")
    total: Money | None = Field(default=None, description="what would have been paid")
    currency: Currency | None = Field(default=None, description="ISO 4217, three capitals")


class CheckoutCompletedData(WebData):
    """The visitor paid."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "session_id": "s-77",
                    "customer_id": "c-1904",
                    "order_id": "o-81723",
                    "total": "34.97",
                    "currency": "EUR",
                }
            ]
        }
    )

    order_id: Id | None = Field(default=None, description="the order that it became")
    total: Money | None = Field(default=None, description="what was paid")
    currency: Currency | None = Field(default=None, description="ISO 4217, three capitals")


class PageViewed(Envelope):
    """A page was looked at."""

    type: Literal["tocsin.web.page_viewed.v1"]
    data: PageViewedData


class ProductViewed(Envelope):
    """A product was looked at."""

    type: Literal["tocsin.web.product_viewed.v1"]
    data: ProductViewedData


class Searched(Envelope):
    """Something was searched for."""

    type: Literal["tocsin.web.searched.v1"]
    data: SearchedData


class CartUpdated(Envelope):
    """A product went into the cart, or out of it."""

    type: Literal["tocsin.web.cart_updated.v1"]
    data: CartUpdatedData


class CheckoutStarted(Envelope):
    """The visitor went to pay."""

    type: Literal["tocsin.web.checkout_started.v1"]
    data: CheckoutStartedData


class CheckoutFailed(Envelope):
    """The visitor wanted to pay and could not."""

    type: Literal["tocsin.web.checkout_failed.v1"]
    data: CheckoutFailedData


class CheckoutCompleted(Envelope):
    """The visitor paid."""

    type: Literal["tocsin.web.checkout_completed.v1"]
    data: CheckoutCompletedData


Event = Annotated[
    PageViewed
    | ProductViewed
    | Searched
    | CartUpdated
    | CheckoutStarted
    | CheckoutFailed
    | CheckoutCompleted,
    Field(discriminator="type"),
]
