"""What every event type owes, whoever adds one: the folder is walked, nothing is listed here."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError
from support.events import ALL_TYPES, encode, example

from schemas.decode import CONTRACTS, TOPICS, decode, topic_of
from schemas.envelope import Event
from schemas.errors import Poison
from schemas.examples import examples

every_type = pytest.mark.parametrize("name", ALL_TYPES)


def model(name: str) -> type[Event]:
    return CONTRACTS[topic_of(name)].types[name]


def refused(name: str, event: dict[str, Any]) -> Poison:
    with pytest.raises(Poison) as caught:
        decode(topic_of(name), encode(event))
    return caught.value


def test_the_five_public_topics_have_a_contract() -> None:
    assert TOPICS == ("contacts", "customers", "orders", "tickets", "web-events")
    assert len(ALL_TYPES) == len(set(ALL_TYPES)) == 21


@every_type
def test_every_example_is_read(name: str) -> None:
    for document in examples(model(name)):
        event = decode(topic_of(name), encode(document))
        assert isinstance(event, model(name))
        assert (event.id, event.source, event.type) == (document["id"], document["source"], name)
        assert event.kind == name.split(".")[2]
        assert event.key == document["data"].get("customer_id", document["data"].get("session_id"))
        assert event.synthetic is False


@every_type
def test_what_is_written_is_read_back_equal(name: str) -> None:
    event = decode(topic_of(name), encode(example(name)))
    assert decode(topic_of(name), event.to_json()) == event


@every_type
def test_binary_mode_reads_the_same_event(name: str) -> None:
    document = example(name)
    data = document.pop("data")
    headers = [(f"ce_{key}", value.encode()) for key, value in document.items()]
    assert decode(topic_of(name), encode(data), headers) == decode(topic_of(name), encode(example(name)))


@every_type
def test_an_event_does_not_change_once_read(name: str) -> None:
    event = decode(topic_of(name), encode(example(name)))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(event, "id", "other")  # noqa: B010 - mypy would not let it stand
    with pytest.raises(ValidationError, match="frozen"):
        setattr(event.data, "customer_id", "other")  # noqa: B010 - the same


@every_type
def test_a_time_without_offset_is_refused(name: str) -> None:
    poison = refused(name, {**example(name), "time": "2026-01-05T10:00:00"})
    assert poison.reason == "invalid"
    assert poison.detail.startswith('time: "2026-01-05T10:00:00" came, wanted a time with its offset')


@every_type
def test_unknown_fields_pass_everywhere(name: str) -> None:
    document = example(name)
    plain = decode(topic_of(name), encode(document))
    document["data"]["x_internal"] = {"deep": [1, None, {"er": "still"}]}
    for line in document["data"].get("lines", ()):
        line["x_shelf"] = 7
    assert decode(topic_of(name), encode({**document, "traceparent": "00-1-2-01", "x": [1]})) == plain


@every_type
def test_every_missing_required_field_is_named(name: str) -> None:
    data = model(name).model_fields["data"].annotation
    assert isinstance(data, type)
    assert issubclass(data, BaseModel)
    required = [field for field, info in data.model_fields.items() if info.is_required()]
    assert required
    for field in required:
        document = example(name)
        del document["data"][field]
        poison = refused(name, document)
        assert poison.reason == "invalid"
        assert poison.detail == f"data.{field}: nothing came, wanted a value, the field is required"


@every_type
def test_a_wrong_type_in_any_field_is_refused_and_named(name: str) -> None:
    """An object stands where every field wants something else, so it is wrong for all of them."""
    document = example(name)
    wrong = [("data", field) for field in document["data"]] + [("", field) for field in document]
    for level, field in wrong:
        broken = json.loads(encode(document))
        (broken["data"] if level else broken)[field] = [{"no": "field takes this"}]
        if (level, field) == ("data", "lines"):
            where = "data.lines[0]"
        else:
            where = f"data.{field}" if level else field
        poison = refused(name, broken)
        assert where in poison.detail, (field, poison.detail)
        assert poison.reason == ("not_an_event" if where in {"type", "specversion"} else "invalid")


@every_type
def test_numbers_and_booleans_are_not_taken_for_strings_or_each_other(name: str) -> None:
    document = example(name)
    for field, value in document["data"].items():
        swapped: object = {str: 5, bool: 1, int: "5"}.get(type(value))
        if swapped is None or field in {"total", "amount", "quantity"}:
            continue
        poison = refused(name, example(name, **{field: swapped}))
        assert poison.detail.startswith(f"data.{field}: ")


@every_type
def test_the_published_schema_agrees_with_the_reader(name: str) -> None:
    schema = model(name).model_json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for document in examples(model(name)):
        validator.validate(document)
    changes: tuple[dict[str, Any], ...] = (
        {"time": "2026-01-05T10:00:00"},
        {"id": " a"},
        {"type": "tocsin.other.v1"},
        {"specversion": "0.3"},
        {"synthetic": 1},
        {"data": {}},
    )
    for change in changes:
        assert not validator.is_valid({**example(name), **change}), change


@every_type
def test_every_field_is_described(name: str) -> None:
    """The tables in docs/contracts.md are made of these."""
    schema = model(name).model_json_schema()
    for owner in (schema, *schema["$defs"].values()):
        assert owner["description"]
        for field, published in owner["properties"].items():
            assert field in {"type", "data"} or published.get("description"), (owner["title"], field)
