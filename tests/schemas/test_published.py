"""What integrators are told is what the reader does: the page, the JSON Schemas, the examples."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.partitioner.default import murmur2
from support.events import ALL_TYPES, encode, example
from support.wait import until

from schemas.alert import Alert, AlertEvent, episode_id
from schemas.check import check
from schemas.decode import decode
from schemas.published import ALERT, SCORE, json_schemas
from schemas.reference import PARTS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "contracts.md").read_text()
SCHEMAS = json_schemas()
VALIDATORS = {name: Draft202012Validator(schema) for name, schema in SCHEMAS.items()}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", PARTS)
def test_the_page_is_up_to_date(name: str) -> None:
    """If not: `make docs`."""
    (found,) = re.findall(rf"<!-- generated: {name} -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)
    assert found.strip() == PARTS[name]().strip()


def test_the_schema_files_are_up_to_date_and_there_are_no_others() -> None:
    """If not: `make docs`, and delete the schemas of types that are gone."""
    files = {file.name.removesuffix(".json"): json.loads(file.read_text()) for file in DOCS.glob("schemas/*")}
    assert files == SCHEMAS
    assert set(files) == {*ALL_TYPES, ALERT, SCORE}


def test_every_link_to_a_schema_leads_somewhere() -> None:
    links = re.findall(r"\]\((schemas/[^)]+)\)", PAGE)
    assert len(links) > len(ALL_TYPES)
    assert all((DOCS / link).exists() for link in links)


def test_every_example_on_the_page_is_taken() -> None:
    examples = blocks("json")
    assert len(examples) >= len(ALL_TYPES)
    for text in examples:
        assert check(text.encode()) == ()


def test_the_page_shows_what_validate_says() -> None:
    """The console block is a promise about the wording of a problem."""
    (shown,) = blocks("console")
    (problem,) = check(encode(example("tocsin.order.placed.v1", total="-5")))
    assert f"events.jsonl:3: {problem} ({problem.reason})" in shown.splitlines()


def test_the_first_snippet_sends_an_event_to_its_partition(embedded_broker: str) -> None:
    (snippet, _) = blocks("python")
    admin = KafkaAdminClient(bootstrap_servers=embedded_broker)
    if "orders" not in admin.list_topics():
        admin.create_topics([NewTopic("orders", 4, 1)])
    admin.close()
    exec(snippet.replace("127.0.0.1:9092", embedded_broker), {})
    consumer = KafkaConsumer(bootstrap_servers=embedded_broker, auto_offset_reset="earliest")
    consumer.assign([TopicPartition("orders", number) for number in range(4)])

    def read() -> Any:
        polled = consumer.poll(timeout_ms=200)
        return [record for records in polled.values() for record in records]

    (record,) = until(read, 20, "the event on the topic orders")
    consumer.close()
    event = decode("orders", record.value, record.headers)
    assert event.key.encode() == record.key
    assert record.partition == (murmur2(record.key) & 0x7FFFFFFF) % 4


@pytest.mark.parametrize("name", ALL_TYPES)
def test_a_schema_is_a_schema_and_takes_its_examples(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["examples"]
    for document in SCHEMAS[name]["examples"]:
        VALIDATORS[name].validate(document)
    text = json.dumps(SCHEMAS[name])
    refs = set(re.findall(r'"#/\$defs/(\w+)"', text))
    assert refs == set(SCHEMAS[name]["$defs"])


# Left out: what JSON Schema says otherwise. A float may be a whole number there, digits of a number are not
# counted, and Python's `$` stops before a last line break where ECMAScript's does not.
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.text(max_size=20).filter(lambda text: text[-1:] != "\n"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(name=st.sampled_from(ALL_TYPES), data=st.data())
def test_a_schema_refuses_what_the_reader_refuses(name: str, data: st.DataObject) -> None:
    event = example(name)
    holder = data.draw(st.sampled_from([event, event["data"], *event["data"].get("lines", ())]))
    field = data.draw(st.sampled_from(sorted(holder)))
    holder[field] = data.draw(
        values | st.sampled_from(["", "0", "-1", "2.5", "EUR", "2026-01-05T10:00:00+02:00"])
    )
    assert VALIDATORS[name].is_valid(event) == (not check(encode(event)))


def test_an_alert_is_what_its_schema_says() -> None:
    at = datetime(2026, 1, 7, 17, tzinfo=UTC)
    alert = Alert(
        rule="order_late",
        state="ringing",
        entity_kind="order",
        entity="o-1",
        episode=episode_id("order_late", "order", "o-1", "0"),
        since=at,
        at=at,
        severity="warning",
        title="Order o-1 is late",
        summary="It was promised for 18:00.",
    )
    event = json.loads(AlertEvent.of(alert, "tocsin").model_dump_json())
    Draft202012Validator.check_schema(SCHEMAS[ALERT])
    VALIDATORS[ALERT].validate(event)
    assert not VALIDATORS[ALERT].is_valid({**event, "type": "tocsin.alert.other.v1"})
    assert not VALIDATORS[ALERT].is_valid({**event, "data": {**event["data"], "severity": "loud"}})
