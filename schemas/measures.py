"""The measures of a shop: what is counted in every span of time, and cut into slices.

A measure is a quotient of two *components*, whole numbers that add up over customers, partitions and time:
the mean value of an order is the money of the orders in a bucket by the number of them. Whole numbers, since
their sum is the same in whatever order they come: money in 1/10000 of its currency, delays in ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.measure import HOUR, MONEY, OTHERS, OVERALL, Good, Kind, Measure

__all__ = ["DIMENSIONS", "MEASURES", "OTHERS", "OVERALL", "Good", "Kind", "Measure"]

DIMENSIONS: Mapping[str, str] = MappingProxyType(
    {
        "region": "the customer's region, or the store",
        "department": "the product group; an order counts once in each that it buys of",
        "carrier": "who brings it",
        "route": "the carrier and the route, such as `DHL / HAM-3`",
        "channel": "app, web, store, phone ...",
        "category": "what a ticket is about",
        "currency": "a currency that is not the shop's own",
        "source": "who publishes",
        "topic": "the input topic",
    }
)
"""What a measure may be cut by, in words for people."""

_PLACES = ("region", "channel", "carrier", "route")

_ALL = (
    Measure(
        "orders",
        "count",
        "orders",
        "",
        "orders",
        "orders",
        "orders placed",
        by=("region", "department", "channel", "carrier", "route"),
        cut=("region", "department", "channel"),
        good="up",
    ),
    Measure(
        "revenue",
        "sum",
        "revenue",
        "money",
        "orders",
        "revenue",
        "totals of orders placed in the shop's currency; the amounts of their lines by department; orders in "
        "another currency are slices of their own",
        by=("region", "department", "channel", "currency"),
        cut=("region", "department", "currency"),
        good="up",
        scale=MONEY,
    ),
    Measure(
        "basket_size",
        "ratio",
        "lines of an order",
        "lines",
        "orders",
        "lines",
        "lines of orders placed, by orders placed",
        den="orders",
        by=("region", "channel"),
        cut=("region",),
        good="up",
    ),
    Measure(
        "order_value",
        "ratio",
        "mean value of an order",
        "money",
        "orders",
        "revenue",
        "revenue by the orders that it is the revenue of",
        den="priced",
        by=("region", "channel", "currency"),
        cut=("region", "currency"),
        good="up",
        scale=MONEY,
    ),
    Measure(
        "delivery_delay",
        "ratio",
        "mean delivery delay",
        "hours",
        "orders",
        "delay",
        "from the last promise known before the order was over to its first delivery, negative where that "
        "was early, over deliveries with a promise",
        den="promised",
        by=_PLACES,
        cut=("region", "carrier", "route"),
        good="down",
        scale=HOUR,
    ),
    Measure(
        "cancellations",
        "count",
        "cancelled orders",
        "",
        "orders",
        "cancelled",
        "orders cancelled, each once",
        by=_PLACES,
        cut=("region", "carrier"),
        good="down",
    ),
    Measure(
        "returns",
        "count",
        "returns",
        "",
        "orders",
        "returned",
        "returns of orders; an order may come back in parts",
        by=_PLACES,
        cut=("region",),
        good="down",
    ),
    Measure(
        "out_of_stock",
        "count",
        "products that could not be had",
        "",
        "orders",
        "missing",
        "products of an order that could not be had",
        by=("region", "department"),
        cut=("region", "department"),
        good="down",
    ),
    Measure(
        "tickets",
        "count",
        "tickets",
        "",
        "tickets",
        "opened",
        "tickets opened",
        by=("category", "region"),
        cut=("category", "region"),
        good="down",
    ),
    Measure(
        "unanswered_tickets",
        "gauge",
        "unanswered tickets",
        "",
        "tickets",
        "waiting",
        "tickets whose customer waits for an answer, at the end of the bucket; a wait ends 30 days after the "
        "day of its beginning, answered or not",
        den="waits",
        by=("category", "region"),
        cut=("category",),
        good="down",
    ),
    Measure(
        "sessions",
        "count",
        "visits",
        "",
        "web-events",
        "sessions",
        "visits, by their first event; one goes on until 6 hours without an event, and counts again once its "
        "customer is known",
        good="up",
    ),
    Measure(
        "conversion",
        "ratio",
        "checkouts of a visit",
        "share",
        "web-events",
        "paid",
        "checkouts completed, by visits",
        den="sessions",
        good="up",
    ),
    Measure(
        "checkout_failures",
        "ratio",
        "share of checkouts that failed",
        "share",
        "web-events",
        "failed",
        "checkouts failed, by checkouts started",
        den="started",
        good="down",
    ),
    Measure(
        "checkouts_failed",
        "count",
        "failed checkouts",
        "",
        "web-events",
        "failed",
        "checkouts that failed",
        good="down",
    ),
    Measure(
        "contacts",
        "count",
        "contacts",
        "",
        "contacts",
        "sent",
        "campaigns, coupons and mails sent to customers",
    ),
    Measure(
        "responses",
        "ratio",
        "responses to a contact",
        "share",
        "contacts",
        "responded",
        "contacts opened or redeemed, each as often as that happens, by contacts sent",
        den="sent",
        good="up",
    ),
    Measure(
        "dead_letters",
        "count",
        "dead letters",
        "",
        "",
        "dead",
        "inputs that could not be read, at the newest event time of their log",
        by=("topic",),
        cut=("topic",),
        good="down",
    ),
    Measure(
        "events",
        "count",
        "events",
        "",
        "",
        "events",
        "events taken, by who published them",
        by=("source",),
        cut=("source",),
    ),
)

MEASURES: Mapping[str, Measure] = MappingProxyType({each.name: each for each in _ALL})
"""All measures by name."""
