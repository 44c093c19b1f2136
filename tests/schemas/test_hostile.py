"""Whatever the bytes: an event or a Poison, with a sentence that is safe to print and not slow to make."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.events import ALL_TYPES, encode, example

from schemas.decode import REASONS, TOPICS, decode, topic_of
from schemas.envelope import Event
from schemas.errors import Poison

PLACED = "tocsin.order.placed.v1"

HOSTILE: dict[str, bytes] = {
    "lists 100,000 deep": b"[" * 100_000,
    "objects 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "an event 100,000 deep": encode(example(PLACED))[:-1] + b',"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "an integer of 5,000 digits": b'{"id": ' + b"9" * 5_000 + b"}",
    "an id of 4,200 digits": encode({**example(PLACED), "id": 10**4_200}),
    "an amount of 4,200 digits": encode(example(PLACED, total=10**4_200)),
    "an amount of 4,200 digits as text": encode(example(PLACED, total="9" * 4_200)),
    "an amount of 1e300": encode(example(PLACED, total=1e300)),
    "an amount of 1e300 as text": encode(example(PLACED, total="1e300")),
    "an exponent that overflows": encode(example(PLACED)).replace(b'"34.97"', b"1e999999999"),
    "an exponent that underflows": encode(example(PLACED)).replace(b'"34.97"', b"1e-400"),
    "a million bytes": b'"' + b"a" * 1_000_000 + b'"',
    "a type of 200,000 characters": encode({**example(PLACED), "type": "tocsin." * 30_000}),
    "60,000 empty lines": encode(example(PLACED, lines=[{}] * 60_000)),
    "a NUL in the bytes": encode(example(PLACED)).replace(b"o-81723", b"o-\x00"),
    "a NUL in an id": encode(example(PLACED, order_id="o-\x00")),
    "a trailing surrogate": encode(example(PLACED)).replace(b"o-81723", b"\\udfff"),
    "a surrogate in CESU-8": encode(example(PLACED)).replace(b"o-81723", b"\xed\xa0\x80"),
    "an overlong NUL": encode(example(PLACED)).replace(b"o-81723", b"\xc0\x80"),
    "a bidirectional mark": encode(example(PLACED, order_id="o\u202e1")),
}


def safe(poison: Poison) -> Poison:
    assert poison.reason in REASONS
    assert poison.detail.isprintable()
    assert len(poison.detail) < 1_000
    return poison


def read(topic: str, value: bytes, headers: Any = ()) -> Event | Poison:
    """Also uses the answer as the engine would: a bad id must not blow up later."""
    try:
        event = decode(topic, value, headers)
    except Poison as poison:
        return safe(poison)
    for text in (event.id, event.source, event.key):
        assert text.encode()
        assert not {unicodedata.category(character) for character in text} & {"Cc", "Cs", "Zl", "Zp"}
    assert event.time_ms >= 0
    assert decode(topic, event.to_json()) == event
    return event


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_are_refused(value: bytes) -> None:
    found = read("orders", value)
    if value == HOSTILE["an exponent that underflows"]:
        # The parser rounds it to zero, as every reader of doubles does; that is a total a shop may have.
        assert isinstance(found, Event)
        return
    assert isinstance(found, Poison)


topics = st.sampled_from(TOPICS)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(topic=topics, value=st.binary(max_size=200))
def test_any_bytes(topic: str, value: bytes) -> None:
    assert isinstance(read(topic, value), Poison)


@given(topic=topics, value=json_values)
def test_any_json(topic: str, value: Any) -> None:
    assert isinstance(read(topic, encode(value)), Poison)


@given(name=st.sampled_from(ALL_TYPES), data=st.data())
def test_a_valid_event_with_one_value_replaced(name: str, data: st.DataObject) -> None:
    event = example(name)
    holders = [event, event["data"], *event["data"].get("lines", ())]
    holder = data.draw(st.sampled_from(holders))
    field = data.draw(st.sampled_from(sorted(holder)))
    holder[field] = data.draw(json_values)
    read(topic_of(name), encode(event))


@given(name=st.sampled_from(ALL_TYPES), data=st.data())
def test_a_valid_event_with_bytes_overwritten(name: str, data: st.DataObject) -> None:
    raw = encode(example(name))
    start = data.draw(st.integers(0, len(raw) - 1))
    patch = data.draw(st.binary(min_size=0, max_size=6))
    end = data.draw(st.integers(start, min(len(raw), start + 6)))
    read(topic_of(name), raw[:start] + patch + raw[end:])


@given(
    names=st.lists(st.sampled_from(["specversion", "id", "type", "time", "synthetic", "data", "x"])),
    value=st.binary(max_size=20) | st.just(b"{}"),
    data=st.data(),
)
def test_any_headers(names: list[str], value: bytes, data: st.DataObject) -> None:
    values = (
        st.none()
        | st.binary(max_size=10)
        | st.sampled_from([b"1.0", PLACED.encode(), b"2026-01-05T10:00:00Z"])
    )
    headers = [(f"ce_{name}", data.draw(values)) for name in ["specversion", *names]]
    read("orders", value, headers)


@given(text=st.text(min_size=1, max_size=130))
def test_an_id_that_passes_can_be_a_key_a_header_and_a_line(text: str) -> None:
    found = read("orders", json.dumps(example(PLACED, customer_id=text)).encode())
    if isinstance(found, Event):
        assert found.key == text == text.strip()
        assert len(text) <= 128
        assert len(text.splitlines()) == 1
