"""The dated incidents that the generated events contain: a span of UTC days, and what goes wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from streams.sources.strand import Window

Kind = Literal["carrier_strike", "stock_out", "complaint_surge"]

RULES: dict[Kind, str] = {
    "carrier_strike": "order_late",
    "stock_out": "out_of_stock",
    "complaint_surge": "ticket_unanswered",
}


@dataclass(frozen=True)
class Incident:
    """One incident.

    Attributes:
        name: short, for tables.
        kind: what goes wrong.
        start: first moment, UTC.
        days: how long.
        where: labels that the alerts of it carry, e.g. carrier and route.
    """

    name: str
    kind: Kind
    start: datetime
    days: int
    where: tuple[tuple[str, str], ...]

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.start + timedelta(days=self.days)

    @property
    def window(self) -> Window:
        """The same span in ms since 1970 UTC."""
        return Window(int(self.start.timestamp() * 1000), int(self.end.timestamp() * 1000))

    @property
    def rule(self) -> str:
        """The rule that should ring for it."""
        return RULES[self.kind]

    def of(self, label: str) -> str:
        """The value of one of its labels."""
        return dict(self.where)[label]


def _day(month: int, day: int) -> datetime:
    return datetime(2017, month, day, tzinfo=UTC)


INCIDENTS: tuple[Incident, ...] = (
    Incident(
        "Kestrel strike in the north",
        "carrier_strike",
        _day(4, 5),
        2,
        (("carrier", "kestrel"), ("route", "north")),
    ),
    Incident("No eggs on Easter eve", "stock_out", _day(4, 15), 1, (("product", "981760"),)),
    Incident("Complaints about quality", "complaint_surge", _day(4, 20), 1, (("category", "quality"),)),
    Incident(
        "Harbour strike on the coast",
        "carrier_strike",
        _day(11, 20),
        2,
        (("carrier", "harbour"), ("route", "coast")),
    ),
    Incident("Complaints about bills", "complaint_surge", _day(12, 28), 1, (("category", "billing"),)),
)


def of_kind(kind: Kind) -> tuple[Incident, ...]:
    """The incidents of one kind."""
    return tuple(incident for incident in INCIDENTS if incident.kind == kind)
