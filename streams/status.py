"""What an operator wants to know at one look, added up from topics and partition rows. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from streams.engine.partition_row import Counts, PartitionRow
from streams.engine.versions import Versions
from streams.topics import INPUTS, REROUTED


@dataclass(frozen=True)
class TopicSize:
    """What a topic holds now; transaction markers take offsets too, so `records` is an upper bound."""

    topic: str
    partitions: int
    records: int


@dataclass(frozen=True)
class InputLag:
    """How much of one partition of an input is not yet done.

    Attributes:
        next: offset that the worker will read next; None before it ever worked on the partition.
        end: end of the log.
        lag: records not yet done.
        exact: whether the records were counted; else `lag` counts offsets, transaction markers included.
    """

    stage: str
    topic: str
    partition: int
    next: int | None
    end: int
    lag: int
    exact: bool


@dataclass(frozen=True)
class Ledger:
    """Where everything ended that the worker took from the public inputs.

    Attributes:
        topics: counts by public input topic.
        ended: processed + dead letters + duplicates + too late.
        taken: offsets passed in the public inputs.
        on_the_way: records waiting in `rerouted`.
        verdict: whether the sum is right, in words.
    """

    topics: Mapping[str, Counts]
    ended: int
    taken: int
    on_the_way: int
    verdict: str


@dataclass(frozen=True)
class Models:
    """What the topic `models` holds, in short; whether it can be read, `tocsin models list` knows.

    Attributes:
        newest: version; None before any was published: then the prior alone scores.
        learnt: examples of the newest, of the horizon that alerts speak of.
        pinned: the version that somebody pinned, and that scores in place of the newest.
    """

    newest: str | None
    learnt: int
    pinned: str | None


@dataclass(frozen=True)
class Status:
    """Everything `tocsin status` shows; times are milliseconds since 1970 UTC.

    Attributes:
        closed: by partition, the last midnight at which all its customers were scored.
        models: None where nobody looked.
        uncounted: what came when its time was closed already, which only idleness of an input can bring
            about: `events` in no bucket of series, `orders` in no window of pairs.
    """

    topics: Sequence[TopicSize]
    inputs: Sequence[InputLag]
    watermarks: Mapping[str, Mapping[int, int | None]]
    ledger: Ledger
    alerts: Mapping[str, Mapping[str, int]]
    publishers: Mapping[str, int] = field(default_factory=dict)
    closed: Mapping[int, int | None] = field(default_factory=dict)
    models: Models | None = None
    uncounted: Mapping[str, int] = field(default_factory=dict)

    @property
    def lag(self) -> int:
        """Records that the worker has not yet done, over all inputs."""
        return sum(each.lag for each in self.inputs)

    @property
    def progress(self) -> tuple[int | None, ...]:
        """Where the worker stands; equal twice means that it did nothing in between."""
        return tuple(each.next for each in self.inputs)


def assess(
    topics: Sequence[TopicSize],
    inputs: Sequence[InputLag],
    rows: Mapping[str, Mapping[int, Mapping[str, Any]]],
) -> Status:
    """Add the partition rows up.

    Args:
        topics: sizes of all topics.
        inputs: lag of every input partition of every stage.
        rows: partition rows by stage and partition, as `streams.kafka.rows` reads them.
    """
    typed = {
        stage: {partition: PartitionRow.loads(orjson.dumps(row)) for partition, row in partitions.items()}
        for stage, partitions in rows.items()
    }
    every = [row for partitions in typed.values() for row in partitions.values()]
    alerts: dict[str, Counter[str]] = {}
    publishers: Counter[str] = Counter()
    for row in every:
        publishers.update(row.publishers)
        for name, count in row.alerts.items():
            rule, _, state = name.rpartition(".")
            alerts.setdefault(rule, Counter())[state] += count
    return Status(
        topics=topics,
        inputs=inputs,
        watermarks={
            stage: {partition: row.watermark for partition, row in partitions.items()}
            for stage, partitions in typed.items()
        },
        ledger=add_up(every, inputs),
        alerts={rule: dict(states) for rule, states in sorted(alerts.items())},
        publishers=dict(publishers.most_common()),
        closed={partition: row.closed for partition, row in typed.get("customer", {}).items()},
        uncounted={
            "events": sum(row.missed for row in every),
            "orders": sum(row.pairs.get("missed", 0) for row in every),
        },
    )


def in_short(versions: Versions) -> Models:
    """The versions as an operator sees them; what a document does not say counts as 0.

    >>> in_short(Versions())
    Models(newest=None, learnt=0, pinned=None)
    """
    newest, pinned = next(reversed(versions.all()), None), versions.pinned()
    return Models(
        None if newest is None else newest.name,
        0 if newest is None else _learnt(newest.document()),
        None if pinned is None else pinned.name,
    )


def _learnt(document: Mapping[str, Any]) -> int:
    try:
        body = document["churn"]["body"]
        return next(int(each["learnt"]) for each in body["horizons"] if each["days"] == body["main"])
    except (KeyError, TypeError, ValueError, StopIteration):
        return 0


def add_up(rows: Iterable[PartitionRow], inputs: Iterable[InputLag]) -> Ledger:
    """The ledger over all partitions, held against the offsets that the worker has passed."""
    topics: dict[str, Counts] = {}
    for row in rows:
        for topic, counts in row.ledger.items():
            _add(topics.setdefault(topic, Counts()), counts)
    public = {topic.name for topic in INPUTS}
    inputs = list(inputs)
    taken = sum(each.next or 0 for each in inputs if each.topic in public)
    on_the_way = sum(each.lag for each in inputs if each.topic == REROUTED.name)
    ended = sum(counts.ended for counts in topics.values())
    return Ledger(topics, ended, taken, on_the_way, verdict(taken, ended, on_the_way))


def verdict(taken: int, ended: int, on_the_way: int) -> str:
    """Whether everything taken has ended in exactly one place, in words.

    >>> verdict(taken=7, ended=7, on_the_way=0)
    'adds up'
    >>> verdict(taken=7, ended=6, on_the_way=2)
    'adds up: 1 on the way through rerouted'
    >>> verdict(taken=9, ended=7, on_the_way=0)
    'differs by 2: offsets that were no records (transaction markers, expired), or a defect'
    """
    difference = taken - ended
    if difference == 0:
        return "adds up"
    if 0 < difference <= on_the_way:
        return f"adds up: {difference} on the way through rerouted"
    return (
        f"differs by {difference}: offsets that were no records (transaction markers, expired), or a defect"
    )


def _add(into: Counts, counts: Counts) -> None:
    into.processed += counts.processed
    into.duplicates += counts.duplicates
    into.too_late += counts.too_late
    into.rerouted += counts.rerouted
    for reason, number in counts.dead_letters.items():
        into.dead_letters[reason] = into.dead_letters.get(reason, 0) + number
