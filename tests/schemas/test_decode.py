"""Every reason for a dead letter, with the sentence that a person reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.events import encode, example

from schemas.decode import MAX_EVENT_BYTES, REASONS, decode, topic_of
from schemas.errors import Poison

DELIVERED = "tocsin.order.delivered.v1"
OPENED = "tocsin.ticket.opened.v1"


def poison(value: bytes | None, topic: str = "orders") -> Poison:
    with pytest.raises(Poison) as caught:
        decode(topic, value)
    assert caught.value.reason in REASONS
    assert caught.value.detail.isprintable()
    assert len(caught.value.detail) < 600
    return caught.value


def changed(**attributes: Any) -> bytes:
    return encode({**example(DELIVERED), **attributes})


def without(*names: str) -> bytes:
    return encode({name: value for name, value in example(DELIVERED).items() if name not in names})


REFUSED: dict[str, tuple[bytes | None, str, str]] = {
    "tombstone": (None, "tombstone", "a record without a value came"),
    "empty": (b"", "empty", "an empty value came"),
    "white space": (b" \n\t", "empty", "white space only (3 bytes) came"),
    "latin-1": ('{"a": "Zürich"}'.encode("latin-1"), "not_utf8", "byte 0xfc at position 8"),
    "utf-16": ('{"a": 1}'.encode("utf-16"), "not_utf8", "byte 0xff at position 0"),
    "gzip": (b"\x1f\x8b\x08\x00\x00", "not_utf8", "byte 0x8b at position 1"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "not_json", "a byte order mark came"),
    "half an event": (changed()[:50], "not_json", "the parser says: EOF"),
    "two events": (changed() * 2, "not_json", "the parser says: trailing characters"),
    "Python's quotes": (b"{'a': 1}", "not_json", "the parser says"),
    "NaN": (changed(ratio=float("nan")), "not_json", "NaN"),
    "Infinity": (changed(ratio=float("-inf")), "not_json", "-Infinity"),
    "a lone surrogate": (changed(id="\ud800"), "not_json", "hex escape"),
    "a list": (encode([example(DELIVERED)]), "not_an_event", "send the events of a list one by one"),
    "a number": (b"1e400", "not_an_event", "inf came, wanted one CloudEvent"),
    "an object": (
        b'{"order_id": "o-1"}',
        "not_an_event",
        "no specversion, no id, no source, no type, no time",
    ),
    "no id": (without("id"), "not_an_event", "id: nothing came"),
    "no time": (without("time"), "not_an_event", "time: nothing came"),
    "no data": (without("data"), "invalid", "data: nothing came"),
    "an old envelope": (changed(specversion="0.3"), "not_an_event", 'specversion: "0.3" came, wanted "1.0"'),
    "a type that is no text": (changed(type=7), "not_an_event", "type: 7 came"),
    "a misspelt type": (
        changed(type="tocsin.order.deliverd.v1"),
        "unknown_type",
        "did you mean tocsin.order.delivered.v1?",
    ),
    "somebody else's type": (changed(type="com.example.thing"), "unknown_type", '"com.example.thing" came'),
    "a ticket among orders": (encode(example(OPENED)), "wrong_topic", "this one belongs to topic tickets"),
    "a naive time": (changed(time="2026-01-05T10:00:00"), "invalid", "a time with its offset"),
    "a time in seconds": (changed(time="1767607200"), "invalid", 'time: "1767607200" came'),
    "a time before 1970": (changed(time="1969-12-31T23:59:59Z"), "invalid", "from the year 1970 to 2200"),
    "a line break in an id": (changed(id="a\r\nBcc: x"), "invalid", 'id: "a\\r\\nBcc: x" came'),
    "a wrong extension": (changed(synthetic="yes"), "invalid", 'synthetic: "yes" came, wanted true or false'),
    "data that are text": (changed(data="{}"), "invalid", 'data: "{}" came, wanted an object'),
}


@pytest.mark.parametrize(("value", "reason", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_with_its_reason_and_a_sentence(value: bytes | None, reason: str, says: str) -> None:
    found = poison(value)
    assert found.reason == reason
    assert says in found.detail


def test_a_value_may_be_as_large_as_promised_and_no_larger() -> None:
    event = example(OPENED, text="")
    room = MAX_EVENT_BYTES - len(encode({**event, "x": ""}))
    largest = encode({**event, "x": "x" * room})
    assert len(largest) == MAX_EVENT_BYTES
    assert decode("tickets", largest).kind == "opened"
    found = poison(largest + b" ", "tickets")
    assert found.reason == "oversized"
    assert found.detail == "262145 bytes came, wanted at most 262144"


def test_a_topic_without_a_contract_is_named() -> None:
    found = poison(changed(), "order")
    assert found.reason == "unknown_topic"
    assert "one of contacts, customers, orders, tickets, web-events" in found.detail


def test_the_word_nan_in_a_text_is_no_number() -> None:
    assert decode("orders", changed(note="NaN, Infinity and Nancy")).kind == "delivered"


def test_the_first_wrong_field_is_shown_and_the_others_counted() -> None:
    found = poison(encode(example(DELIVERED, order_id=1, customer_id=2)))
    assert found.detail.endswith("(and 1 more)")


def test_the_topic_of_a_type() -> None:
    assert topic_of("tocsin.web.searched.v1") == "web-events"
    with pytest.raises(Poison, match="unknown_type") as caught:
        topic_of("\n" * 500)
    assert caught.value.detail.isprintable()


def test_a_web_event_is_keyed_by_its_customer_else_by_its_session() -> None:
    viewed = example("tocsin.web.page_viewed.v1")
    assert decode("web-events", encode(viewed)).key == "s-77"
    viewed["data"]["customer_id"] = "c-1"
    assert decode("web-events", encode(viewed)).key == "c-1"
    viewed["data"]["customer_id"] = None
    assert decode("web-events", encode(viewed)).key == "s-77"


def test_time_in_milliseconds_is_rounded_down() -> None:
    assert decode("orders", changed(time="1970-01-01T00:00:01.0019Z")).time_ms == 1001
    assert decode("orders", changed(time="2026-01-05T11:00:00.5+01:00")).time_ms == 1767607200500


def test_of_doubled_fields_the_last_counts_and_the_type_cannot_be_smuggled() -> None:
    doubled = changed().replace(b'"id": ', b'"id": "first", "id": ')
    assert decode("orders", doubled).id == example(DELIVERED)["id"]
    for first, second in ((DELIVERED, OPENED), (OPENED, DELIVERED), (DELIVERED, "tocsin.order.shipped.v1")):
        text = changed().decode().replace(json.dumps(DELIVERED), f'"{first}", "type": "{second}"')
        try:
            event = decode("orders", text.encode())
        except Poison:
            continue
        assert event.type == type(event).type_name() == second
