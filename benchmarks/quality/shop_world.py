"""A simulated shop, hour by hour: customers who never do quite the same, and a change if there is one.

Orders follow the hour of the week, the year, holidays, and the luck of the day (of the shop, and of each
region); hours vary more than chance alone would have it. Everything else follows from orders and visits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from benchmarks.quality.shop_change import CARRIERS, CATEGORIES, DEPARTMENTS, REGIONS, Change, Floats

Ints = npt.NDArray[np.int64]
At = tuple[str, str, str]
HOUR, DAY = 3_600_000, 86_400_000
MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - of whatever zone the shop has
MONEY = 10_000


@dataclass(frozen=True)
class Shop:
    """What one has sold and seen.

    Attributes:
        moments: beginning of each hour, ms, and of the hour after the last.
        days: where each local day begins among them, and where the last one ends.
        sums: of each series, what is above the line and what is below it, by the hour.
        holidays: that the shop knows of.
        zone: of its days.
        change: that is in it.
    """

    moments: Ints
    days: Ints
    sums: Mapping[At, tuple[Ints, Ints]]
    holidays: frozenset[date]
    zone: tzinfo
    change: Change | None


class _Clock:
    """Hours of a shop that begins at a Monday's midnight, in its own time."""

    def __init__(self, rng: np.random.Generator, weeks: int, zone: tzinfo) -> None:
        first = MONDAY + timedelta(weeks=int(rng.integers(52)))
        start, end = (each.replace(tzinfo=zone) for each in (first, first + timedelta(weeks=weeks)))
        self.moments = np.arange(_ms(start), _ms(end) + 1, HOUR)
        local = [_local(int(each), zone) for each in self.moments]
        self.hour = np.array([each.hour for each in local[:-1]])
        self.weekday = np.array([each.weekday() for each in local[:-1]])
        self.season = np.array([each.timetuple().tm_yday / 365.25 for each in local[:-1]])
        breaks = [n + 1 for n, (one, two) in enumerate(pairwise(local)) if one.date() != two.date()]
        self.days = np.array([0, *breaks])
        self.day = np.searchsorted(self.days, np.arange(self.size), side="right") - 1
        self.dates = [local[n].date() for n in self.days[:-1].tolist()]

    @property
    def size(self) -> int:
        return len(self.moments) - 1


def made(
    rng: np.random.Generator, *, weeks: int = 18, zone: tzinfo = UTC, change: Change | None = None
) -> Shop:
    """A shop of 60 to 3,000 orders a day."""
    return _Maker(rng, weeks, zone, change).shop()


