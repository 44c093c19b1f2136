from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.decode import CONTRACTS
from schemas.errors import Permanent, Poison
from streams.sources.files import Line, lines, merged, raw_record, record, unwrap
from streams.sources.record import Record
from streams.sources.survey import survey

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD = [EXAMPLES / f"{topic}.jsonl" for topic in sorted(CONTRACTS)]


def line(raw: bytes | str) -> Line:
    return Line(Path("events.jsonl"), 3, raw.encode() if isinstance(raw, str) else raw)


def event(**more: object) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": "e-1",
        "source": "shop",
        "type": "tocsin.order.delivered.v1",
        "time": "2026-03-04T16:20:00Z",
        "data": {"order_id": "o-1", "customer_id": "c-1"},
        **more,
    }


def test_a_bare_event_goes_to_the_topic_of_its_type_keyed_by_its_customer() -> None:
    raw = json.dumps(event()).encode()
    assert record(line(raw)) == Record("orders", b"c-1", raw, 1_772_641_200_000)


def test_a_wrapped_event_may_have_another_key_and_keeps_its_bytes() -> None:
    inner = json.dumps(event(), indent=None, separators=(",  ", ":   "))
    found = record(line(f'{{"key": "c-99", "topic": "orders", "event": {inner} }}'))
    assert found == Record("orders", b"c-99", inner.encode(), 1_772_641_200_000)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{", "not_json"),
        (b"\xff\xfe", "not_utf8"),
        (b"[1]", "not_an_event"),
        (b"7", "not_an_event"),
        (b'{"a": 1}', "not_an_event"),
        (b'{"a": ' + b"[" * 100_000, "not_json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "not_json"),
        (json.dumps(event(type="tocsin.order.lost.v1")).encode(), "unknown_type"),
        (json.dumps(event(time="2026-03-04T16:20:00")).encode(), "invalid"),
        (json.dumps({"topic": "tickets", "event": event()}).encode(), "wrong_topic"),
        (json.dumps({"topic": "Orders", "event": event()}).encode(), "unknown_topic"),
        (json.dumps({"topic": "orders", "key": 7, "event": event()}).encode(), "invalid"),
        (b'{"topic": "orders", "key": "\\ud800", "event": {}}', "not_json"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_line_that_is_no_event_is_refused_with_its_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(Poison) as caught:
        record(line(raw))
    assert caught.value.reason == reason


@given(st.binary(min_size=1) | st.text(min_size=1).map(str.encode))
def test_raw_sends_any_line_as_it_is(raw: bytes) -> None:
    assert raw_record(line(raw), "tickets") == Record("tickets", None, raw, None)


def test_raw_keeps_the_key_of_what_can_be_read() -> None:
    raw = json.dumps(event()).encode()
    assert raw_record(line(raw), "orders").key == b"c-1"
    assert raw_record(line(raw), "tickets") == Record("tickets", None, raw, None)
    wrapped = json.dumps({"topic": "contacts", "key": "k", "event": {"not": "one"}})
    assert raw_record(line(wrapped), "orders") == Record("contacts", b"k", b'{"not": "one"}', None)


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.lists(st.text(), max_size=2), max_size=4))
def test_an_object_without_topic_and_event_is_a_bare_event(members: dict[str, object]) -> None:
    members.pop("event", None)
    raw = json.dumps(members).encode()
    assert unwrap(raw, "tickets") == ("tickets", None, raw)


def test_plain_and_gzipped_files_are_read_without_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"one\r\n\n  \n two\n")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"one\n\n\n two"))
    for name in ("a.jsonl", "a.jsonl.gz"):
        found = list(lines(tmp_path / name))
        assert [(one.raw, one.place) for one in found] == [
            (b"one", f"{tmp_path / name}:1"),
            (b"two", f"{tmp_path / name}:4"),
        ]


@pytest.mark.parametrize(
    "content",
    [b"not gzip", gzip.compress(b"x" * 1000)[:20], gzip.compress(b"x")[:10] + b"?"],
    ids=["other", "cut", "broken"],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "a.gz"
    broken.write_bytes(content)
    with pytest.raises(Permanent, match=r"a\.gz cannot be read"):
        list(lines(broken))


@given(st.lists(st.lists(st.integers(0, 20), max_size=8), max_size=4))
def test_merging_keeps_each_files_order_and_sorts_what_is_sorted(times: list[list[int]]) -> None:
    sources = [[Record(str(n), None, None, at) for at in file] for n, file in enumerate(times)]
    found = list(merged(sources))
    for n, source in enumerate(sources):
        assert [item for item in found if item.topic == str(n)] == source
    if all(file == sorted(file) for file in times):
        assert [item.at for item in found] == sorted(at for file in times for at in file)


def test_the_examples_hold_every_event_type_in_the_file_of_its_topic() -> None:
    types: set[str] = set()
    for file in GOOD:
        records = [record(one) for one in lines(file)]
        assert {item.topic for item in records} == {file.stem}
        times = [item.at or 0 for item in records]
        assert times == sorted(times)
        types |= {json.loads(item.value or b"")["type"] for item in records}
    assert types == {name for contract in CONTRACTS.values() for name in contract.types}


def test_a_survey_counts_and_names_the_place_of_what_it_refuses() -> None:
    found = survey([EXAMPLES / "tickets.jsonl", EXAMPLES / "broken.jsonl"], record)
    assert found.records == {"tickets": 7}
    assert [place.rpartition(":")[2] for place, _ in found.refused] == ["1", "2", "3", "4", "5", "6"]
    assert found.total == 7
    assert (found.last or 0) > (found.first or 0)
