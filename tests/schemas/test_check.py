"""Lines of files: bare events, wrapped events, and what is wrong with either."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.events import ALL_TYPES, encode, example

from schemas.check import Problem, check
from schemas.decode import REASONS, topic_of
from schemas.line import event_of, is_wrapped, parse

PLACED = "tocsin.order.placed.v1"


def wrapped(event: object, topic: object = "orders", **more: Any) -> bytes:
    return encode({"topic": topic, "event": event, **more})


@pytest.mark.parametrize("name", ALL_TYPES)
def test_a_valid_event_has_no_problem_bare_or_wrapped(name: str) -> None:
    assert check(encode(example(name))) == ()
    assert check(encode(example(name)), topic_of(name)) == ()
    assert check(wrapped(example(name), topic_of(name))) == ()
    assert check(wrapped(example(name), topic_of(name), key="somebody-else")) == ()


def test_every_wrong_field_is_told_not_only_the_first() -> None:
    event = example(PLACED, total="-5", currency="eur", carrier=7)
    event["time"] = "yesterday"
    assert [(problem.field, problem.came) for problem in check(encode(event))] == [
        ("time", '"yesterday"'),
        ("data.currency", '"eur"'),
        ("data.total", '"-5"'),
        ("data.carrier", "7"),
    ]


def test_a_field_of_a_line_is_found_by_its_number() -> None:
    event = example(PLACED)
    event["data"]["lines"][1]["quantity"] = 0
    (problem,) = check(encode(event))
    assert problem == Problem(
        "data.lines[1].quantity",
        "0",
        'a decimal above 0, as a string such as "12.34" (or a number), '
        "at most 15 digits before and 4 after the point",
        "invalid",
    )


def test_in_a_wrapped_event_the_path_begins_outside() -> None:
    (problem,) = check(wrapped(example(PLACED, total="x")))
    assert problem.field == "event.data.total"
    (problem,) = check(wrapped(7))
    assert (problem.field, problem.came, problem.reason) == ("event", "7", "not_an_event")
    (problem,) = check(wrapped(example("tocsin.ticket.opened.v1")))
    assert (problem.field, problem.reason) == ("event.type", "wrong_topic")


def test_the_wrapper_is_checked_too() -> None:
    assert [problem.field for problem in check(wrapped(example(PLACED), "order", key=5))] == ["topic", "key"]
    (problem,) = check(encode({"event": example(PLACED)}))
    assert (problem.field, problem.came) == ("topic", "nothing")
    (problem,) = check(wrapped(example(PLACED), ["orders"]))
    assert problem.reason == "unknown_topic"


def test_a_named_topic_holds_for_bare_events_only() -> None:
    ticket = example("tocsin.ticket.opened.v1")
    assert [problem.reason for problem in check(encode(ticket), "orders")] == ["wrong_topic"]
    assert check(wrapped(ticket, "tickets"), "orders") == ()


def test_size_counts_the_event_and_not_its_wrapper() -> None:
    event = example("tocsin.ticket.opened.v1")
    event["x"] = "x" * (262_144 - len(encode({**event, "x": ""})))
    assert check(wrapped(event, "tickets")) == ()
    event["x"] += "x"
    assert [problem.reason for problem in check(wrapped(event, "tickets"))] == ["oversized"]


def test_an_event_with_a_field_named_event_is_no_wrapper() -> None:
    assert check(encode({**example(PLACED), "event": 1, "topic": "x"})) == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    line=st.binary(max_size=80)
    | st.builds(encode, json_values)
    | st.builds(wrapped, json_values, json_values)
)
def test_any_line_has_problems_that_can_be_printed(line: bytes) -> None:
    found = check(line)
    assert found
    for problem in found:
        assert problem.reason in REASONS
        assert str(problem).isprintable()


@given(
    before=st.dictionaries(st.text(max_size=6), json_values, max_size=3),
    event=json_values,
    after=st.dictionaries(st.text(max_size=6), json_values, max_size=3),
    pad=st.sampled_from(["", " ", "\t \r\n"]),
)
def test_the_bytes_of_the_event_are_cut_out_exactly(
    before: dict[str, Any], event: Any, after: dict[str, Any], pad: str
) -> None:
    inside = encode(event)
    members = [encode(member)[1:-1] for member in (before, after) if member and "event" not in member]
    members.insert(len(members) // 2, b'"event"' + pad.encode() + b":" + pad.encode() + inside)
    line = pad.encode() + b"{" + (pad + "," + pad).encode().join(members) + pad.encode() + b"}" + pad.encode()
    found = parse(line)
    assert is_wrapped(found) or "specversion" in found
    assert event_of(line) == inside
