"""Binary mode: the envelope in headers."""

from __future__ import annotations

import pytest
from support.events import encode, example

from schemas.decode import decode
from schemas.errors import Poison

EVENT = example("tocsin.order.delivered.v1")
DATA = encode(EVENT["data"])
HEADERS = [(f"ce_{name}", value.encode()) for name, value in EVENT.items() if name != "data"]
Headers = list[tuple[str, bytes | None]]


def refused(value: bytes, headers: Headers) -> Poison:
    with pytest.raises(Poison) as caught:
        decode("orders", value, headers)
    return caught.value


def test_other_headers_do_not_matter() -> None:
    headers = [("traceparent", b"00-1"), ("x", b"\xff"), ("nothing", None), *HEADERS, ("ce_other", b"y")]
    assert decode("orders", DATA, headers) == decode("orders", encode(EVENT))


def test_the_mark_of_generated_events_is_a_word() -> None:
    assert decode("orders", DATA, [*HEADERS, ("ce_synthetic", b"true")]).synthetic is True
    assert decode("orders", DATA, [*HEADERS, ("ce_synthetic", b"false")]).synthetic is False
    found = refused(DATA, [*HEADERS, ("ce_synthetic", b"1")])
    assert found.detail == 'synthetic: "1" came, wanted true or false'


def test_a_structured_content_type_wins_over_headers() -> None:
    structured: Headers = [
        ("ce_specversion", b"0.3"),
        ("Content-Type", b"application/cloudevents+json; charset=utf-8"),
    ]
    assert decode("orders", encode(EVENT), structured).id == EVENT["id"]


def test_a_header_that_is_no_text_is_refused() -> None:
    found = refused(DATA, [*HEADERS, ("ce_subject", b"\xff\n")])
    assert found.reason == "not_utf8"
    assert found.detail.startswith("header ce_subject: ")
    assert found.detail.isprintable()


def test_missing_attributes_are_named() -> None:
    found = refused(DATA, [pair for pair in HEADERS if pair[0] != "ce_time"])
    assert found.reason == "not_an_event"
    assert found.detail.startswith("time: nothing came")


@pytest.mark.parametrize(
    "value", [b"", b"nope", b'{}, "id": "x"', b'{}, "synthetic": true, "y": {}', b'{"a": NaN}']
)
def test_what_is_no_json_alone_cannot_add_to_the_envelope(value: bytes) -> None:
    assert refused(value, list(HEADERS)).reason in {"not_json", "empty"}


def test_headers_cannot_bring_the_data() -> None:
    assert decode("orders", DATA, [*HEADERS, ("ce_data", b"{}")]).key == EVENT["data"]["customer_id"]


def test_without_a_version_the_value_is_read_alone() -> None:
    assert decode("orders", encode(EVENT), [("ce_specversion", None), ("ce_id", b"other")]).id == EVENT["id"]
