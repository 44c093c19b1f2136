"""What is added up: a component is a number that adds over events, and has its place in a list of sums."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType

HAPPENS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "placed": ("orders", "lines", "revenue", "priced"),
        "delivered": ("delay", "promised"),
        "cancelled": ("cancelled",),
        "returned": ("returned",),
        "waiting": ("waiting", "waits"),
        "visit": ("sessions",),
        "dead": ("dead",),
    }
)
"""What happens, and the components that it adds to."""

ONE_EACH: Mapping[str, str] = MappingProxyType(
    {
        "tocsin.order.out_of_stock.v1": "missing",
        "tocsin.ticket.opened.v1": "opened",
        "tocsin.web.checkout_started.v1": "started",
        "tocsin.web.checkout_failed.v1": "failed",
        "tocsin.web.checkout_completed.v1": "paid",
        "tocsin.contact.sent.v1": "sent",
        "tocsin.contact.opened.v1": "responded",
        "tocsin.contact.redeemed.v1": "responded",
    }
)
"""Events that count by themselves, and the component that they are counted in."""

COMPONENTS = tuple(dict.fromkeys(chain(*HAPPENS.values(), ONE_EACH.values())))
"""All components, in the order of their places: what happens together stands together."""

PLACE: Mapping[str, int] = MappingProxyType({name: place for place, name in enumerate(COMPONENTS)})
"""The place of each."""

ORDERS, LINES, REVENUE, PRICED = (PLACE[name] for name in HAPPENS["placed"])
