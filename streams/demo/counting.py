"""What came out, counted where it lies: on the topic `alerts`, and in the sink's folder."""

from __future__ import annotations

from collections.abc import Iterator
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path

import orjson

from schemas.alert import Alert, AlertEvent
from streams.closed import Closed
from streams.kafka import clients, reading
from streams.notifier import queries
from streams.notifier.store import Store
from streams.settings import Settings
from streams.topics import ALERTS, WINDOWS, Topic

KINDS = ("immediate", "digest")


def alerts(settings: Settings) -> list[Alert]:
    """Every alert on the topic, as a reader of committed records sees it.

    Raises:
        Transient: the broker is not reachable.
    """
    return [AlertEvent.model_validate_json(value).data for value in _values(settings, ALERTS)]


def windows(settings: Settings) -> Closed:
    """What the closed windows on the topic came to.

    Raises:
        Transient: the broker is not reachable.
    """
    closed = Closed()
    for value in _values(settings, WINDOWS):
        closed.add(orjson.loads(value))
    return closed


def _values(settings: Settings, topic: Topic) -> Iterator[bytes]:
    with clients.reader(settings) as consumer:
        places = reading.partitions(consumer, settings.topic(topic.name))
        for record in reading.read(consumer, reading.spans(consumer, places)):
            yield record.value


def kinds(found: list[Alert]) -> dict[str, int]:
    """How often each rule rang and recovered: `order_late.ringing` to number."""
    counts: dict[str, int] = {}
    for alert in found:
        name = f"{alert.rule}.{alert.state}"
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def mails(folder: Path) -> dict[str, int]:
    """The sink's mails by kind: those about one alert, and digests."""
    counts = dict.fromkeys(KINDS, 0)
    for path in folder.glob("*.eml"):
        counts["immediate" if headers(path)["X-Tocsin-Alert"] else "digest"] += 1
    return counts


def warm_up(settings: Settings) -> int:
    """How many mails and lines of digests the warm-up spared people.

    Raises:
        StoreUnavailable: the notifier's store cannot be read.
    """
    store = Store(settings.store_url)
    try:
        with store.read() as connection:
            return queries.counts(connection)["warm_up"]
    finally:
        store.close()


def newest_ringing(folder: Path) -> Path | None:
    """A mail worth opening: the newest that rings, as .html."""
    ringing = [path for path in folder.glob("*.eml") if headers(path)["X-Tocsin-State"] == "ringing"]
    newest = max(ringing, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)
    return None if newest is None else newest.with_suffix(".html")


def headers(path: Path) -> dict[str, str | None]:
    """The headers of a mail that we look at."""
    with path.open("rb") as file:
        read = BytesHeaderParser(policy=policy.compat32).parse(file)
    return {name: read[name] for name in ("X-Tocsin-Alert", "X-Tocsin-State")}
