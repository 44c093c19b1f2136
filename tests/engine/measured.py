"""A small shop whose every event is measured, as logs in any order, and what its partitions add up to."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from engine.drive import At, Drive
from engine.stages import DAY, HOUR, MINUTE, PUBLIC, T0
from pydantic import BaseModel

from alerts.timeline import utc
from schemas.measures import MEASURES
from streams.engine.intake import ANNOUNCEMENT
from streams.engine.options import Options
from streams.engine.partition import partition_of
from streams.engine.partition_row import KEY
from streams.engine.series.options import SeriesOptions
from streams.engine.state import State

DISORDER = 10 * MINUTE
AFTER = 60 * DAY
"""How long after the last event it is, at the end: even a wait that nobody answered is over by then."""

REGIONS, CARRIERS, ROUTES = ("East", "West", ""), ("DHL", "UPS"), ("r1", "r2")
DEPARTMENTS, CATEGORIES = ("dairy", "meat", "tea"), ("delivery", "refund")
_TYPES = {"orders": "order", "tickets": "ticket", "web-events": "web", "contacts": "contact"}


class Told(NamedTuple):
    """An event before it reaches its log."""

    topic: str
    kind: str
    time: int
    source: str
    synthetic: bool
    data: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.data.get("customer_id") or self.data["session_id"])


class Shop:
    """What happens in a shop, from one seed; no two events at the same time."""

    def __init__(self, seed: int, *, days: int, orders: int) -> None:
        self.rng = random.Random(f"shop {seed}")
        self.days, self.told, self._times = days, [], set[int]()
        for number in range(orders):
            self._order(f"o{number}")
            if number % 3 == 0:
                self._ticket(f"t{number}")
            if number % 2 == 0:
                self._visit(f"s{number // 4}")
                self._contact(f"k{number}")
        self.told: list[Told]

    def _tell(self, topic: str, kind: str, time: int, data: dict[str, Any]) -> int:
        time = min(time, T0 + self.days * DAY)
        while time in self._times:
            time += 1
        self._times.add(time)
        source, made = self.rng.choice(("shop", "till")), self.rng.random() < 0.1
        self.told.append(Told(topic, kind, time, source, made, data))
        return time

    def _moment(self) -> int:
        return T0 + self.rng.randrange(self.days * DAY)

    def _maybe(self, **fields: Any) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if self.rng.random() < 0.8}

    def _order(self, order: str) -> None:
        rng, at = self.rng, self._moment()
        who = {"order_id": order, "customer_id": f"c{rng.randrange(9)}"}
        lines = [
            {"product_id": f"p{rng.randrange(5)}", "quantity": "1", "amount": f"{rng.randrange(2000) / 100}"}
            | self._maybe(department=rng.choice(DEPARTMENTS))
            for _ in range(rng.randrange(1, 5))
        ]
        placed = who | {
            "currency": rng.choice(("EUR", "EUR", "EUR", "GBP")),
            "total": f"{rng.randrange(10_000_000) / 10_000}",
            "lines": lines,
        }
        promised = at + rng.randrange(DAY)
        self._tell(
            "orders",
            "placed",
            at,
            placed
            | self._maybe(
                region=rng.choice(REGIONS),
                channel="app",
                carrier=rng.choice(CARRIERS),
                route=rng.choice(ROUTES),
                promised=utc(promised).isoformat(),
            ),
        )
        if rng.random() < 0.5:
            anew = self._maybe(carrier=rng.choice(CARRIERS), promised=utc(promised + HOUR).isoformat())
            self._tell("orders", "shipped", at + rng.randrange(DAY), who | anew)
        back = {"currency": "EUR", "amount": "5"}
        for kind, share, data in (
            ("delivered", 0.8, {}),
            ("delivered", 0.2, {}),
            ("cancelled", 0.2, {}),
            ("cancelled", 0.1, {}),
            ("returned", 0.2, back),
            ("returned", 0.2, back),
            ("out_of_stock", 0.2, {"product_id": "p1", **self._maybe(department="tea", region="West")}),
        ):
            if rng.random() < share:
                # Minutes apart: in another order within the bound of disorder.
                pause = rng.choice((rng.randrange(15 * MINUTE), rng.randrange(3 * DAY)))
                self._tell("orders", kind, at + pause, who | data)

    def _ticket(self, ticket: str) -> None:
        rng, at = self.rng, self._moment()
        who = {"ticket_id": ticket, "customer_id": f"c{rng.randrange(9)}"}
        opened = {"category": rng.choice(CATEGORIES), "priority": "high", "text": "?"}
        if rng.random() < 0.9:
            self._tell("tickets", "opened", at, who | opened | self._maybe(region=rng.choice(REGIONS)))
        for _ in range(rng.randrange(5)):
            at += rng.choice((MINUTE, 5 * MINUTE, 3 * HOUR, 10 * DAY, 25 * DAY))
            kind = rng.choice(("agent", "customer", "resolved", "reopened"))
            if kind in ("agent", "customer"):
                self._tell("tickets", "replied", at, who | {"by": kind})
            else:
                self._tell("tickets", kind, at, who)

    def _visit(self, session: str) -> None:
        rng, at = self.rng, self._moment()
        who = {"session_id": session} | self._maybe(customer_id=f"c{rng.randrange(9)}")
        for _ in range(rng.randrange(1, 6)):
            kind = rng.choice(("page_viewed", "checkout_started", "checkout_failed", "checkout_completed"))
            data = {"reason": "timeout"} if kind == "checkout_failed" else {}
            self._tell("web-events", kind, at, who | data)
            at += rng.choice((MINUTE, 4 * MINUTE, 5 * HOUR, 7 * HOUR))

    def _contact(self, contact: str) -> None:
        at = self._moment()
        data = {"contact_id": contact, "customer_id": f"c{self.rng.randrange(9)}", "kind": "coupon"}
        for kind in ("sent", "opened", "redeemed")[: self.rng.randrange(1, 4)]:
            self._tell("contacts", kind, at, data)
            at += self.rng.randrange(2 * HOUR)


def record(told: Told, number: int) -> bytes:
    event = {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": told.source,
        "type": f"tocsin.{_TYPES[told.topic]}.{told.kind}.v1",
        "time": utc(told.time).isoformat(timespec="milliseconds"),
        "synthetic": told.synthetic,
        "data": told.data,
    }
    return orjson.dumps(event)


def in_logs(
    shop: Sequence[Told], partitions: int, rng: random.Random, *, late: float = 0.0
) -> dict[At, list[tuple[bytes, bytes]]]:
    """The events as they are published: out of order within the bound, some misplaced, and some late."""
    published = []
    for number, told in enumerate(shop):
        delay = rng.randrange(DISORDER)
        if rng.random() < late:
            delay = rng.randrange(HOUR, 40 * HOUR)
        published.append((told.time + delay, number, told))
    logs: dict[At, list[tuple[bytes, bytes]]] = {
        (topic, number): [] for topic in PUBLIC for number in range(partitions)
    }
    for _, number, told in sorted(published):
        owner = partition_of(told.key.encode(), partitions) + (rng.random() < 0.1)
        logs[told.topic, owner % partitions].append((told.key.encode(), record(told, number)))
    return logs


def options(partitions: int, rules: dict[str, BaseModel], **series: Any) -> Options:
    chosen = SeriesOptions(**{"currency": "EUR", **series})
    return Options(partitions, disorder=DISORDER, rules=rules, churn=None, series=chosen)


class Reloading(Drive):
    """Now and then another process reads the rows back; `forgets` are kinds of rows that it does not find."""

    forgets: tuple[bytes, ...] = ()

    def _step(self, lane: Any, rng: random.Random | None) -> bool:
        more = super()._step(lane, rng)
        if rng and rng.random() < 0.3:
            state = lane.state
            pairs = [(key, raw) for key, raw in state.rows.items() if not key.startswith(self.forgets)]
            lane.state = State(state.partition)
            lane.state.load([*pairs, (KEY, state.row.dumps())])
            lane.state.loaded()
        return more


class Sums(NamedTuple):
    """What partitions have told, added up: by span and slice, by span and field, by label."""

    told: dict[tuple[Any, ...], tuple[int, int, int]]
    quality: dict[tuple[Any, ...], tuple[int, int]]
    labels: dict[tuple[Any, ...], int]


def sums(run: Drive) -> Sums:
    """Adds up as the next stage does; nothing is told of a time that its source had announced as over."""
    values: dict[tuple[Any, ...], tuple[int, int, int]] = {}
    quality: dict[tuple[Any, ...], tuple[int, int]] = {}
    labels: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    announced: dict[bytes, int] = {}
    for each in run.logs["series-partials", 0]:
        source, body = dict(each.headers)["tocsin-from"], orjson.loads(each.value or b"")
        if each.key == ANNOUNCEMENT:
            assert body > announced.get(source, -1)
            announced[source] = body
            continue
        assert body["from"] < body["to"]
        assert body["to"] > announced.get(source, -1)
        span = body["from"], body["to"]
        for measure, dimension, value, num, den, made in body["values"]:
            n, d, flag = values.get((*span, measure, dimension, value), (0, 0, 0))
            below = d + den if MEASURES[measure].kind == "ratio" else den
            values[*span, measure, dimension, value] = n + num, below, flag | made
        for source_name, kind, field, empty, events in body["quality"]:
            e, n = quality.get((*span, source_name, kind, field), (0, 0))
            quality[*span, source_name, kind, field] = e + empty, n + events
        for source_name, field, value, n in body["labels"]:
            labels[*span, source_name, field, value] += n
    told = {
        at: each for at, each in values.items() if each[0] or (MEASURES[at[2]].kind == "ratio" and each[1])
    }
    return Sums(told, quality, dict(labels))


def measure(
    shop: Shop,
    partitions: int,
    rng: random.Random,
    *,
    cut: bool = True,
    late: float = 0.0,
    drive: type[Drive] = Reloading,
    logs: Any = None,
    rules: dict[str, BaseModel] | None = None,
    **series: Any,
) -> tuple[Sums, Drive]:
    """The sums of a shop, published and read by chance."""
    logs = logs or in_logs(shop.told, partitions, rng, late=late)
    now = T0 + shop.days * DAY + AFTER
    run = drive(logs, PUBLIC, options(partitions, rules or {}, **series), now).run(rng if cut else None)
    return sums(run), run
