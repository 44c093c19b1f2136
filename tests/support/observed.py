"""What did come out, read where operators and users read it: changelogs, alerts, mails; how it differs."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from support.oracle import OUTCOMES, Truth
from support.oracle_rules import Said, ms
from support.wait import until

Rows = Mapping[tuple[int, bytes], Any]

PARTITION_ROW = b"\x00partition"
HELD = b"d/"
CUSTOMER = b"c/"


class Log:
    """Reads a topic from its beginning.

    Args:
        broker: host:port.
        topic: its name on the broker.
        committed: leave out what was aborted or is not committed yet.
    """

    def __init__(self, broker: str, topic: str, *, committed: bool) -> None:
        self.consumer = KafkaConsumer(
            bootstrap_servers=broker,
            isolation_level="read_committed" if committed else "read_uncommitted",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=20,
        )
        numbers = sorted(self.consumer.partitions_for_topic(topic))
        self.partitions = [TopicPartition(topic, number) for number in numbers]
        self.consumer.assign(self.partitions)
        self.consumer.seek_to_beginning(*self.partitions)

    def read(self) -> list[Any]:
        """What came since the last call, to the end: a position, for control records have offsets as well."""
        found: list[Any] = []
        ends = self.consumer.end_offsets(self.partitions)

        def at_end() -> bool:
            for records in self.consumer.poll(timeout_ms=20, max_records=1_000_000).values():
                found.extend(records)
            return all(self.consumer.position(each) >= ends[each] for each in self.partitions)

        until(at_end, 30, f"the end of {self.partitions[0].topic}")
        return found

    def close(self) -> None:
        """Give the consumer back."""
        self.consumer.close()


def committed(broker: str, topic: str) -> list[Any]:
    """Every committed record of a topic, read anew.

    The embedded broker names an aborted transaction to readers that are long past it, and they then leave
    out what its producer commits later. One read from the beginning is right on every broker.
    """
    log = Log(broker, topic, committed=True)
    try:
        return log.read()
    finally:
        log.close()


def newest(records: Iterable[Any]) -> Rows:
    """The newest value of every (partition, key) of a compacted topic."""
    rows: dict[tuple[int, bytes], Any] = {}
    for record in records:
        row = (record.partition, record.key)
        if record.value is None:
            rows.pop(row, None)
        else:
            rows[row] = json.loads(record.value)
    return rows


def partition_rows(records: Iterable[Any]) -> dict[int, Any]:
    """Where each partition stands after these records; the rest of them is not even parsed."""
    last = {record.partition: record.value for record in records if record.key == PARTITION_ROW}
    return {partition: json.loads(value) for partition, value in last.items()}


@dataclass(frozen=True)
class Observed:
    """The parts of `Truth`, as they were found.

    Attributes:
        alerts: every alert on the topic, in the order read; a doubled one is there twice.
        message_ids: Message-ID of every stored mail; a doubled one is there twice.
    """

    ledger: dict[tuple[int, str], dict[str, int]]
    reasons: dict[tuple[int, str], dict[str, int]]
    publishers: dict[str, int]
    customers: dict[str, dict[str, Any]]
    watermarks: dict[int, int]
    alerts: list[Said]
    message_ids: list[str]


def ended(row: Any) -> int:
    """How many records have found their end in one partition."""
    return sum(
        counts["processed"] + counts["duplicates"] + counts["too_late"] + sum(counts["dead_letters"].values())
        for counts in row["ledger"].values()
    )


def of_ledger(rows: Mapping[int, Any]) -> tuple[dict[Any, dict[str, int]], dict[Any, dict[str, int]]]:
    """Ledger and reasons as the oracle writes them: only what is not zero."""
    ledger: dict[tuple[int, str], dict[str, int]] = {}
    reasons: dict[tuple[int, str], dict[str, int]] = {}
    for partition, row in rows.items():
        for topic, counts in row["ledger"].items():
            dead = counts["dead_letters"]
            numbers = counts | {"dead_letters": sum(dead.values())}
            found = {name: numbers[name] for name in OUTCOMES if numbers[name]}
            if found:
                ledger[partition, topic] = found
            if dead:
                reasons[partition, topic] = dead
    return ledger, reasons


def of_publishers(rows: Mapping[int, Any]) -> dict[str, int]:
    """Misplaced events by source."""
    total: Counter[str] = Counter()
    for row in rows.values():
        total.update({source: counts["rerouted"] for source, counts in row["publishers"].items()})
    return dict(total)


def of_customers(rows: Rows) -> dict[str, dict[str, Any]]:
    """Aggregates by customer id; a customer with rows in two partitions is refused."""
    found: dict[str, dict[str, Any]] = {}
    for (partition, key), row in rows.items():
        if not key.startswith(CUSTOMER):
            continue
        customer, agg = key[len(CUSTOMER) :].decode(), row["agg"]
        assert customer not in found, f"{customer} has a second row, in partition {partition}"
        money = {
            name: {currency: Decimal(amount) for currency, amount in agg.get(name, {}).items()}
            for name in ("spend", "refunds")
        }
        times = {name: agg.get(name) for name in ("first_order", "last_order", "first_seen", "last_seen")}
        found[customer] = {
            "counts": agg["counts"],
            "lines": agg.get("lines", 0),
            "profile": _profile(row.get("profile")),
            **money,
            **times,
        }
    return found


def _profile(row: Any) -> dict[str, Any] | None:
    if not row:
        return None
    return {
        "at": row["at"],
        "region": row.get("region"),
        "attributes": row["attributes"],
        "mail": row["consent"]["mail"],
    }


def of_alerts(records: Iterable[Any]) -> list[Said]:
    """What was said, message by message; the envelope's id and the record's key are checked on the way."""
    said = []
    for record in records:
        event = json.loads(record.value)
        data = event["data"]
        assert record.key.decode() == data["episode"]
        moments = (ms(data["since"]), ms(data["at"]))
        said.append(Said(event["id"], data["state"], data["rule"], data["entity"], *moments))
    return said


def of_mails(folder: Path) -> list[str]:
    """Message-IDs of the stored mails."""
    return [
        str(message_from_bytes(path.read_bytes(), policy=default)["Message-ID"]).strip()
        for path in sorted(folder.glob("**/*.eml"))
    ]


def differences(truth: Truth, message_ids: set[str], found: Observed, most: int = 12) -> list[str]:
    """Where what came out is not what must come out, in words; empty if it is equal, exactly."""
    words: defaultdict[str, list[str]] = defaultdict(list)
    for name in ("ledger", "reasons", "publishers", "customers", "watermarks"):
        wanted, got = getattr(truth, name), getattr(found, name)
        for key in sorted(wanted.keys() | got.keys(), key=str):
            if wanted.get(key) != got.get(key):
                words[name].append(f"{name} of {key}: wanted {wanted.get(key)}, got {got.get(key)}")
    for name, wanted_ids, got_ids in (
        ("alerts", truth.alerts, found.alerts),
        ("mails", message_ids, found.message_ids),
    ):
        counted = Counter(got_ids)
        words[name] += [f"{name}: missing {each}" for each in sorted(wanted_ids - counted.keys())]
        words[name] += [f"{name}: not wanted {each}" for each in sorted(counted.keys() - wanted_ids)]
        words[name] += [f"{name}: {n} times {each}" for each, n in sorted(counted.items()) if n > 1]
    lines: list[str] = []
    for name, found_words in words.items():
        lines += found_words[:most]
        if len(found_words) > most:
            lines.append(f"{name}: and {len(found_words) - most} more")
    return lines
