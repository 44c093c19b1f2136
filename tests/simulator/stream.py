"""A few days of a very small shop, from one seed: the input logs of one or many schedules."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from simulator.broker import At
from simulator.watching import LARGEST, SHELVES, pairs, series

from alerts.config import Choice
from alerts.rules import churn, out_of_stock
from alerts.timeline import utc
from detectors.churn.chunk import is_due
from streams.engine.options import ChurnOptions, Options
from streams.engine.partition import partition_of

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START = 1_709_251_200_000  # 2024-03-01
NOW = START + 7 * DAY
INPUTS = ("orders", "tickets", "web-events")
CHOICES = (Choice(per_day=1), Choice(contact_cost=0.05))

WATCHED_EVERY = 8
"""One stream in so many has its series and pairs watched, mostly in the place of churn: it takes time."""

_TYPES = {"orders": "order", "tickets": "ticket", "web-events": "web"}
_POISON = (None, b"", b"{", b"\xff\xfe", b"NaN", b'{"specversion": "1.0"}', b"[" * 3_000)


class Told(NamedTuple):
    """A record and when it reaches its log; `time` is the event's own, None if it cannot be read."""

    published: int
    number: int
    topic: str
    partition: int
    key: bytes
    value: bytes | None
    time: int | None


def is_watched(seed: int) -> bool:
    """Whether series and pairs are watched in the stream of a seed."""
    return seed % WATCHED_EVERY == WATCHED_EVERY - 1


Logs = dict[At, list[tuple[bytes, bytes | None]]]


@dataclass(frozen=True)
class Stream:
    """What is in the logs before anybody reads, and how the stages are set.

    Attributes:
        told: every record.
        logs: (key, value) of every record of every input log, in order.
        options: of all stages.
        churn: how customers at risk are told.
        few: series that one step looks at, at most.
    """

    told: list[Told]
    logs: Logs
    options: Options
    churn: churn.Settings
    few: int


@lru_cache(maxsize=8)
def stream(seed: int, *, punctual: bool = False) -> Stream:
    """The stream of a seed; a `punctual` one has nothing that is late."""
    rng = random.Random(f"stream {seed}")
    partitions = rng.choice((2, 2, 3))
    teller = _Teller(rng, partitions, punctual=punctual)
    for number in range(rng.randrange(3, 6)):
        teller.order(f"o{number}")
    for number in range(rng.randrange(2, 4)):
        teller.ticket(f"t{number}")
    teller.shortages()
    teller.browse()
    if is_watched(seed):
        teller.baskets()
    teller.repeat()
    teller.spoil()
    rule = out_of_stock.Settings(
        orders=rng.choice((2, 3)), within=timedelta(hours=12), quiet=timedelta(hours=20)
    )
    settings = churn.Settings(
        horizon="1d", horizons=("1d", "2d"), examples=0, least=rng.choice((0.5, 0.95)), margin=0.01
    )
    options = Options(
        partitions,
        horizon=DAY,
        wall=rng.random() < 0.5,
        rules={"out_of_stock": rule},
        slice=rng.choice((1, 3, 2_000)),
        churn=ChurnOptions(
            horizons=(1, 2),
            main=1,
            least=0.0,
            examples=0,
            waiting=rng.choice((1, 2, 12)),
            slice=(few := rng.choice((1, 2, 50))),
            labels=few,
        ),
    )
    if is_watched(seed):
        zone = rng.choice((UTC, timezone(timedelta(hours=6))))
        options = replace(
            options,
            series=series(rng, zone),
            pairs=pairs(rng, zone),
            churn=options.churn if rng.random() < 0.3 else None,
        )
    return Stream(teller.told, in_logs(teller.told), options, settings, few * 5)


def in_logs(told: list[Told]) -> Logs:
    """The records as their logs hold them, by the moment of publication."""
    logs: Logs = {}
    for each in sorted(told):
        logs.setdefault((each.topic, each.partition), []).append((each.key, each.value))
    return logs


