"""Everything that must be refused, each with the reason it must be refused for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from support.shop import END, PARTITIONS, SHOP, START, TOPICS, Emission, Record, Stream, envelope, iso

Headers = tuple[tuple[str, bytes], ...]

ANYWHERE = dict.fromkeys(("tombstone", "empty", "not_json", "not_utf8", "oversized", "not_an_event"), TOPICS)
ANYWHERE["wrong_topic"] = tuple(topic for topic in TOPICS if topic != "orders")
"""Reasons that do not need the topic of orders, of which all the poisonous events are."""


def strew(stream: Stream) -> None:
    """Put some of each kind at seeded moments into seeded logs."""
    rng = stream.rng
    for reason, value, headers in kinds():
        for _ in range(1 if value and len(value) > 50_000 else 6):
            topic = rng.choice(ANYWHERE.get(reason, ("orders",)))
            key = rng.choice((b"c-0001", b"\xff\x00", b"c-0100"))
            log = (topic, rng.randrange(PARTITIONS))
            record = Record(*log, key, value, headers, poison=reason)
            stream.poison.append((rng.randrange(START, END), record))


def kinds() -> Iterator[tuple[str, bytes | None, Headers]]:
    """Reason, value and headers of each kind."""
    for reason, value in _unreadable():
        yield reason, value, ()
    for reason, event in _wrong():
        yield reason, json.dumps(event).encode(), ()
    # Neither is JSON that can be read: RFC 8259 has no NaN, and no parser of ours takes 5,000 digits.
    yield "not_json", _raw(total="NaN").replace(b'"NaN"', b"NaN"), ()
    yield "not_json", _raw(total="DIGITS").replace(b'"DIGITS"', b"9" * 5_000), ()
    yield "invalid", _raw(total="1e400").replace(b'"1e400"', b"1e400"), ()
    yield "invalid", _raw(order_id="bad\nid"), ()
    yield "invalid", b"{}", _binary(event_type="tocsin.order.placed.v1")
    yield "not_json", b"{", _binary(event_type="tocsin.order.placed.v1")
    yield "unknown_type", b"{}", _binary(event_type="tocsin.order.lost.v1")


def _unreadable() -> Iterator[tuple[str, bytes | None]]:
    yield "tombstone", None
    yield "empty", b""
    yield "not_json", b'{"specversion": "1.0", "id":'
    yield "not_json", b"\x00\x01\x02"
    yield "not_json", b"[" * 100_000
    yield "not_json", b"[" * 100_000 + b"]" * 100_000
    yield "not_utf8", b'{"id": "\xff\xfe"}'
    yield "not_utf8", _raw().replace(b"o-1", b"o-\xc3\x28")
    yield "oversized", b'{"pad": "' + b"x" * (1 << 20) + b'"}'
    yield "oversized", _raw(reason="y" * 300_000)
    yield "not_an_event", b"[1, 2, 3]"
    yield "not_an_event", b"42"
    yield "not_an_event", b'{"hello": "world"}'


def _wrong() -> Iterator[tuple[str, Any]]:
    good = _event()
    yield "unknown_type", good | {"type": "tocsin.order.placed.v9"}
    yield "wrong_topic", good
    for change in (
        {"time": "2024-03-03T12:00:00"},
        {"time": "2201-01-01T00:00:00Z"},
        {"time": "yesterday"},
        {"id": ""},
        {"id": 7},
        {"data": None},
    ):
        yield "invalid", good | change
    for change in (
        {"order_id": 12},
        {"customer_id": ""},
        {"customer_id": " padded "},
        {"currency": "euro"},
        {"total": "-1"},
        {"total": True},
        {"total": "12,50"},
        {"lines": []},
        {"lines": "none"},
        {"promised": "2024-03-03 12:00"},
    ):
        yield "invalid", good | {"data": good["data"] | change}
    yield "future", good | {"time": "2099-01-01T00:00:00Z"}
    yield "future", good | {"time": "2090-06-01T00:00:00+02:00", "id": "later"}


def _event() -> dict[str, Any]:
    data = {
        "order_id": "o-1",
        "customer_id": "c-0001",
        "currency": "EUR",
        "total": "1.00",
        "lines": [{"product_id": "p-1", "quantity": "1", "amount": "1.00"}],
    }
    emission = Emission(START, "orders", "placed", SHOP, "poison", START, "c-0001", data)
    return envelope(emission, iso(START))


def _raw(**data: Any) -> bytes:
    event = _event()
    return json.dumps(event | {"data": event["data"] | data}).encode()


def _binary(event_type: str) -> Headers:
    event = _event() | {"type": event_type}
    return tuple(
        (f"ce_{name}", str(event[name]).encode()) for name in ("specversion", "id", "source", "type", "time")
    )
