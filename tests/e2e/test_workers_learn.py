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
DAYS = 12
CONFIG = "rules: {churn: {horizon: 1d, horizons: [1d, 2d]}}\n"
SECONDS = 90.0


def orders() -> list[Record]:
    """Forty customers, each of whom orders every so many days."""
    records = []
    for day in range(DAYS):
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


def owns(child: Child, stage: str) -> list[str]:
    """The partitions of a stage that a worker took over last."""
    took = [line for line in child.log.read_text().splitlines() if "partitions taken over" in line]
    return re.findall(rf"\b{stage}=\[(.*?)\]", took[-1]) if took else []


def versions(settings: Settings) -> list[Version]:
    with clients.reader(settings) as consumer:
        return read_versions(consumer, settings).all()


def at_rest(settings: Settings) -> Status | None:
    """The status, once every day is closed and learnt."""
    with clients.reader(settings) as consumer:
        seen = look.look_with(consumer, settings)
    end = (START + (DAYS - 1) * DAY) // DAY * DAY
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
        fleet.publish(orders())
        workers = [fleet.start_worker(f"worker-{number}") for number in (1, 2)]
        until(lambda: at_rest(settings), SECONDS, "every day to be closed and learnt")

        # The stages with one partition have one owner each; the customers are shared.
        assert sorted(owned for each in workers for owned in owns(each, "trainer")) == ["0"]
        assert sorted(owned for each in workers for owned in owns(each, "risk")) == ["0"]
        assert sorted(owned for each in workers for owned in owns(each, "customer")) == ["0", "1"]

        # Examples are taken on the first midnight and a week later; their labels come a day and two later.
        published = versions(settings)
        days = [version.name[:10] for version in published]
        assert days == ["2024-03-03", "2024-03-04", "2024-03-10", "2024-03-11"]
        newest = published[-1].name
        for each in workers:
            until(lambda each=each: adopted(each)[-1:] == [newest], 15, "both to score with the newest")

        # A pin reaches those who run, and those who start later begin with it.
        pinned = published[2]
        pin(settings, pinned)
        for each in workers:
            until(lambda each=each: adopted(each)[-1] == pinned.name, 15, "both to score with the pinned one")
        workers[1].kill()
        workers[1].start()
        until(lambda: adopted(workers[1]), SECONDS, "the worker that was started again to adopt")
        assert adopted(workers[1]) == [pinned.name]
