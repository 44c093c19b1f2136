"""Shops whose baskets are known: logs of orders in any disorder, and what must be counted of them, by pandas.

Written from the contract: an order belongs to the day on which it first became known; the newest `placed`
event of that day counts; a cancellation that became known before the day's end takes it away.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

import orjson
import pandas as pd

from streams.engine.partition import partition_of

MINUTE, DAY = 60_000, 86_400_000
DISORDER = 10 * MINUTE
START = 1_490_400_000_000  # Saturday, 25 March 2017; in Berlin the next day has 23 hours
SHELVES = {"tea": "drinks", "coffee": "drinks", "milk": "dairy", "butter": "dairy", "bread": "bakery",
           "bun": "bakery", "soap": None, "salt": "spices"}  # fmt: skip
REGIONS = ("East", "West", None)

Line = tuple[str, str | None]


class Said(NamedTuple):
    """A record of a log: what is in it, or bytes that are no event."""

    time: int
    id: str
    kind: str
    customer: str
    order: str
    region: str | None = None
    lines: tuple[Line, ...] = ()
    synthetic: bool = False

    @property
    def value(self) -> bytes:
        data: dict[str, Any] = {"order_id": self.order, "customer_id": self.customer}
        if self.kind == "placed":
            lines = [
                {"product_id": p, "department": d, "quantity": "1", "amount": "1"} for p, d in self.lines
            ]
            data |= {"currency": "EUR", "total": "1", "lines": lines, "region": self.region}
        event = {
            "specversion": "1.0",
            "id": self.id,
            "source": "shop",
            "type": f"tocsin.order.{self.kind}.v1",
            "time": (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=self.time)).isoformat(),
            "data": data,
        }
        return orjson.dumps(event | ({"synthetic": True} if self.synthetic else {}))


class Bought(NamedTuple):
    """A basket that must be counted."""

    day: int
    region: str | None
    lines: frozenset[Line]
    synthetic: bool = False


Logs = dict[int, list[Said]]


def build(rng: random.Random, *, days: int, orders: int, partitions: int) -> Logs:
    """Orders of some days, a log for each partition, closed by orders long after."""
    found: Logs = {number: [] for number in range(partitions)}
    for number in range(orders):
        customer = f"c{rng.randrange(12)}"
        for said in _order(rng, number, customer, START + rng.randrange(days * DAY)):
            owner = partition_of(customer.encode(), partitions)
            # Now and then a publisher takes the wrong partition, with all that it says of the order.
            found[(owner + 1) % partitions if number % 11 == 0 else owner].append(said)
    for number, log in found.items():
        # In the order of time, but for what comes within the disorder, or late.
        slips = (0, 0, 0, rng.randrange(DISORDER), DISORDER // 2, 2 * DISORDER)
        log.sort(key=lambda said: said.time + rng.choice(slips))
        log += [rng.choice(log) for _ in range(len(log) // 20)]  # copies, most of them late
        end = START + (days + 3) * DAY
        log.append(Said(end, f"end{number}", "placed", f"end{number}", "end", None, (("end", None),)))
    return found


def _order(rng: random.Random, number: int, customer: str, at: int) -> Iterator[Said]:
    def lines() -> tuple[Line, ...]:
        return tuple((name, SHELVES[name]) for name in rng.choices(list(SHELVES), k=rng.randint(1, 6)))

    order, region = f"o{number}", rng.choice(REGIONS)
    yield Said(at, f"e{number}", "placed", customer, order, region, lines(), rng.random() < 0.1)
    if rng.random() < 0.3:  # placed anew, with other lines; sometimes the publisher's clock was behind
        again = at + rng.choice((-2, 0, 3, 200, 24 * 60)) * MINUTE
        yield Said(again, f"a{number}", "placed", customer, order, region, lines())
    if rng.random() < 0.3:
        off = at + rng.choice((-5, 0, 1, 90, 10 * 60, 30 * 60)) * MINUTE
        yield Said(off, f"x{number}", "cancelled", customer, order)
    if rng.random() < 0.1:
        yield Said(at + 20 * MINUTE, f"d{number}", "delivered", customer, order)


def bought(logs: Logs, zone: tzinfo) -> list[Bought]:
    """The baskets of every day that must have been closed."""
    frames = []
    for log in logs.values():
        frame = pd.DataFrame(log, columns=Said._fields)
        newest = frame["time"].cummax().shift()
        frame["eff"] = frame["time"].where(newest.isna(), frame["time"].clip(lower=newest - DISORDER))
        frames.append(frame.drop_duplicates("id"))
    events = pd.concat(frames)
    local = pd.to_datetime(events["eff"], unit="ms", utc=True).dt.tz_convert(str(zone))
    ends = (local.dt.normalize() + pd.DateOffset(days=1)).dt.tz_convert("UTC").dt.tz_localize(None)
    events["end"] = ends.astype("datetime64[ms]").astype("int64")
    first = events[events["kind"] == "placed"].groupby(["customer", "order"])["end"].min().rename("day")
    events = events[~events["customer"].str.startswith("end")].join(first, on=["customer", "order"])
    before = events[events["eff"] < events["day"]]
    off = before[before["kind"] == "cancelled"].set_index(["customer", "order"]).index
    placed = before[before["kind"] == "placed"].sort_values(["time", "id"])
    newest = placed.groupby(["customer", "order"]).tail(1).set_index(["customer", "order"])
    columns = newest[~newest.index.isin(off)][["day", "region", "lines", "synthetic"]]
    return [
        Bought(int(day), region if isinstance(region, str) else None, frozenset(lines), bool(synthetic))
        for day, region, lines, synthetic in columns.itertuples(index=False)
    ]
