"""Records for an archive without a broker: logs with late, repeated, unreadable and misplaced ones."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from support.events import encode, example

from alerts.policy.examples import an_alert
from schemas.alert import AlertEvent, episode_id
from schemas.score import Reason, Score, Worth
from streams.archive.kinds import kinds
from streams.archive.ledger import Archive
from streams.archive.pile import Record
from streams.archive.writer import Writer

START = datetime(2026, 3, 1, tzinfo=UTC)
LATEST = round(datetime(2026, 12, 1, tzinfo=UTC).timestamp() * 1000)
Logs = dict[str, list[Record]]


def order(number: int, hours: float, **more: Any) -> dict[str, Any]:
    """An order placed so many hours after the first of March."""
    event = example("tocsin.order.placed.v1", order_id=f"o-{number}", customer_id=f"c-{number % 5}")
    return event | {"id": f"placed-{number}", "time": (START + timedelta(hours=hours)).isoformat(), **more}


def alert(number: int, hours: float) -> bytes:
    """An alert, as the worker publishes it."""
    at = START + timedelta(hours=hours)
    told = an_alert(entity=f"o-{number}", episode=episode_id("late", "order", str(number), "1"), at=at)
    return AlertEvent.of(told, "test").model_dump_json().encode()


def score(number: int, hours: float) -> bytes:
    """A score: it has no id, so nothing but its place tells it from another."""
    at = START + timedelta(hours=hours)
    value = Worth(middle=10.0, low=1.0, high=20.5, currency="EUR")
    reason = Reason(family="rhythm", log_odds=1.25, words="used to order every 9 days")
    return Score(
        customer=f"c-{number}", time=at, probability=0.25, horizon=30, probabilities={30: 0.25, 60: 0.5},
        model_version="2026-03-01", log_odds=-1.1, base=-2.0, reasons=(reason,), rest=-0.35, value=value,
        last_order=START,
    ).model_dump_json().encode()  # fmt: skip


def window(number: int, hours: float, **more: Any) -> bytes:
    """An hour of two series that closed so many hours after the first of March, as the worker tells it."""
    end = round((START + timedelta(hours=hours)).timestamp() * 1000)
    points = [
        {
            "series": name, "measure": "orders", "dimension": "region" if region else "", "slice": region,
            "actual": number, "expected": 7.5, "lower": None, "upper": 12.25, "score": 0.75,
            "alert": number > 12, "direction": "up", "synthetic": False,
        }
        for name, region in (("orders", ""), ("orders/region=West", "West"))
    ]  # fmt: skip
    told = {"window": "series", "from": end - 3_600_000, "to": end, "bucket": "1h", "points": points}
    return json.dumps(told | more).encode()


def pairs(hours: float, **more: Any) -> bytes:
    """A week of pairs, likewise."""
    end = round((START + timedelta(hours=hours)).timestamp() * 1000)
    tea = {"product_a": "milk", "product_b": "tea", "count": 40, "support_a": 90, "support_b": 50}
    tea |= {"baskets": 1_000, "lift": 8.9, "p": 1e-30, "q": 2e-28}
    told = {
        "window": "pairs", "from": end - 7 * 86_400_000, "to": end, "days": 7, "region": None,
        "level": "category", "baskets": 1_000, "pairs": 300, "significant": 1, "emerged": 1, "oversized": 0,
        "top": [tea], "changes": [{**tea, "change": "emerging"}],
    }  # fmt: skip
    return json.dumps(told | more).encode()


def log(partition: int, values: list[bytes | None]) -> list[Record]:
    """A partition that holds these values."""
    return [Record(partition, offset, 1_700_000_000_000, value, ()) for offset, value in enumerate(values)]


def world(seed: int = 7, events: int = 32) -> Logs:
    """Orders of five days in two partitions, some late, repeated or unreadable; and alerts."""
    chance = random.Random(seed)
    values: dict[int, list[bytes | None]] = {0: [], 1: []}
    for number in range(events):
        late = 30 if chance.random() < 0.1 else 0
        raw = encode(order(number, max(0.0, number * 120 / events - late)))
        log_of = values[number % 5 % 2]
        log_of.append(raw)
        if chance.random() < 0.1:
            log_of.append(raw)
        if chance.random() < 0.1:
            log_of.append(chance.choice([None, b"{", b"\xff", encode(order(number, 1, type="x"))]))
    return {
        "customer-scores": log(0, [score(number, 30 * number / 5) for number in range(10)]),
        "orders": log(0, values[0]) + log(1, values[1]),
        "alerts": log(0, [alert(number, 24 * number) for number in range(4)]),
    }


def readable(logs: Logs) -> dict[tuple[str, str, str], set[str]]:
    """What an archive of the logs is to hold: ids by kind, day and source, worked out without Tocsin.

    Of a score its customer stands for the id.
    """
    found: dict[tuple[str, str, str], set[str]] = {}
    for kind, records in logs.items():
        for record in records:
            try:
                event = json.loads(record.value or b"")
                if kind != "customer-scores" and not event["type"].startswith("tocsin."):
                    continue
                day = datetime.fromisoformat(event["time"]).astimezone(UTC).date().isoformat()
            except ValueError:
                continue
            place = (kind, day, event.get("source", "-"))
            found.setdefault(place, set()).add(event.get("id") or event["customer"])
    return found


def feed(writer: Writer, logs: Logs, batch: int) -> None:
    """Give the writer what it does not have yet, partition by partition, a few records at a time."""
    for kind, records in logs.items():
        for part in _parts(records, writer.positions(kind), batch):
            writer.take(kind, part, LATEST)


def _parts(records: list[Record], known: dict[int, int], batch: int) -> Iterator[list[Record]]:
    rest = [record for record in records if record.offset >= known.get(record.partition, 0)]
    rest.sort(key=lambda record: (record.offset, record.partition))
    for start in range(0, len(rest), batch):
        yield rest[start : start + batch]


def archived(folder: Path, logs: Logs, rows: int = 1_000, batch: int = 7) -> Writer:
    """Archive the logs in one go."""
    archive = Archive(folder)
    with archive.opened():
        writer = Writer(archive, kinds(), rows)
        feed(writer, logs, batch)
        writer.flush()
    return writer
