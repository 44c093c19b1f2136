"""What must come out of given logs: ledger, customers, watermarks, alerts and mails, reckoned with pandas.

Written from the contract, not from the engine, and it shares none of its code. It sees whole logs at once,
which the engine never does; that is why the two can disagree. How the contract is read where it leaves room:

* A log is what one (topic, partition) holds, in order. All copies of an event must lie in one log (`truth`
  refuses anything else): which of two copies in two logs comes first is a matter of speed.
* A copy beyond the horizon is taken again and counts again in the aggregates. For rules it is the same event,
  known since its first copy. A duplicate does not refresh the memory of the copy that was taken.
* After everything is drained: watermark of a partition = the greatest watermark of its own public inputs, of
  the product stage = the greatest of these.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
from support import oracle_rules
from support.oracle_rules import Said, ms
from support.shop import DAY, MINUTE, Record, murmur2_partition

from schemas.alert import digest

Subscriber = tuple[str, Callable[[Said], bool]]

OUTCOMES = ("processed", "dead_letters", "duplicates", "too_late", "rerouted")


@dataclass(frozen=True)
class Truth:
    """Everything that can be compared.

    Attributes:
        ledger: (partition, topic of the public input) -> outcome -> records; only what is not zero.
        reasons: (partition, topic) -> reason -> dead letters.
        publishers: source -> events found in a wrong partition.
        customers: customer id -> its aggregates.
        watermarks: partition -> final watermark, ms.
        alerts: what was said, exactly.
        sent: number of records.
    """

    ledger: dict[tuple[int, str], dict[str, int]]
    reasons: dict[tuple[int, str], dict[str, int]]
    publishers: dict[str, int]
    customers: dict[str, dict[str, Any]]
    watermarks: dict[int, int]
    alerts: frozenset[Said]
    sent: int

    @property
    def totals(self) -> dict[str, int]:
        """Outcome -> records, over all partitions and topics."""
        total: Counter[str] = Counter()
        for counts in self.ledger.values():
            total.update(counts)
        return {outcome: total[outcome] for outcome in OUTCOMES}

    def message_ids(self, subscribers: Sequence[Subscriber], domain: str) -> set[str]:
        """The Message-IDs of all immediate mails."""
        return {
            f"<{digest(said.alert_id, recipient, 'immediate')}@{domain}>"
            for said in self.alerts
            for recipient, wants in subscribers
            if wants(said)
        }


def truth(
    records: Iterable[Record],
    *,
    now: int,
    disorder: int = 10 * MINUTE,
    future_skew: int = 10 * MINUTE,
    horizon: int = 7 * DAY,
) -> Truth:
    """Reckon everything from the logs. All spans and `now` in ms."""
    events, dead = read(records, now=now, disorder=disorder, future_skew=future_skew, horizon=horizon)
    taken = events[events.outcome != "duplicates"]
    wm = (events.groupby("partition").time.max() - disorder).astype(int)
    watermarks = {int(partition): int(value) for partition, value in wm.items()}
    return Truth(
        ledger=_ledger(events, dead),
        reasons=_nested(dead.groupby(["partition", "topic", "reason"]).size()),
        publishers=events[events.misplaced].source.value_counts().to_dict(),
        customers=_customers(taken),
        watermarks=watermarks,
        alerts=frozenset(oracle_rules.alerts(taken, watermarks)),
        sent=len(events) + len(dead),
    )


def read(
    records: Iterable[Record],
    *,
    now: int,
    disorder: int = 10 * MINUTE,
    future_skew: int = 10 * MINUTE,
    horizon: int = 7 * DAY,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What can be read, with when it became known and where it ends; and the dead letters."""
    frame = _frame(records)
    frame["reason"] = frame.poison.mask(frame.time > now + future_skew, "future")
    events = _timed(frame[frame.reason.isna()].copy(), disorder)
    events["outcome"] = _outcomes(events, horizon)
    return events, frame[frame.reason.notna()]


def _frame(records: Iterable[Record]) -> pd.DataFrame:
    """One row per record; `offset` is its place in its log."""
    offsets: defaultdict[tuple[str, int], int] = defaultdict(int)
    rows = []
    for record in records:
        log = (record.topic, record.partition)
        # An event from the future can be read, so that it is found by its time and not by its label.
        poison = None if record.poison == "future" else record.poison
        row = {"topic": record.topic, "partition": record.partition, "offset": offsets[log], "poison": poison}
        offsets[log] += 1
        rows.append(row if poison else row | _parsed(record))
    frame = pd.DataFrame(rows).sort_values(["topic", "partition", "offset"], ignore_index=True)
    return frame.astype({"poison": object, "customer": object})


