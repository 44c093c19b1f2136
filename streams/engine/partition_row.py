"""The partition row: where a partition stands. It is written in the same atomic step as everything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

KEY = b"\x00partition"
_MOST_PUBLISHERS = 100  # sources are named by outsiders; the row must not grow with them


@dataclass
class Counts:
    """Where the events of one input topic ended: each in exactly one place, rerouted ones where they went."""

    processed: int = 0
    duplicates: int = 0
    too_late: int = 0
    rerouted: int = 0
    dead_letters: dict[str, int] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        """Events that ended here."""
        return self.processed + self.duplicates + self.too_late + sum(self.dead_letters.values())


@dataclass
class PartitionRow:
    """Offsets, watermark and counters of one partition of one stage.

    Attributes:
        offsets: next offset to read, by input topic. A replay of anything before it is skipped.
        newest: greatest event time seen, ms, by public input.
        announced: watermark that each source partition announced, ms.
        told: the watermark of the public inputs that other partitions were told last, ms; of a stage that
            tells nobody, the watermark that its row was written for last.
        told_partials: the watermark that the next stage was told last, ms.
        watermark: how far event time has certainly come, ms.
        settled: in a replay, the watermark up to which nothing is left to do, ms: of what passed later,
            something may wait for another step.
        ledger: counts by public input topic.
        publishers: rerouted events by their `source`.
        alerts: messages by rule and state, e.g. `order_late.ringing`.
        begins: least effective time of a placed order, ms.
        closed: the last moment whose scores and labels are done, ms.
        closing: the moment that is being closed, and how far that has come; see `churn.closing`.
        newcomers: first orders by their time, see `detectors.churn.newcomers`.
        measured: end of the last base bucket of series that is closed, ms; see `series.open_buckets`.
        missed: events that came after their base bucket was closed.
        pairs: how far orders have been sent as baskets, see `pairs.keeping`.
    """

    offsets: dict[str, int] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    announced: dict[str, int] = field(default_factory=dict)
    told: int | None = None
    told_partials: int | None = None
    watermark: int | None = None
    settled: int | None = None
    ledger: dict[str, Counts] = field(default_factory=dict)
    publishers: dict[str, int] = field(default_factory=dict)
    alerts: dict[str, int] = field(default_factory=dict)
    begins: int | None = None
    closed: int | None = None
    closing: dict[str, Any] | None = None
    newcomers: dict[str, Any] | None = None
    measured: int | None = None
    missed: int = 0
    pairs: dict[str, Any] = field(default_factory=dict)

    def counts(self, topic: str) -> Counts:
        """The counters of one input topic."""
        found = self.ledger.get(topic)
        if found is None:
            found = self.ledger[topic] = Counts()
        return found

    def count_publisher(self, source: str) -> None:
        """Count a misplaced event of a publisher."""
        if source not in self.publishers and len(self.publishers) >= _MOST_PUBLISHERS:
            source = "(others)"
        self.publishers[source] = self.publishers.get(source, 0) + 1

    def dumps(self) -> bytes:
        """JSON, as it stands in the changelog."""
        return orjson.dumps(
            {
                "v": 1,
                "offsets": self.offsets,
                "inputs": {topic: {"max": newest} for topic, newest in self.newest.items()},
                "announced": self.announced,
                "told": self.told,
                "told_partials": self.told_partials,
                "watermark": self.watermark,
                "settled": self.settled,
                "ledger": self.ledger,
                "publishers": {source: {"rerouted": n} for source, n in self.publishers.items()},
                "alerts": self.alerts,
                "begins": self.begins,
                "closed": self.closed,
                "closing": self.closing,
                "newcomers": self.newcomers,
                "measured": self.measured,
                "missed": self.missed,
                "pairs": self.pairs,
            }
        )

    @classmethod
    def loads(cls, raw: bytes) -> PartitionRow:
        """Read back what `dumps` wrote.

        >>> row = PartitionRow(offsets={"orders": 7}, newest={"orders": 12}, watermark=2)
        >>> row.counts("orders").processed += 7
        >>> PartitionRow.loads(row.dumps()) == row
        True
        """
        data = orjson.loads(raw)
        return cls(
            offsets=data["offsets"],
            newest={topic: at["max"] for topic, at in data["inputs"].items()},
            announced=data["announced"],
            told=data["told"],
            told_partials=data["told_partials"],
            watermark=data["watermark"],
            settled=data["settled"],
            ledger={topic: Counts(**counts) for topic, counts in data["ledger"].items()},
            publishers={source: n["rerouted"] for source, n in data["publishers"].items()},
            alerts=data["alerts"],
            begins=data["begins"],
            closed=data["closed"],
            closing=data["closing"],
            newcomers=data["newcomers"],
            measured=data["measured"],
            missed=data["missed"],
            pairs=data.get("pairs", {}),
        )

    def copy(self) -> PartitionRow:
        """An independent copy: a step changes nothing until it is committed."""
        return self.loads(self.dumps())
