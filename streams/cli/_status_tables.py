"""The tables of `tocsin status`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.table import Table

from streams.cli._output import table

if TYPE_CHECKING:
    from streams.settings import Settings
    from streams.status import Ledger, Models, Status


def tables(settings: Settings, seen: Status) -> Iterator[Table]:
    """Every table, in the order in which an operator asks."""
    yield table(
        f"Topics at {settings.broker}",
        ("topic", "partitions#", "records (at most)#"),
        [(settings.topic(each.topic), each.partitions, each.records) for each in seen.topics],
    )
    yield table(
        f"The worker's inputs: {seen.lag:,} records wait",
        ("stage", "input", "partition#", "next#", "end#", "lag#"),
        [
            (each.stage, each.topic, each.partition, each.next, each.end, _lag(each.lag, exact=each.exact))
            for each in seen.inputs
            if each.next is not None or each.end
        ],
    )
    yield table(
        "Watermarks: how far event time has certainly come",
        ("stage", "partition#", "watermark"),
        [
            (stage, partition, moment(watermark))
            for stage, partitions in seen.watermarks.items()
            for partition, watermark in partitions.items()
        ],
    )
    yield _ledger(seen.ledger)
    if seen.models is not None:
        yield _churn(seen.models, seen.closed)
    yield table(
        "Rang and recovered, by rule",
        ("rule", "ringing#", "recovered#"),
        [
            (rule, states.get("ringing", 0), states.get("recovered", 0))
            for rule, states in seen.alerts.items()
        ],
    )
    if any(seen.uncounted.values()):
        yield table(
            "Came when their time was closed: some input was idle longer than it was behind",
            ("what", "how many#"),
            [
                ("events in no bucket of series", seen.uncounted["events"]),
                ("orders in no window of pairs", seen.uncounted["orders"]),
            ],
        )
    if seen.publishers:
        yield table(
            "Events found in a wrong partition, by publisher (their partitioner is not murmur2)",
            ("publisher", "rerouted#"),
            list(seen.publishers.items()),
        )


def moment(ms: int | None) -> str:
    """A moment in UTC, for people.

    >>> moment(1_700_000_000_000), moment(None)
    ('2023-11-14 22:13:20 UTC', '-')
    """
    if ms is None:
        return "-"
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _churn(models: Models, closed: Mapping[int, int | None]) -> Table:
    return table(
        "Churn",
        ("what", "where it is"),
        [
            ("the newest model", models.newest or "none yet: the prior alone scores"),
            ("examples that it has learnt", models.learnt),
            ("pinned in its place", models.pinned),
            *((f"all of partition {number} were scored at", moment(at)) for number, at in closed.items()),
        ],
    )


def _ledger(ledger: Ledger) -> Table:
    reasons = sorted({reason for counts in ledger.topics.values() for reason in counts.dead_letters})
    rows = [
        (
            topic,
            counts.processed,
            counts.duplicates,
            counts.too_late,
            sum(counts.dead_letters.values()),
            counts.rerouted,
            ", ".join(
                f"{reason} {counts.dead_letters[reason]:,}"
                for reason in reasons
                if reason in counts.dead_letters
            ),
        )
        for topic, counts in sorted(ledger.topics.items())
    ]
    return table(
        f"Ledger: {ledger.ended:,} ended of {ledger.taken:,} taken; {ledger.verdict}",
        (
            "input",
            "processed#",
            "duplicates#",
            "too late#",
            "dead letters#",
            "rerouted#",
            "dead letters by reason",
        ),
        rows,
    )


def _lag(lag: int, *, exact: bool) -> str:
    return f"{lag:,}" if exact else f"<= {lag:,}"
