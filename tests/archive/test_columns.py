"""A schema per kind: every field of the contracts has a column, and old files stay readable."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from pydantic import BaseModel
from support.events import ALL_TYPES, encode, example

from schemas.decode import topic_of
from schemas.errors import Fatal
from streams.archive.columns import columns, schema, texts
from streams.archive.kinds import EVENT, LOG, kinds


@pytest.mark.parametrize("name", ALL_TYPES)
def test_every_field_of_an_event_has_a_typed_column(name: str) -> None:
    kind = kinds()[topic_of(name)]
    event = example(name)
    read = kind.read(encode(event), ())
    (row,) = pa.Table.from_pylist([kind.fit(read.values)], kind.schema).to_pylist()
    given = {key for key, value in event["data"].items() if value is not None}
    assert given <= {key for key, value in row.items() if value is not None}
    assert row["key"] == (event["data"].get("customer_id") or event["data"]["session_id"])


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.name)
def test_no_column_is_named_twice_and_none_is_mere_text_for_want_of_a_type(kind: Any) -> None:
    assert len(set(kind.schema.names)) == len(kind.schema.names)
    assert None not in kind.columns.values()
    assert {*LOG, EVENT} <= set(kind.schema.names)
    assert {"source", "id"} <= set(kind.schema.names) or not kind.identified


def test_what_has_no_column_type_is_kept_as_json() -> None:
    class Odd(BaseModel):
        one: int | str
        many: tuple[int | str, ...]
        plain: float | None = None

    found = columns([Odd])
    assert found == {"one": None, "many": None, "plain": pa.float64()}
    assert texts(Odd(one="x", many=(1, "y")).model_dump(), found) == {
        "one": '"x"',
        "many": '[1,"y"]',
        "plain": None,
    }
    assert schema(found).field("one").type == pa.string()


def test_two_models_that_disagree_stop_the_start() -> None:
    class One(BaseModel):
        reason: str

    class Other(BaseModel):
        reason: int

    with pytest.raises(Fatal, match=r"Other\.reason is int64 and elsewhere string"):
        columns([One, Other])
