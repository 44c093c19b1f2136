"""The dated incidents that the generated events contain: a span of time, UTC, and what goes wrong in it.

Four lie in April, which `tocsin demo --short` sends, and four in the last four weeks of the year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from streams.sources.strand import Window

Kind = Literal["carrier_strike", "stock_out", "complaint_surge", "checkout_outage"]

RULES: dict[Kind, str] = {
    "carrier_strike": "order_late",
    "stock_out": "out_of_stock",
    "complaint_surge": "ticket_unanswered",
    "checkout_outage": "series",
}
CHECKOUTS = ("checkout_failures", "checkouts_failed", "conversion")
"""The measures that a checkout outage moves; each of them tells of it."""


@dataclass(frozen=True)
class Incident:
    """One incident.

    Attributes:
        name: short, for tables.
        kind: what goes wrong.
        start: first moment, UTC.
        span: how long.
        where: labels that the alerts of it carry, e.g. carrier and route; each with the values it may have.
    """

    name: str
    kind: Kind
    start: datetime
    span: timedelta
    where: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.start + self.span

    @property
    def window(self) -> Window:
        """The same span in ms since 1970 UTC."""
        return Window(int(self.start.timestamp() * 1000), int(self.end.timestamp() * 1000))

    @property
    def rule(self) -> str:
        """The rule that should ring for it."""
        return RULES[self.kind]

    def of(self, label: str) -> str:
        """The value of a label that has one."""
        (value,) = dict(self.where)[label]
        return value

    def lasts(self) -> str:
        """How long, in words.

        >>> INCIDENTS[0].lasts(), INCIDENTS[1].lasts(), INCIDENTS[3].lasts()
        ('2 days', '1 day', '7 hours')
        """
        days = self.span.days
        return f"{days} day{'s' * (days > 1)}" if days else f"{self.span // timedelta(hours=1)} hours"


def _at(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2017, month, day, hour, tzinfo=UTC)


def _strike(name: str, start: datetime, carrier: str, route: str) -> Incident:
    where = (("carrier", (carrier,)), ("route", (route,)))
    return Incident(name, "carrier_strike", start, timedelta(days=2), where)


def _stock_out(name: str, start: datetime, product: str) -> Incident:
    return Incident(name, "stock_out", start, timedelta(days=1), (("product", (product,)),))


def _surge(name: str, start: datetime, category: str) -> Incident:
    return Incident(name, "complaint_surge", start, timedelta(days=1), (("category", (category,)),))


def _outage(name: str, start: datetime) -> Incident:
    return Incident(name, "checkout_outage", start, timedelta(hours=7), (("measure", CHECKOUTS),))


INCIDENTS: tuple[Incident, ...] = (
    _strike("Kestrel strike in the north", _at(4, 5), "kestrel", "north"),
    _stock_out("No eggs on Easter eve", _at(4, 15), "981760"),
    _surge("Complaints about quality", _at(4, 20), "quality"),
    _outage("Checkout down in April", _at(4, 29, 15)),
    _strike("Harbour strike on the coast", _at(12, 6), "harbour", "coast"),
    _outage("Checkout down in December", _at(12, 13, 17)),
    _stock_out("No cream cheese before Christmas", _at(12, 23), "914190"),
    _surge("Complaints about bills", _at(12, 28), "billing"),
)


def of_kind(kind: Kind) -> tuple[Incident, ...]:
    """The incidents of one kind."""
    return tuple(incident for incident in INCIDENTS if incident.kind == kind)
