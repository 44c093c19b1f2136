"""What truly changes in a simulated shop: which lever is pulled, when, and which series that moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
REGIONS = {"North": 0.4, "East": 0.3, "South": 0.2, "West": 0.1}
DEPARTMENTS = {"Grocery": 0.35, "Drugs": 0.25, "Meat": 0.2, "Produce": 0.15, "Deli": 0.05}
CATEGORIES = {"delivery": 0.4, "quality": 0.3, "payment": 0.2, "account": 0.1}
CARRIERS = {"DHL": 0.5, "UPS": 0.3, "GLS": 0.2}
CUTS = {"region": REGIONS, "category": CATEGORIES, "carrier": CARRIERS}
STAYS = 0
"""Hours of what does not end."""
WEEKS, LONG = 10, 16
"""How long a shop is watched in which a change ends, or stays."""


class Kind(NamedTuple):
    """A kind of change, in a small and a large size.

    Attributes:
        words: for the table.
        said: its sizes in words.
        sizes: its sizes as numbers.
        levers: what is pulled, and how far for a size of 1; see `shop_world`.
        moves: measures that change with it, and where they go; empty where either way is right.
        hours: how long each size lasts; `STAYS`, or so long.
        from_hour: hour of its first day, in the shop's time.
        ramp: hours until it has its size.
        cut: the dimension of which only one slice changes.
    """

    words: str
    said: tuple[str, str]
    sizes: tuple[float, float]
    levers: Mapping[str, float]
    moves: Mapping[str, str]
    hours: tuple[int, int]
    from_hour: int = 0
    ramp: int = 0
    cut: str = ""

    @property
    def weeks(self) -> int:
        return WEEKS if self.hours[0] else LONG


_SOLD = ("orders", "revenue", "cancellations")
_FALL, _RISE = dict.fromkeys(_SOLD, "down"), dict.fromkeys(_SOLD, "up")
_WEB = ("sessions", "conversion", "checkout_failures", "checkouts_failed")
_FEWER = _FALL | {"sessions": "down", "checkouts_failed": "down"}
_MORE = _RISE | {"sessions": "up", "checkouts_failed": "up"}
_FAILING = {"conversion": "down", "checkout_failures": "up", "checkouts_failed": "up"}
_WAVE = {"tickets": "up", "unanswered_tickets": "up"}
_BUYING = {"conversion": "up", "checkouts_failed": "up"}

KINDS: Mapping[str, Kind] = {
    "outage": Kind(
        "outage: checkouts fail, 6 hours",
        ("half", "90%"),
        (0.5, 0.9),
        {"orders": -1.0, "failing": 1.0},
        _FALL | _FAILING,
        hours=(6, 6),
        from_hour=10,
    ),
    "surge": Kind(
        "surge of orders and visits, a day (good)",
        ("x 1.5", "x 3"),
        (0.5, 2.0),
        {"orders": 1.0, "visits": 1.0},
        _MORE,
        hours=(24, 24),
        from_hour=9,
    ),
    "decline": Kind(
        "orders and visits fall over 6 weeks",
        ("-20%", "-40%"),
        (0.2, 0.4),
        {"orders": -1.0, "visits": -1.0},
        _FEWER,
        hours=(STAYS, STAYS),
        ramp=6 * 168,
    ),
    "growth": Kind(
        "orders and visits grow over 6 weeks (good)",
        ("+25%", "+65%"),
        (0.25, 0.65),
        {"orders": 1.0, "visits": 1.0},
        _MORE,
        hours=(STAYS, STAYS),
        ramp=6 * 168,
    ),
    "variance": Kind(
        "orders of an hour vary more, for good",
        ("by 50%", "by 100%"),
        (0.5, 1.0),
        {"noise": 1.0},
        dict.fromkeys(_SOLD, ""),
        hours=(STAYS, STAYS),
    ),
    "region": Kind(
        "one region sells less, 3 days",
        ("-50%", "-90%"),
        (0.5, 0.9),
        {"orders": -1.0},
        _FALL,
        hours=(72, 72),
        cut="region",
    ),
    "tickets": Kind(
        "tickets of one category, 2 days",
        ("x 3", "x 6"),
        (2.0, 5.0),
        {"tickets": 1.0},
        _WAVE,
        hours=(48, 48),
        from_hour=8,
        cut="category",
    ),
    "carrier": Kind(
        "one carrier is late, 4 days",
        ("6 hours", "24 hours"),
        (6.0, 24.0),
        {"delay": 1.0},
        {"delivery_delay": "up"},
        hours=(96, 96),
        cut="carrier",
    ),
    "conversion": Kind(
        "more visits buy, 3 days (good)",
        ("+30%", "+80%"),
        (0.3, 0.8),
        {"starting": 1.0},
        _BUYING,
        hours=(72, 72),
    ),
    "silence": Kind(
        "web events cease",
        ("6 hours", "2 days"),
        (1.0, 1.0),
        {"silent": 1.0},
        dict.fromkeys(_WEB, "down"),
        hours=(6, 48),
        from_hour=10,
    ),
}


@dataclass(frozen=True)
class Change:
    """One that happens; hours count from the shop's first.

    Attributes:
        kind, size: see `Kind`.
        begin, end: hours.
        value: the one slice that changes; empty for all.
    """

    kind: Kind
    size: float
    begin: int
    end: int
    value: str = ""

    def lever(self, name: str, hours: int) -> Floats:
        """How far a lever is pulled in each hour."""
        found = np.zeros(hours)
        often = self.kind.levers.get(name, 0.0) * self.size
        span = np.arange(self.end - self.begin) + 1
        found[self.begin : self.end] = often * np.minimum(1.0, span / max(1, self.kind.ramp))
        return found

    def of_slice(self, dimension: str, values: Mapping[str, float]) -> Floats:
        """1 for the slices that change, 0 for the others."""
        if self.kind.cut != dimension:
            return np.ones(len(values))
        return np.array([float(value == self.value) for value in values])

    def moved(self, measure: str, dimension: str, value: str) -> bool:
        """Whether it changes a series."""
        other = dimension == self.kind.cut and dimension and value != self.value
        return measure in self.kind.moves and not other


def drawn(kind: Kind, *, large: bool, rng: np.random.Generator) -> Change:
    """A change that begins in the eighth week; the slice that changes is not the smallest."""
    begin = int(24 * rng.integers(49, 56) + kind.from_hour)
    hours = kind.hours[large]
    end = begin + hours if hours else kind.weeks * 168
    values = list(CUTS[kind.cut])[:-1] if kind.cut else [""]
    return Change(kind, kind.sizes[large], begin, end, str(rng.choice(values)))