def _parsed(record: Record) -> dict[str, Any]:
    """The event as its publisher wrote it, structured or binary."""
    assert record.value is not None
    event = json.loads(record.value, parse_float=Decimal)
    headers = dict(record.headers)
    if "ce_id" in headers:
        event = {name[3:]: raw.decode() for name, raw in record.headers if name.startswith("ce_")} | {
            "data": event
        }
    data = event["data"]
    customer = data.get("customer_id")
    return {
        "source": event["source"],
        "id": event["id"],
        "kind": event["type"].split(".")[2],
        "type": ".".join(event["type"].split(".")[1:3]),
        "time": ms(event["time"]),
        "customer": customer,
        "key": customer or data["session_id"],
        "data": data,
    }


def _timed(events: pd.DataFrame, disorder: int) -> pd.DataFrame:
    """Add effective time, lateness, and where each event belongs."""
    events["time"] = events.time.astype("int64")
    log = [events.topic, events.partition]
    before = events.time.groupby(log).cummax().groupby(log).shift() - disorder
    events["late"] = events.time < before
    events["eff"] = events.time.where(~events.late, before).astype("int64")
    events["home"] = events.key.map(lambda key: murmur2_partition(key.encode()))
    events["misplaced"] = events.home != events.partition
    return events


def _outcomes(events: pd.DataFrame, horizon: int) -> pd.Series[str]:
    """processed, duplicates or too_late of every event."""
    outcome = events.late.map({True: "too_late", False: "processed"})
    identity = ["key", "source", "id"]
    copies = events[events.duplicated(identity, keep=False)].sort_values("offset")
    places = copies.drop_duplicates([*identity, "topic", "partition"])
    if places.duplicated(identity).any():
        name = places.loc[places.duplicated(identity), identity].iloc[0].tolist()
        raise ValueError(f"copies of {name} lie in several logs; which one comes first is undecided")
    taken: dict[tuple[str, str, str], int] = {}
    for row in copies.itertuples():
        name = (row.key, row.source, row.id)
        if name in taken and abs(row.eff - taken[name]) <= horizon:
            outcome.loc[row.Index] = "duplicates"
        else:
            taken[name] = row.eff
    return outcome


def _ledger(events: pd.DataFrame, dead: pd.DataFrame) -> dict[tuple[int, str], dict[str, int]]:
    """Outcomes where the event belongs; dead letters and `rerouted` where the record was found."""
    ledger = _nested(events.groupby(["home", "topic", "outcome"]).size())
    for (partition, topic), count in events[events.misplaced].groupby(["partition", "topic"]).size().items():
        ledger.setdefault((partition, topic), {})["rerouted"] = int(count)
    for (partition, topic), count in dead.groupby(["partition", "topic"]).size().items():
        ledger.setdefault((partition, topic), {})["dead_letters"] = int(count)
    return ledger


def _nested(counts: pd.Series[int]) -> dict[tuple[int, str], dict[str, int]]:
    found: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    for (partition, topic, name), count in counts.items():
        found[int(partition), topic][name] = int(count)
    return dict(found)


def _customers(taken: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Aggregates of every customer of whom an event was taken."""
    rows = taken[taken.customer.notna()]
    placed, returned = rows[rows.kind == "placed"], rows[rows.kind == "returned"]
    profiles = rows[rows.topic == "customers"].sort_values(["time", "id"]).groupby("customer").last()
    seen = rows.groupby("customer").time.agg(["min", "max"])
    ordered = placed.groupby("customer").time.agg(["min", "max"])
    lines = placed.data.map(lambda data: len(data["lines"])).groupby(placed.customer).sum()
    spend, refunds = _money(placed, "total"), _money(returned, "amount")
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (customer, name), count in rows.groupby(["customer", "type"]).size().items():
        counts[customer][name] = int(count)
    return {
        customer: {
            "counts": counts[customer],
            "spend": spend.get(customer, {}),
            "refunds": refunds.get(customer, {}),
            "lines": int(lines.get(customer, 0)),
            "first_order": int(ordered["min"][customer]) if customer in ordered.index else None,
            "last_order": int(ordered["max"][customer]) if customer in ordered.index else None,
            "first_seen": int(seen["min"][customer]),
            "last_seen": int(seen["max"][customer]),
            "profile": _profile(profiles.loc[customer]) if customer in profiles.index else None,
        }
        for customer in seen.index
    }


def _profile(newest: pd.Series[Any]) -> dict[str, Any]:
    fields = {name: newest.data.get(name) for name in ("region", "attributes")}
    return {"at": [int(newest.time), newest.id], **fields, "mail": newest.data["consent"]["mail"]}


def _money(rows: pd.DataFrame, field: str) -> dict[str, dict[str, Decimal]]:
    """Customer -> currency -> sum, exact."""
    sums: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for customer, data in zip(rows.customer, rows.data, strict=True):
        sums[customer][data["currency"]] += Decimal(str(data[field]))
    return {customer: dict(sum_of) for customer, sum_of in sums.items()}