class _Teller:
    """Tells what happens, now and then late, into the wrong partition, or twice."""

    def __init__(self, rng: random.Random, partitions: int, *, punctual: bool) -> None:
        self.rng, self.partitions, self.punctual = rng, partitions, punctual
        self.told: list[Told] = []
        # Of whom examples are taken early enough for their labels: on the first and on the second midnight.
        names = [
            [name for name in map("c{}".format, range(99)) if is_due(name, START + day * DAY)]
            for day in (1, 2)
        ]
        self.customers = names[0][:2] + names[1][:4]

    def tell(self, topic: str, kind: str, time: int, data: dict[str, Any]) -> None:
        """An event, mostly within the bound of disorder."""
        rng, number = self.rng, len(self.told)
        misplaced = rng.random() < 0.15
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": f"e{number}",
            "source": "till" if misplaced else "shop",
            "type": f"tocsin.{_TYPES[topic]}.{kind}.v1",
            "time": utc(time).isoformat(),
            "data": data,
        }
        if rng.random() < 0.2:
            event["synthetic"] = True
        key = (data.get("customer_id") or data["session_id"]).encode()
        partition = (partition_of(key, self.partitions) + misplaced) % self.partitions
        late = rng.random() < 0.08 and not self.punctual
        delay = rng.randrange(HOUR, 30 * HOUR) if late else rng.randrange(9 * MINUTE)
        self.told.append(Told(time + delay, number, topic, partition, key, orjson.dumps(event), time))

    def order(self, order: str) -> None:
        """Placed, perhaps promised anew, in time or late or never there."""
        rng = self.rng
        who = {"order_id": order, "customer_id": rng.choice(self.customers)}
        time = START + rng.randrange(2 * DAY)
        line = {"product_id": "p", "quantity": "1", "amount": "5"}
        promised = time + rng.randrange(5 * HOUR, DAY)
        placed = who | {
            "currency": "EUR",
            "total": "5",
            "lines": [line],
            "promised": utc(promised).isoformat(),
        }
        self.tell("orders", "placed", time, placed)
        if rng.random() < 0.4:
            anew = {"promised": utc(promised + rng.randrange(-HOUR, DAY)).isoformat()}
            self.tell("orders", "shipped", time + rng.randrange(DAY), who | anew)
        if rng.random() < 0.7:
            self.tell("orders", "delivered", promised + rng.randrange(-5 * HOUR, DAY), who)
        if rng.random() < 0.2:
            back = {"currency": "EUR", "amount": "5"}
            self.tell("orders", "returned", promised + rng.randrange(DAY), who | back)

    def ticket(self, ticket: str) -> None:
        """Asked and answered, more than once."""
        rng = self.rng
        who = {"ticket_id": ticket, "customer_id": rng.choice(self.customers)}
        time = START + rng.randrange(2 * DAY)
        priority = rng.choice(("urgent", "high", "normal"))
        self.tell(
            "tickets", "opened", time, who | {"category": "delivery", "priority": priority, "text": "?"}
        )
        for _ in range(rng.randrange(4)):
            time += rng.choice((MINUTE, HOUR, 3 * HOUR, 20 * HOUR))
            kind = rng.choice(("agent", "customer", "resolved", "reopened"))
            if kind in ("agent", "customer"):
                self.tell("tickets", "replied", time, who | {"by": kind})
            else:
                self.tell("tickets", kind, time, who)

    def shortages(self) -> None:
        """A product is missed by some orders, and again after a pause."""
        rng = self.rng
        for begin in (0, 2 * DAY):
            for number in range(rng.randrange(2, 5)):
                data = {
                    "order_id": f"x{number}",
                    "customer_id": rng.choice(self.customers),
                    "product_id": "p",
                }
                self.tell("orders", "out_of_stock", START + begin + rng.randrange(12 * HOUR), data)

    def baskets(self) -> None:
        """Orders of several products; some are cancelled, before their day is over or after it."""
        rng = self.rng
        for number in range(10):
            who = {"order_id": f"b{number}", "customer_id": rng.choice(self.customers)}
            time = START + rng.randrange(7 * DAY // 2)
            products = rng.sample(list(SHELVES), rng.choice((1, 2, 2, LARGEST)))
            lines = [
                {"product_id": each, "department": SHELVES[each], "quantity": "1", "amount": "2.50"}
                for each in products
            ]
            placed = who | {
                "currency": rng.choice(("EUR", "EUR", "SEK")),
                "total": "7.25",
                "lines": lines,
                "region": rng.choice(("East", "East", "West", None)),
            }
            self.tell("orders", "placed", time, placed)
            if rng.random() < 0.15:
                placed = placed | {"lines": lines[:1]}
                self.tell("orders", "placed", time + rng.randrange(8 * HOUR), placed)
            if rng.random() < 0.3:
                self.tell("orders", "cancelled", time + rng.randrange(DAY), who)

    def browse(self) -> None:
        """Something in every log, so that time goes on everywhere; some visitors are not known."""
        rng = self.rng
        for number in range(6 * self.partitions):
            time = START + rng.randrange(4 * DAY)
            customer = rng.choice(self.customers)
            match number % 3:
                case 0:
                    visitor = {} if rng.random() < 0.4 else {"customer_id": customer}
                    self.tell("web-events", "page_viewed", time, {"session_id": f"s{number % 4}"} | visitor)
                case 1:
                    data = {"customer_id": customer, "order_id": f"y{number}"}
                    self.tell("orders", "cancelled", time, data)
                case 2:
                    data = {"customer_id": customer, "ticket_id": f"y{number}"}
                    self.tell("tickets", "resolved", time, data)

    def repeat(self) -> None:
        """Copies in the log of the original: soon after, or beyond the horizon."""
        for told in self.rng.sample(self.told, 6):
            pause = self.rng.choice((0, MINUTE) if self.punctual else (0, MINUTE, HOUR, 2 * DAY))
            self.told.append(told._replace(published=told.published + pause, number=len(self.told)))

    def spoil(self) -> None:
        """Records that cannot be read, belong elsewhere, or come from the future."""
        rng = self.rng
        for _ in range(3):
            topic, partition = rng.choice(INPUTS), rng.randrange(self.partitions)
            published = START + rng.randrange(4 * DAY)
            bad = rng.choice(_POISON)
            self.told.append(Told(published, len(self.told), topic, partition, b"?", bad, None))
        self.tell("orders", "delivered", NOW + DAY, {"order_id": "o0", "customer_id": self.customers[0]})
        future = self.told.pop()
        self.told.append(future._replace(published=START + rng.randrange(4 * DAY)))
