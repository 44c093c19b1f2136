"""A measure, its values and its buckets as people say them."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

from alerts.amounts import amount
from alerts.localtime import date_words, local
from alerts.timeline import span_words, utc
from schemas.measures import Measure

DAY, HOUR = 86_400_000, 3_600_000
_NOUNS = {
    "basket_size": "lines",
    "delivery_delay": "hours",
    "conversion": "checkouts",
    "checkout_failures": "failures",
    "responses": "responses",
}


class Subject(NamedTuple):
    """What an alert is about.

    Attributes:
        measure: what is measured.
        dimension, value: of a slice; empty for the overall series.
        currency: of money; empty where it is not known.
    """

    measure: Measure
    dimension: str = ""
    value: str = ""
    currency: str = ""

    @property
    def words(self) -> str:
        """Its name.

        >>> from schemas.measures import MEASURES
        >>> Subject(MEASURES["orders"], "region", "West").words, Subject(MEASURES["orders"]).words
        ('orders, region West', 'orders')
        """
        return (
            f"{self.measure.words}, {self.dimension} {self.value}" if self.dimension else self.measure.words
        )

    @property
    def entity(self) -> str:
        """As the alert calls it.

        >>> from schemas.measures import MEASURES
        >>> Subject(MEASURES["orders"], "region", "West").entity
        'orders/region=West'
        """
        return f"{self.measure.name}/{self.dimension}={self.value}" if self.dimension else self.measure.name

    @property
    def unit(self) -> str:
        """Behind a number; empty for a plain one.

        >>> from schemas.measures import MEASURES
        >>> [Subject(MEASURES[name], currency="EUR").unit for name in ("revenue", "conversion", "orders")]
        ['EUR', '%', '']
        """
        return {"money": self.currency, "share": "%"}.get(self.measure.unit, self.measure.unit)

    def shown(self, value: float | None) -> float | None:
        """A value as its unit has it: shares as percents; a count of nothing is 0."""
        if value is None:
            return None if self.measure.kind == "ratio" else 0.0
        return value * 100 if self.measure.unit == "share" else value

    def number(self, value: float | None) -> str:
        """A value with its unit.

        >>> from schemas.measures import MEASURES as of
        >>> failed, revenue = Subject(of["checkout_failures"]), Subject(of["revenue"], currency="EUR")
        >>> failed.number(0.463), failed.number(0.031), revenue.number(12_345.6), revenue.number(None)
        ('46%', '3.1%', '12,346 EUR', 'none')
        """
        if value is None:
            return "none"
        if self.measure.unit == "share":
            return f"{_percents(value)}%"
        return amount(short(value), self.measure.unit, self.currency)

    def bounds(self, low: float, high: float) -> tuple[float, float]:
        """A range as it is told: whole numbers of what is counted, no share below none or above all.

        >>> from schemas.measures import MEASURES
        >>> Subject(MEASURES["orders"]).bounds(0.4, 49.6), Subject(MEASURES["conversion"]).bounds(-0.1, 0.5)
        ((0.0, 50.0), (0.0, 0.5))
        """
        if self.measure.kind in ("count", "gauge"):
            return max(0.0, float(round(low))), float(round(high))
        return (max(0.0, low), min(1.0, high)) if self.measure.unit == "share" else (low, high)

    def span(self, low: float, high: float) -> str:
        """A range.

        >>> from schemas.measures import MEASURES
        >>> Subject(MEASURES["orders"]).span(30.4, 49.6), Subject(MEASURES["conversion"]).span(0.031, 0.12)
        ('30 to 50', '3.1% to 12%')
        >>> Subject(MEASURES["orders"]).span(0.0, 0.4)
        '0'
        """
        low, high = self.bounds(low, high)
        if self.measure.unit == "share":
            return f"{self.number(low)} to {self.number(high)}"
        if low == high:
            return self.number(high)
        return f"{amount(short(low))} to {self.number(high)}"

    def more(self, amount: float) -> str:
        """What a slice has beyond what is usual of it.

        >>> from schemas.measures import MEASURES
        >>> Subject(MEASURES["checkout_failures"]).more(31.2), Subject(MEASURES["orders"]).more(-12)
        ('+31 failures', '-12')
        """
        noun = _NOUNS.get(self.measure.name, self.currency if self.measure.unit == "money" else "")
        rounded = f"{amount:+,.0f}" if abs(amount) >= 10 else f"{amount:+.2g}"  # noqa: PLR2004 - digits that matter
        return f"{rounded} {noun}".rstrip()


class Bucket(NamedTuple):
    """A closed bucket: its length, its first moment, the first one after it (ms), and the shop's zone."""

    size: int
    begin: int
    end: int
    zone: tzinfo

    @property
    def words(self) -> str:
        """When it was, on the shop's clock.

        >>> from zoneinfo import ZoneInfo
        >>> Bucket(3_600_000, 1_483_448_400_000, 1_483_452_000_000, ZoneInfo("Europe/Berlin")).words
        'between 14:00 and 15:00 CET on Tue 3 Jan 2017'
        >>> Bucket(86_400_000, 1_483_398_000_000, 1_483_484_400_000, ZoneInfo("Europe/Berlin")).words
        'on Tue 3 Jan 2017'
        """
        first = utc(self.begin)
        if self.size >= DAY:
            return f"on {date_words(first, self.zone)}"
        begin, end = local(first, self.zone), local(utc(self.end), self.zone)
        name = begin.tzname() or ""
        name = name if name.isalpha() else f"UTC{begin.isoformat(timespec='minutes')[-6:]}"
        return f"between {begin:%H:%M} and {end:%H:%M} {name} on {date_words(first, self.zone)}"

    @property
    def one(self) -> str:
        """What one of them is called.

        >>> from datetime import UTC
        >>> Bucket(3_600_000, 0, 0, UTC).one, Bucket(900_000, 0, 0, UTC).one
        ('hour', 'bucket of 15 min')
        """
        return one(self.size)


def one(size: int) -> str:
    """What a bucket of so many ms is called.

    >>> one(DAY), one(HOUR), one(900_000)
    ('day', 'hour', 'bucket of 15 min')
    """
    return {DAY: "day", HOUR: "hour"}.get(size, f"bucket of {span_words(size)}")


def short(value: float) -> float:
    """A value as precise as it matters.

    >>> short(-4.4463), short(12_345.6), short(120.0)
    (-4.45, 12345.6, 120.0)
    """
    return value if abs(value) >= 1000 else float(f"{value:.3g}")  # noqa: PLR2004 - whole numbers by then


def _percents(share: float) -> str:
    percents = 100 * share
    return f"{percents:.0f}" if abs(percents) >= 9.95 else f"{percents:.2g}"  # noqa: PLR2004 - two digits


def rare(p: float, one: str) -> str:
    """How rare, in words.

    >>> rare(0.0002, "hour"), rare(1e-12, "day")
    ('about one hour in 5,000', 'less than one day in a million')
    """
    if p < 1e-6:  # noqa: PLR2004 - as the words say
        return f"less than one {one} in a million"
    return f"about one {one} in {float(f'{1 / p:.1g}'):,.0f}"
