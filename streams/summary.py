"""What a run came to, as `summary.json` holds it: all of it counted, none of it made up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from streams.closed import Closed
from streams.engine.partition_row import PartitionRow
from streams.topics import INPUTS


def summary(
    sent: Mapping[str, int],
    rows: Iterable[PartitionRow],
    *,
    mails: Mapping[str, int],
    seconds: float,
    churn: Mapping[str, Any] | None = None,
    closed: Closed | None = None,
) -> dict[str, Any]:
    """Add up partition rows.

    Args:
        sent: records sent, by input topic.
        rows: the partition rows of every stage.
        mails: mails by kind, `immediate` and `digest`.
        seconds: how long the run took.
        churn: what came of it, where it was asked for.
        closed: the windows that closed, where series and pairs are looked at.

    >>> row = PartitionRow()
    >>> row.counts("orders").processed = 3
    >>> row.alerts["order_late.ringing"] = 1
    >>> found = summary({"orders": 3}, [row], mails={}, seconds=1.5)
    >>> found["processed"], found["events_per_second"], found["alerts"]
    (3, 2.0, {'order_late.ringing': 1})
    """
    rows = list(rows)
    counts = [each for row in rows for each in row.ledger.values()]
    alerts: dict[str, int] = {}
    for row in rows:
        for kind, n in row.alerts.items():
            alerts[kind] = alerts.get(kind, 0) + n
    found: dict[str, Any] = {
        "input": {topic.name.replace("-", "_"): sent.get(topic.name, 0) for topic in INPUTS},
        "processed": sum(each.processed for each in counts),
        "dead_letters": sum(sum(each.dead_letters.values()) for each in counts),
        "duplicates": sum(each.duplicates for each in counts),
        "too_late": sum(each.too_late for each in counts),
        "rerouted": sum(each.rerouted for each in counts),
        "events_per_second": round(sum(sent.values()) / seconds, 1) if seconds else 0.0,
        "seconds": round(seconds, 2),
        "alerts": dict(sorted(alerts.items())),
        "mails": {"immediate": mails.get("immediate", 0), "digest": mails.get("digest", 0)},
    }
    if closed is not None:
        found |= {"series": closed.series, "pairs": closed.pairs}
    return found if churn is None else {**found, "churn": dict(churn)}


def adds_up(found: Mapping[str, Any]) -> bool:
    """Whether every record that was sent ended in exactly one place."""
    ended = sum(found[name] for name in ("processed", "dead_letters", "duplicates", "too_late"))
    return bool(ended == sum(found["input"].values()))
