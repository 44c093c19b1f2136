"""Twenty thousand hostile records through real processes: what comes out equals the oracle, exactly.

The oracle knows whole logs and the contract, nothing of the engine. All is published before anybody reads, so
that the logs are what they are; from there on any speed, any kill and any rebalance must give the same. The
values of closed series and the counts of pairs have an oracle, too. What a pinned model scores, and what
rings in a series, must be what the pure stages make of these logs in one process.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import orjson
import pytest
from kafka.admin import KafkaAdminClient
from support import oracle, oracle_windows, shop
from support.brokers import settings_for
from support.engine_truth import EngineTruth, engine_truth
from support.fleet import Child, Fleet
from support.models import taught
from support.observed import differences
from support.oracle import Subscriber, Truth, ms
from support.shop import Record
from support.wait import until
from support.watch import Watch, thresholds

from streams.engine.models import document, untaught
from streams.engine.versions import Version
from streams.kafka.models import pin

SEED = 20_240_301
NOW = ms("2026-01-01T00:00:00Z")
MAIL_DOMAIN = "tocsin.example"
CONFIG = """\
analysts:
  - name: Ana
    mail: ana@example.com
    receives:
      - rules: [order_late, out_of_stock]
  - name: Bo
    mail: bo@example.com
    receives:
      - rules: [ticket_unanswered]
        recovered: false
      - rules: [out_of_stock]
  - name: Cy
    mail: cy@example.com
    receives:
      - rules: [churn, churn_drift]
        churn: {per_day: 2}
  - name: Di
    mail: di@example.com
    receives:
      - rules: [series, series_drift, data_quality, pairs, watch]
rules:
  churn: {horizon: 7d, horizons: [7d], examples: 0}
timezone: Europe/Berlin
"""
WATCHED = """\
series: {currency: EUR}
pairs: {level: [category, product], windows: [7d, 14d], regions: [north]}
watch:
  - name: Busy hours
    series: {measure: orders, bucket: 1h, is: above 5}
  - name: The north is quiet
    series: {measure: orders, region: north, is: below 12, for: 2}
  - name: Who waits for a parcel
    series: {measure: unanswered_tickets, category: delivery, is: above 60}
  - name: Scones and jam in the north
    pairs: {product: p-scone, with: p-jam, region: north}
