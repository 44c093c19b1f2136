"""A seeded shop whose publishers behave as publishers do: late, twice, into wrong partitions, and in garbage.

`build(seed)` gives the logs: every record of every (topic, partition) in the order in which it is appended.
The same seed gives the same bytes. What a record means is left to its reader; only poison carries the reason
for which it must be refused, because the one who made it knows.
"""

from __future__ import annotations

import json
import random
import zlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from kafka.partitioner import murmur2

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp()) * 1000
END = START + 30 * DAY
PARTITIONS = 4
TOPICS = ("orders", "tickets", "web-events", "contacts", "customers")

SHOP, HELPDESK, TRACKER = "https://shop.example/api", "urn:example:helpdesk", "urn:example:tracker"
LEGACY = "urn:example:till"
"""The publisher that lets librdkafka choose the partition: CRC32 of the key, not murmur2."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of one log. `poison` is the reason of its dead letter, None for what can be read."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    poison: str | None = None


@dataclass(frozen=True, slots=True)
class Emission:
    """An event and the moment when it reaches its log."""

    published: int
    topic: str
    kind: str
    source: str
    id: str
    time: int
    key: str
    data: dict[str, Any]
    spelling: int = 0

    @property
    def partition(self) -> int:
        """Where its publisher puts it, right or wrong."""
        return (crc32_partition if self.source == LEGACY else murmur2_partition)(self.key.encode())


@dataclass(slots=True)
class Stream:
    """Collects what the stories tell: events, and poison between them."""

    rng: random.Random
    emissions: list[Emission] = field(default_factory=list)
    poison: list[tuple[int, Record]] = field(default_factory=list)
    _counts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def emit(
        self,
        topic: str,
        kind: str,
        time: int,
        data: dict[str, Any],
        *,
        source: str,
        key: str | None = None,
        late: int = 0,
    ) -> Emission:
        """Publish an event, `late` ms after it happened or within the bound of disorder (10 min)."""
        key = key or data.get("customer_id") or data["session_id"]
        # The till numbers the events of each customer from 1, so its ids mean nothing without the key.
        scope = (source, key if source == LEGACY else "")
        self._counts[scope] += 1
        number = self._counts[scope]
        ident = str(number) if source == LEGACY else f"{number * 7919 % 1_000_003:06d}-{topic[0]}"
        delay = late or self.rng.randrange(0, 9 * MINUTE)
        emission = Emission(time + delay, topic, kind, source, ident, time, key, data)
        self.emissions.append(emission)
        return emission


def build(seed: int) -> list[Record]:
    """All records, in an order of publication that keeps the order of each log."""
    from support import shop_poison, shop_stories  # noqa: PLC0415 - they are told with this file's words

    stream = Stream(random.Random(seed))
    shop_stories.tell(stream)
    _repeat(stream)
    shop_poison.strew(stream)
    timeline = [(emission.published, _record(emission)) for emission in stream.emissions]
    timeline += stream.poison
    timeline.sort(key=lambda item: item[0])
    return [record for _, record in timeline]


def logs(records: list[Record]) -> dict[tuple[str, int], list[Record]]:
    """The records by (topic, partition), as a broker would keep them."""
    found: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for record in records:
        found[record.topic, record.partition].append(record)
    return dict(found)


def shuffled(records: list[Record], seed: int) -> list[Record]:
    """Another interleaving of the same logs."""
    rng = random.Random(seed)
    queues = {log: iter(entries) for log, entries in logs(records).items()}
    order = [(record.topic, record.partition) for record in records]
    rng.shuffle(order)
    return [next(queues[log]) for log in order]


def murmur2_partition(key: bytes) -> int:
    """The contract's partitioner."""
    return (murmur2(key) & 0x7FFFFFFF) % PARTITIONS


def crc32_partition(key: bytes) -> int:
    """What librdkafka does with its default settings ("consistent")."""
    return zlib.crc32(key) % PARTITIONS


def iso(ms: int, offset_hours: int = 0) -> str:
    """RFC 3339 with milliseconds.

    >>> iso(0), iso(1500, 2)
    ('1970-01-01T00:00:00.000Z', '1970-01-01T02:00:01.500+02:00')
    """
    zone = timezone(timedelta(hours=offset_hours))
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    text = moment.astimezone(zone).isoformat(timespec="milliseconds")
    return text if offset_hours else text.replace("+00:00", "Z")


def envelope(emission: Emission, time: str) -> dict[str, Any]:
    """The event as a structured CloudEvent."""
    topic = {"orders": "order", "tickets": "ticket", "web-events": "web", "contacts": "contact"}
    kind = f"tocsin.{topic.get(emission.topic, 'customer')}.{emission.kind}.v1"
    return {
        "specversion": "1.0",
        "id": emission.id,
        "source": emission.source,
        "type": kind,
        "time": time,
        "data": emission.data,
    }


def _record(emission: Emission) -> Record:
    """Bytes as various clients write them; none of the variations changes what is said."""
    rng = random.Random(f"{emission.source} {emission.key} {emission.id} {emission.spelling}")
    event = envelope(emission, iso(emission.time, rng.choice((0, 0, 0, 2, -7))))
    key: bytes | None = emission.key.encode()
    style = rng.random()
    if style < 0.01:
        key = None if style < 0.005 else b"somebody-else"  # the event says whose it is, not the record's key
    if style > 0.9:
        data = event.pop("data")
        headers = [(f"ce_{name}", str(value).encode()) for name, value in event.items()]
        headers += [("content-type", b"application/json"), ("traceparent", b"00-\xff\xfe")]
        value = json.dumps(data).encode()
    else:
        headers = []
        if style > 0.85:
            event |= {"datacontenttype": "application/json", "x_campaign": [1, {"a": None}], "subject": "s"}
            event["data"] = event["data"] | {"unheard_of": {"deep": [1, 2, 3]}}
        value = json.dumps(event, ensure_ascii=style < 0.5, indent=1 if 0.5 < style < 0.52 else None).encode()
    return Record(emission.topic, emission.partition, key, value, tuple(headers))


def _repeat(stream: Stream) -> None:
    """Copies of what was sent: most soon after, some after days, some beyond the horizon of a week."""
    rng = stream.rng
    originals = list(stream.emissions)
    for emission in rng.sample(originals, len(originals) // 25):
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            pause = rng.choice(
                (rng.randrange(2 * HOUR), rng.randrange(2 * HOUR), rng.randrange(DAY, 6 * DAY))
            )
            # A publisher that sends again sends the same bytes; one that builds the event anew may not.
            spelling = rng.choice((0, 0, 0, 1))
            copy = replace(emission, published=emission.published + pause, spelling=spelling)
            stream.emissions.append(copy)
    early = [emission for emission in originals if emission.time < START + 15 * DAY]
    for emission in rng.sample(early, 80):
        pause = rng.randrange(8 * DAY, 14 * DAY)
        stream.emissions.append(replace(emission, published=emission.published + pause))
