"""Several real workers: one of them learns and chooses, all score with what it learnt or what is pinned."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.brokers import settings_for
from support.events import encode, example
from support.fleet import Child, Fleet
from support.shop import Record
from support.wait import until

from streams.engine.partition import partition_of
from streams.engine.versions import Version
from streams.kafka import clients, look
from streams.kafka.models import pin, read_versions
from streams.settings import Settings
from streams.status import Status

PARTITIONS = 2
DAY = 86_400_000
START = int(datetime(2024, 3, 1, 12, tzinfo=UTC).timestamp()) * 1000
CONFIG = "rules: {churn: {horizon: 1d, horizons: [1d, 2d]}}\n"
SECONDS = 90.0


def orders(first: int, end: int) -> list[Record]:
    """Forty customers, each of whom orders every so many days; the orders of some days."""
    records = []
    for day in range(first, end):
        for number in range(40):
            if day % (1 + number % 5):
                continue
            customer = f"c-{number}"
            event = example("tocsin.order.placed.v1", order_id=f"o-{day}-{number}", customer_id=customer)
            time = datetime.fromtimestamp((START + day * DAY + number * 1000) / 1000, UTC)
            event |= {"id": f"e-{day}-{number}", "time": time.isoformat()}
            event["data"]["promised"] = None
            partition = partition_of(customer.encode(), PARTITIONS)
            records.append(Record("orders", partition, customer.encode(), encode(event)))
    return records


def adopted(child: Child) -> list[str]:
    """The versions that a worker has adopted since it was started last, as its log tells."""
    text = child.log.read_text(errors="replace").rpartition("--- start")[2]
    return re.findall(r"model adopted .* version=(\S+)", text)


def owned(workers: list[Child], stage: str) -> list[list[str]]:
    """The partitions of a stage that each worker took over last, sorted by partition."""
    found = []
    for each in workers:
        took = [line for line in each.log.read_text().splitlines() if "partitions taken over" in line]
        found.append(re.findall(rf"\b{stage}=\[(.*?)\]", took[-1]) if took else [])
    return sorted(found)


def versions(settings: Settings) -> list[Version]:
    with clients.reader(settings) as consumer:
        return read_versions(consumer, settings).all()


def at_rest(settings: Settings, days: int, workers: list[Child]) -> Status | None:
    """The status, once so many days are closed and learnt."""
    assert all(each.running for each in workers), "nobody has a reason to end"
    with clients.reader(settings) as consumer:
        seen = look.look_with(consumer, settings)
    end = (START + (days - 1) * DAY) // DAY * DAY
    ends = [*seen.closed.values(), *(seen.watermarks[stage].get(0) for stage in ("trainer", "risk"))]
    return seen if ends == [end] * (PARTITIONS + 2) and seen.lag == 0 else None


@pytest.fixture
def fleet(embedded_broker: str, prefix: str, tmp_path: Path) -> Fleet:
    more = {"partitions": str(PARTITIONS), "idle_after": "PT1S"}
    made = Fleet(embedded_broker, prefix, tmp_path, **more)
    made.configure(CONFIG)
    return made


def test_one_worker_learns_and_all_score_with_it(fleet: Fleet, embedded_broker: str, prefix: str) -> None:
    settings = settings_for(embedded_broker, prefix, partitions=PARTITIONS)
    with fleet:
        fleet.create_topics()
        fleet.publish(orders(0, 10))
        workers = [fleet.start_worker("worker-1")]
        until(lambda: at_rest(settings, 10, workers), SECONDS, "every day to be closed and learnt")

        # Each night takes examples of some; their labels come a day and two later.
        published = versions(settings)
        days = [version.name[:10] for version in published]
        assert days == [f"2024-03-{day:02}" for day in range(3, 11)]
        until(lambda: adopted(workers[0])[-1:] == [published[-1].name], 15, "it to score with the newest")

        # A pin reaches who runs, and who starts later begins with it.
        pinned = published[1]
        pin(settings, pinned)
        until(lambda: adopted(workers[0])[-1] == pinned.name, 15, "it to score with the pinned one")
        workers.append(fleet.start_worker("worker-2"))
        until(lambda: owned(workers, "customer") == [["0"], ["1"]], SECONDS, "the customers to be shared")
        assert adopted(workers[1]) == [pinned.name]
        # The stages with one partition have one owner each.
        until(lambda: owned(workers, "trainer") == owned(workers, "risk") == [[], ["0"]], 15, "one owner")

        # Whoever it is goes on learning; what is pinned goes on scoring, until somebody takes that off.
        fleet.publish(orders(10, 11))
        until(lambda: at_rest(settings, 11, workers), SECONDS, "another day to be closed and learnt")
        newest = versions(settings)[-1].name
        assert newest[:10] == "2024-03-11"
        assert [adopted(each)[-1] for each in workers] == [pinned.name] * 2
        pin(settings, None)
        until(lambda: [adopted(each)[-1] for each in workers] == [newest] * 2, 15, "both to follow again")