class _Maker:
    def __init__(self, rng: np.random.Generator, weeks: int, zone: tzinfo, change: Change | None) -> None:
        self.rng, self.zone, self.change = rng, zone, change
        self.clock = _Clock(rng, weeks, zone)
        self.sums: dict[At, tuple[Ints, Ints]] = {}
        self.free = sorted(rng.choice(self.clock.dates, 5, replace=False))
        self.daily = float(np.exp(rng.uniform(np.log(60), np.log(3_000))))
        self.rhythm = self._rhythm()

    def shop(self) -> Shop:
        rate = self.daily / 24 * self.rhythm * self._luck(0.05)
        parts = (self._orders, self._deliveries, self._tickets, self._visits)
        # Each has a chance of its own, so that a change of one leaves the others as they were.
        for part, chance in zip(parts, self.rng.spawn(len(parts)), strict=True):
            self.rng = chance
            part(rate)
        holidays = frozenset(self.free)
        return Shop(self.clock.moments, self.clock.days, self.sums, holidays, self.zone, self.change)

    def _rhythm(self) -> Floats:
        """How busy each hour is, 1 on average of a plain week."""
        rng, clock = self.rng, self.clock
        peaks = ((12 + rng.uniform(-1, 1), 3.0, 1.0), (20 + rng.uniform(-1, 1), 2.0, rng.uniform(0.4, 1.2)))
        of_day = 0.05 + sum(high * np.exp(-(((np.arange(24) - at) / wide) ** 2)) for at, wide, high in peaks)
        of_week = np.exp(rng.normal(0, 0.15, 7))
        yearly = 1 + rng.uniform(0.05, 0.25) * np.sin(2 * np.pi * (clock.season - rng.uniform()))
        free = np.array([0.5 if each in self.free else 1.0 for each in clock.dates])
        busy = of_day[clock.hour] / of_day.mean() * of_week[clock.weekday] / of_week.mean()
        return np.asarray(busy * yearly * free[clock.day])

    def _luck(self, spread: float) -> Floats:
        """Of each day, a bit like the day before's; 1 on average."""
        days = len(self.clock.dates)
        found, last = np.zeros(days), 0.0
        for day, each in enumerate(self.rng.normal(0, spread, days).tolist()):
            last = 0.5 * last + 0.87 * each
            found[day] = last
        return np.asarray(np.exp(found)[self.clock.day])

    def _uneven(self, *shape: int) -> Floats:
        """Hours vary by 15% beyond chance."""
        return self.rng.gamma(44.0, 1 / 44.0, shape)

    def _lever(self, name: str) -> Floats:
        return self.change.lever(name, self.clock.size) if self.change else np.zeros(self.clock.size)

    def _pull(self, name: str, dimension: str, values: Mapping[str, float]) -> Floats:
        """A lever by hour and slice."""
        of_slice = self.change.of_slice(dimension, values) if self.change else np.ones(len(values))
        return self._lever(name)[:, None] * of_slice

    def _told(
        self, measure: str, num: npt.NDArray[np.number], den: Ints, **cuts: Mapping[str, float]
    ) -> None:
        """Add a measure of cells: hours, then the dimensions named, in order."""
        num, axes = np.rint(num).astype(np.int64), tuple(range(1, num.ndim))
        self.sums[measure, "", ""] = num.sum(axes), den.sum(axes)
        for axis, (dimension, values) in enumerate(cuts.items(), 1):
            rest = tuple(each for each in axes if each != axis)
            for n, value in enumerate(values):
                self.sums[measure, dimension, value] = num.sum(rest)[:, n], den.sum(rest)[:, n]

    def _orders(self, rate: Floats) -> None:
        rng, hours = self.rng, self.clock.size
        noise, pull = self._lever("noise"), self._pull("orders", "region", REGIONS)
        wild = np.exp(noise * rng.normal(0, 1, hours) - noise**2 / 2)
        region = np.stack([share * self._luck(0.04) for share in REGIONS.values()], axis=1)
        region = region * (1 + pull) * (rate * wild)[:, None] * self._uneven(hours, len(REGIONS))
        orders = rng.poisson(region[:, :, None] * np.array(list(DEPARTMENTS.values())))
        prices = np.array([30.0, 20.0, 40.0, 15.0, 25.0])
        revenue = np.where(orders > 0, rng.gamma(np.maximum(orders, 1) * 2.0) * prices / 2, 0.0) * MONEY
        one = np.ones_like(orders)
        self._told("orders", orders, one, region=REGIONS, department=DEPARTMENTS)
        self._told("revenue", revenue, one, region=REGIONS, department=DEPARTMENTS)
        of_region, paid = orders.sum(2), np.rint(revenue).astype(np.int64).sum(2)
        self._told("order_value", paid, of_region, region=REGIONS)
        self._told("basket_size", of_region + rng.poisson(2.5 * of_region), of_region, region=REGIONS)
        self._told("cancellations", rng.binomial(of_region, 0.03), np.ones_like(of_region), region=REGIONS)

    def _deliveries(self, rate: Floats) -> None:
        """By day, two days after the order; orders that a change brings or takes are left out."""
        rng, clock = self.rng, self.clock
        by_day = np.bincount(clock.day, rate)[clock.day] / 12
        open_hours = (clock.hour >= 8) & (clock.hour < 20)
        shares = np.outer(list(REGIONS.values()), list(CARRIERS.values()))
        brought = rng.poisson((np.roll(by_day, 48) * open_hours)[:, None, None] * shares)
        usual = -2.0 + np.array([0.0, 1.0, -1.0]) + 20 * (self._luck(0.05) - 1)[:, None]
        late = (usual + self._pull("delay", "carrier", CARRIERS))[:, None, :]
        delay = brought * late + np.sqrt(brought) * rng.normal(0, 10, brought.shape)
        self._told("delivery_delay", delay * HOUR, brought, region=REGIONS, carrier=CARRIERS)
        back = rng.poisson(
            0.05 * (np.roll(rate, 168) * self._uneven(clock.size))[:, None] * np.array(list(REGIONS.values()))
        )
        self._told("returns", back, np.ones_like(back), region=REGIONS)

    def _tickets(self, rate: Floats) -> None:
        rng, clock = self.rng, self.clock
        more = 1 + self._pull("tickets", "category", CATEGORIES)
        each = 0.08 * (rate * self._uneven(clock.size))[:, None] * more * np.array(list(CATEGORIES.values()))
        opened = rng.poisson(each[:, :, None] * np.array(list(REGIONS.values())))
        self._told("tickets", opened, np.ones_like(opened), category=CATEGORIES, region=REGIONS)
        desk = (clock.hour >= 9) & (clock.hour < 17) & (clock.weekday < 5)
        answered = np.zeros((clock.size, len(CATEGORIES)), np.int64)
        waiting = np.zeros(len(CATEGORIES), np.int64)
        for hour, came in enumerate(opened.sum(2)):
            waiting = waiting + came
            answered[hour] = rng.binomial(waiting, 0.35 if desk[hour] else 0.03)
            waiting = waiting - answered[hour]
        came = opened.sum(2)
        self._told("unanswered_tickets", came - answered, came + answered, category=CATEGORIES)

    def _visits(self, rate: Floats) -> None:
        rng, hours = self.rng, self.clock.size
        there = self._lever("silent") < 0.5
        visits = rng.poisson(12 * rate * (1 + self._lever("visits")) * self._uneven(hours) * there)
        started = rng.binomial(visits, 0.1 * self._luck(0.03) * (1 + self._lever("starting")))
        failed = rng.binomial(started, 0.04 + 0.96 * self._lever("failing"))
        one = np.ones_like(visits)
        self._told("sessions", visits, one)
        self._told("conversion", started - failed, visits)
        self._told("checkout_failures", failed, started)
        self._told("checkouts_failed", failed, one)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def _local(moment: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(moment / 1000, zone)
