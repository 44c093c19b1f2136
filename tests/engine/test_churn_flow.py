"""From orders through all stages of churn: what one writes the next can read, and the right ones are told."""

from __future__ import annotations

import random
from typing import Any

import orjson
from engine.one_partition import Entry, Played, log_of
from engine.stages import DAY, T0, Partition, event

from alerts.config import Choice
from alerts.rules import churn
from streams.engine.customer import CustomerStage
from streams.engine.models import read
from streams.engine.options import ChurnOptions, Options
from streams.engine.records import Batch, Input
from streams.engine.risk import RiskStage
from streams.engine.trainer import TrainerStage

ASKED = ChurnOptions(horizons=(7, 14), main=7, slice=7, examples=0)
OPTIONS = Options(1, wall=False, idle_after=0, churn=ASKED)
CHANGE, END = 45, 70  # the day after which every third customer stays away, and the last day


def orders() -> list[bytes]:
    """Customers who order every three days or so; every third leaves."""
    rng = random.Random(5)
    found: list[tuple[int, bytes]] = []
    for number in range(24):
        time = T0 + rng.randrange(3 * DAY)
        while time < T0 + (CHANGE if number % 3 == 0 else END) * DAY:
            # An absurd amount is somebody's mistake, and must not bury the others.
            total = "999999999999" if number == 1 else str(rng.randint(10, 60))
            line = {"product_id": "p", "quantity": "1", "amount": "5"}
            ident = f"{number}-{time}"
            data: dict[str, Any] = {"order_id": ident, "currency": "EUR", "total": total, "lines": [line]}
            data["customer_id"] = f"c{number}"
            found.append((time, event("order.placed", time, data, ident)))
            time += round(rng.uniform(2, 4) * DAY)
    return [raw for _, raw in sorted(found)]


def test_who_stays_away_is_told_of_and_nothing_is_buried() -> None:
    customers = Partition(CustomerStage(("orders",), OPTIONS))
    for offset, raw in enumerate(orders()):
        record = Input(offset, None, raw)
        more = customers.step(Batch("orders", [record]), now=T0 + END * DAY).more
        while more:
            more = customers.step(now=T0 + END * DAY).more
    taught, told = (
        Played(make).run(log_of([Entry(each.key, each.value, each.headers) for each in customers.to(topic)]))
        for topic, make in (
            ("churn-examples", lambda: TrainerStage(OPTIONS)),
            ("churn-risks", lambda: RiskStage(OPTIONS, (Choice(per_day=3),), churn.Settings(examples=0))),
        )
    )
    assert not customers.to("dead-letters") + taught.to("dead-letters") + told.to("dead-letters")
    versions = [each.value for each in taught.to("models") if each.value is not None]
    assert read(orjson.loads(versions[-1])).learnt > 100
    alerts = [orjson.loads(each.value or b"")["data"] for each in told.to("alerts")]
    over = {each["episode"] for each in alerts if each["state"] == "recovered"}
    still = {each["entity"] for each in alerts if each["episode"] not in over}
    assert still == {f"c{number}" for number in range(0, 24, 3)}