"""
ZONE, CURRENCY = "Europe/Berlin", "EUR"
PAIRS = list(product(("category", "product"), (None, "north"), (7, 14)))
"""Level, region and days of every window of pairs."""
WATCHING = frozenset({"series", "series_drift", "data_quality", "pairs", "watch"})
SUBSCRIBERS: list[Subscriber] = [
    ("ana@example.com", lambda said: said.rule in {"order_late", "out_of_stock"}),
    (
        "bo@example.com",
        lambda said: (
            said.rule in {"ticket_unanswered", "out_of_stock"} and (said.rule, said.state) != RECOVERED_TICKET
        ),
    ),
    ("cy@example.com", lambda said: said.rule.startswith("churn")),
    ("di@example.com", lambda said: said.rule in WATCHING),
]
PINNED = taught("2024-01-01-pinned", 40, horizons=(7,), main=7)
RECOVERED_TICKET = ("ticket_unanswered", "recovered")
SETTINGS = {"mail_domain": MAIL_DOMAIN, "idle_after": "PT3S"}


@dataclass(frozen=True)
class World:
    """What goes in, and what must come out."""

    records: list[Record]
    truth: Truth
    engine: EngineTruth
    series: oracle_windows.Series
    pairs: oracle_windows.Pairs
    message_ids: set[str]


@pytest.fixture(scope="module")
def world() -> World:
    records = shop.build(SEED)
    engine = engine_truth(records, now=NOW, config=CONFIG + WATCHED, adopted=PINNED)
    truth = with_engine(oracle.truth(records, now=NOW), engine)
    states = {"ringing", "recovered"}
    assert {said.state for said in engine.alerts if said.rule.startswith("churn")} == states
    assert {said.state for said in engine.alerts if said.rule in WATCHING} == states
    assert {"series", "data_quality", "watch"} <= {said.rule for said in engine.alerts}
    windows = of_windows(records, truth)
    return World(records, truth, engine, *windows, truth.message_ids(SUBSCRIBERS, MAIL_DOMAIN))


def of_windows(records: list[Record], truth: Truth) -> tuple[oracle_windows.Series, oracle_windows.Pairs]:
    """What closed windows must say."""
    events, dead = oracle.read(records, now=NOW)
    return (
        oracle_windows.Series(events, dead, truth.watermarks, zone=ZONE, currency=CURRENCY),
        oracle_windows.Pairs(events, truth.watermarks, zone=ZONE, windows=PAIRS),
    )


def with_engine(truth: Truth, engine: EngineTruth) -> Truth:
    """With the alerts that the engine makes beside those that the oracle reckons."""
    return replace(truth, alerts=truth.alerts | engine.alerts)


def check_windows(world: World, watch: Watch) -> None:
    """Every window has the values and counts of the events, and each is there once."""
    windows = oracle_windows.read(watch.windows().elements())
    found = [*world.series.differences(windows["series"]), *world.pairs.differences(windows["pairs"])]
    assert not found, "\n".join(found[:12])


@contextmanager
def published(world: World, broker: str, prefix: str, home: Path, **more: str) -> Iterator[Watch]:
    """Everything published, the sink up, nobody reading yet."""
    with Fleet(broker, prefix, home, **(SETTINGS | more)) as fleet:
        fleet.configure(CONFIG + WATCHED)
        fleet.create_topics()
        pin(settings_for(broker, prefix), Version(PINNED.version, orjson.dumps(document(PINNED))))
        fleet.publish(world.records)
        fleet.start_sink()
        with Watch(fleet, world.truth, world.engine, world.message_ids) as watch:
            yield watch


def test_a_plain_run_is_exact(world: World, broker: str, prefix: str, tmp_path: Path) -> None:
    with published(world, broker, prefix, tmp_path) as watch:
        watch.fleet.start_worker()
        watch.fleet.start_notifier()

        def all_well() -> bool:
            assert watch.fleet.tend() == [], "nobody has a reason to end"
            return True

        watch.finish(120, all_well)
        found = watch.stop_and_compare()
        check_windows(world, watch)
        windows = oracle_windows.read(watch.windows().elements())
    # The same comparison fails when a single record is left out, so it would have told.
    poorer = with_engine(oracle.truth(world.records[:-1], now=NOW), world.engine)
    assert differences(poorer, world.message_ids, found)
    assert differences(world.truth, world.message_ids - {min(world.message_ids)}, found)
    middle = len(world.records) // 2
    order = next(
        n for n, each in enumerate(world.records[middle:], middle) if b"order.placed" in (each.value or b"")
    )
    series, pairs = of_windows(world.records[:order] + world.records[order + 1 :], world.truth)
    assert list(series.differences(windows["series"]))
    assert list(pairs.differences(windows["pairs"]))
    # With the prior instead of what is pinned others would have been told of: the pin made it so.
    without = CONFIG + "series: false\npairs: false\n"
    prior = engine_truth(world.records, now=NOW, config=without, adopted=untaught((7,), 7))
    assert prior.alerts != {said for said in world.engine.alerts if said.rule.startswith("churn")}


class Killer:
    """Kills a child at work each time a count has passed the next threshold, and starts it again."""

    def __init__(self, child: Child, at: Sequence[int]) -> None:
        self.child = child
        self.at = list(at)

    def look(self, count: int) -> None:
        """Strike, if it is time."""
        if self.at and count >= self.at[0] and self.child.has_spoken:
            self.at.pop(0)
            self.child.kill()
            self.child.start()


def test_three_kills_of_worker_and_notifier_change_nothing(
    world: World, broker: str, prefix: str, tmp_path: Path
) -> None:
    rng = random.Random(SEED)
    with published(world, broker, prefix, tmp_path, batch="100") as watch:
        moments = sorted(rng.uniform(low, low + 0.2) for low in (0.05, 0.35, 0.65))
        worker = Killer(watch.fleet.start_worker(), thresholds(world.truth.sent, moments))
        moments = sorted(rng.uniform(low, low + 0.2) for low in (0.05, 0.35, 0.65))
        notifier = Killer(watch.fleet.start_notifier(), thresholds(len(world.message_ids), moments))

        def all_killed() -> bool:
            worker.look(watch.progress())
            notifier.look(watch.mails())
            watch.fleet.tend()
            return not worker.at and not notifier.at

        watch.finish(240, all_killed)
        watch.stop_and_compare()
        check_windows(world, watch)


@pytest.mark.kafka
def test_a_worker_frozen_beyond_its_session_changes_nothing_when_it_wakes(
    world: World, kafka_broker: str, prefix: str, tmp_path: Path
) -> None:
    """Only Apache Kafka: the embedded broker never gives a silent member's partitions to another one."""
    # The frozen worker's partitions say nothing until they are taken over. Who waits for what they forward
    # must not take that silence for the end of all events, so idle_after is longer than session and takeover.
    more = {"batch": "50", "session_timeout": "PT6S", "idle_after": "PT15S"}
    with published(world, kafka_broker, prefix, tmp_path, **more) as watch:
        fleet = watch.fleet
        frozen = fleet.start_worker("worker-1")
        fleet.start_worker("worker-2")
        fleet.start_notifier()
        until(lambda: watch.progress() >= world.truth.sent // 10, 60, "a tenth of the records")
        frozen.freeze()
        before = watch.ended()
        until(lambda: _grown_everywhere(watch, before), 60, "its successor to go on in every partition")
        frozen.resume()

        def supervised() -> bool:
            fleet.tend()
            return True

        watch.finish(240, supervised)
        until(
            lambda: _belongs(fleet, frozen), 30, "the resumed worker to be a member again, or to have ended"
        )
        watch.stop_and_compare()
        check_windows(world, watch)


def _grown_everywhere(watch: Watch, before: dict[int, int]) -> bool:
    """Somebody has gone on in every partition that had not come to its end."""
    now = watch.ended()
    whole = dict.fromkeys(range(shop.PARTITIONS), 0)
    for (number, _), counts in watch.truth.ledger.items():
        whole[number] += sum(count for name, count in counts.items() if name != "rerouted")
    return all(
        now.get(number, 0) > before.get(number, 0) or now.get(number) == whole[number] for number in whole
    )


def _belongs(fleet: Fleet, child: Child) -> bool:
    """It ended itself and was started again, or its group has taken it back."""
    admin = KafkaAdminClient(bootstrap_servers=fleet.broker)
    try:
        described = admin.describe_groups([f"{fleet.prefix}tocsin"])
    finally:
        admin.close()
    return child.starts > 1 or f"{child.name}" in str(described)
