"""Topic `tickets`: a customer asks for help, is answered, and is helped or not."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from schemas.envelope import CustomerData
from schemas.envelope import Event as Envelope
from schemas.scalars import Category, Id, Label, Short, Text

TOPIC = "tickets"

Priority = Literal["low", "normal", "high", "urgent"]


class TicketData(CustomerData):
    """What every ticket event says."""

    ticket_id: Id = Field(description="the ticket")


class TicketOpenedData(TicketData):
    """A customer asked for help."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ticket_id": "t-3301",
                    "customer_id": "c-1904",
                    "category": "delivery",
                    "priority": "high",
                    "text": "My order was promised for Wednesday. Where is it?",
                    "order_id": "o-81723",
                    "region": "north",
                }
            ]
        }
    )

    category: Category = Field(description="what it is about, in your words: delivery, refund, login ...")
    priority: Priority = Field(description="sets how long an answer may take")
    text: Text = Field(description="what the customer wrote")
    order_id: Id | None = Field(default=None, description="the order it is about")
    region: Label | None = Field(default=None, description="the customer's region")


class TicketRepliedData(TicketData):
    """Somebody wrote on a ticket: an agent answers, or the customer writes again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ticket_id": "t-3301",
                    "customer_id": "c-1904",
                    "by": "agent",
                    "text": "It left our warehouse this morning.",
                }
            ]
        }
    )

    by: Literal["agent", "customer"] = Field(description="who wrote; an agent's reply ends the wait")
    text: Text | None = Field(default=None, description="what was written")


class TicketResolvedData(TicketData):
    """A ticket was closed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ticket_id": "t-3301", "customer_id": "c-1904", "satisfaction": 4}]}
    )

    satisfaction: int | None = Field(
        default=None, ge=1, le=5, description="the customer's mark, 1 (bad) to 5 (good)"
    )


class TicketReopenedData(TicketData):
    """A closed ticket was opened again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"ticket_id": "t-3301", "customer_id": "c-1904", "reason": "the parcel was empty"}]
        }
    )

    reason: Short | None = Field(default=None, description="why, in a few words")


class TicketOpened(Envelope):
    """A customer asked for help."""

    type: Literal["tocsin.ticket.opened.v1"]
    data: TicketOpenedData


class TicketReplied(Envelope):
    """Somebody wrote on a ticket."""

    type: Literal["tocsin.ticket.replied.v1"]
    data: TicketRepliedData


class TicketResolved(Envelope):
    """A ticket was closed."""

    type: Literal["tocsin.ticket.resolved.v1"]
    data: TicketResolvedData


class TicketReopened(Envelope):
    """A closed ticket was opened again."""

    type: Literal["tocsin.ticket.reopened.v1"]
    data: TicketReopenedData


Event = Annotated[TicketOpened | TicketReplied | TicketResolved | TicketReopened, Field(discriminator="type")]
