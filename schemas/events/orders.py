"""Topic `orders`: an order from the moment it is placed until it is delivered, cancelled or returned."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from schemas.envelope import STRICT, CustomerData
from schemas.envelope import Event as Envelope
from schemas.scalars import Currency, Id, Label, Moment, Money, Quantity, Short

TOPIC = "orders"


@with_config(STRICT)
class Line(TypedDict):
    """One line of an order."""

    # A dictionary, because there are many: with models, an order of ten lines takes a third longer to read.
    product_id: Annotated[Id, Field(description="the product")]
    department: Annotated[Label | None, Field(default=None, description="where the product belongs")]
    quantity: Annotated[Quantity, Field(description="how many, or how much")]
    amount: Annotated[
        Money, Field(description="what the customer pays for the line, in the order's currency")
    ]


class OrderData(CustomerData):
    """What every order event says."""

    order_id: Id = Field(description="the order")


class OrderPlacedData(OrderData):
    """A customer ordered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "o-81723",
                    "customer_id": "c-1904",
                    "currency": "EUR",
                    "total": "34.97",
                    "lines": [
                        {
                            "product_id": "p-100",
                            "department": "dairy",
                            "quantity": "3",
                            "amount": "5.97",
                        },
                        {"product_id": "p-207", "quantity": "0.75", "amount": "29.00"},
                    ],
                    "promised": "2026-01-07T18:00:00+01:00",
                    "carrier": "DHL",
                    "route": "HAM-3",
                    "region": "north",
                    "channel": "app",
                }
            ]
        }
    )

    currency: Currency = Field(description="ISO 4217, three capitals")
    total: Money = Field(description="what the customer pays, discounts and shipping included")
    lines: tuple[Line, ...] = Field(
        min_length=1, max_length=2000, fail_fast=True, description="what was ordered, 1 to 2000 lines"
    )
    promised: Moment | None = Field(default=None, description="when the customer was told it arrives")
    carrier: Label | None = Field(default=None, description="who brings it")
    route: Label | None = Field(default=None, description="the carrier's route")
    region: Label | None = Field(default=None, description="the customer's region, or the store")
    channel: Label | None = Field(default=None, description="app, web, store, phone ...")


class OrderShippedData(OrderData):
    """An order left the warehouse."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "o-81723",
                    "customer_id": "c-1904",
                    "carrier": "DHL",
                    "promised": "2026-01-08T12:00:00+01:00",
                }
            ]
        }
    )

    carrier: Label | None = Field(default=None, description="who brings it")
    route: Label | None = Field(default=None, description="the carrier's route")
    promised: Moment | None = Field(default=None, description="a revised promise, which replaces the first")


class OrderDeliveredData(OrderData):
    """An order reached its customer."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"order_id": "o-81723", "customer_id": "c-1904"}]}
    )


class OrderCancelledData(OrderData):
    """An order will not be delivered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "o-81723",
                    "customer_id": "c-1904",
                    "by": "customer",
                    "reason": "ordered twice",
                }
            ]
        }
    )

    by: Literal["customer", "shop"] | None = Field(default=None, description="who cancelled")
    reason: Short | None = Field(default=None, description="why, in a few words")


class OrderReturnedData(OrderData):
    """An order, or a part of it, came back and money was returned."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "o-81723",
                    "customer_id": "c-1904",
                    "currency": "EUR",
                    "amount": "29.00",
                    "reason": "spoiled",
                }
            ]
        }
    )

    currency: Currency = Field(description="ISO 4217, three capitals")
    amount: Money = Field(description="what the customer gets back")
    reason: Short | None = Field(default=None, description="why, in a few words")


class OrderOutOfStockData(OrderData):
    """A product of an order could not be had."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "o-81723",
                    "customer_id": "c-1904",
                    "product_id": "p-207",
                    "department": "meat",
                    "region": "north",
                    "substituted": True,
                }
            ]
        }
    )

    product_id: Id = Field(description="the product that was missing")
    department: Label | None = Field(default=None, description="where the product belongs")
    region: Label | None = Field(default=None, description="the region or store where it was missing")
    substituted: bool = Field(default=False, description="true if something else was sent instead")


class OrderPlaced(Envelope):
    """A customer ordered."""

    type: Literal["tocsin.order.placed.v1"]
    data: OrderPlacedData


class OrderShipped(Envelope):
    """An order left the warehouse."""

    type: Literal["tocsin.order.shipped.v1"]
    data: OrderShippedData


class OrderDelivered(Envelope):
    """An order reached its customer."""

    type: Literal["tocsin.order.delivered.v1"]
    data: OrderDeliveredData


class OrderCancelled(Envelope):
    """An order will not be delivered."""

    type: Literal["tocsin.order.cancelled.v1"]
    data: OrderCancelledData


class OrderReturned(Envelope):
    """An order came back and money was returned."""

    type: Literal["tocsin.order.returned.v1"]
    data: OrderReturnedData


class OrderOutOfStock(Envelope):
    """A product of an order could not be had."""

    type: Literal["tocsin.order.out_of_stock.v1"]
    data: OrderOutOfStockData


Event = Annotated[
    OrderPlaced | OrderShipped | OrderDelivered | OrderCancelled | OrderReturned | OrderOutOfStock,
    Field(discriminator="type"),
]
