"""What is archived: every public topic, alerts, scores, closed windows. A kind is a topic and a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa
from pydantic import BaseModel, ValidationError

from schemas.alert import Alert, AlertEvent
from schemas.binary import Headers, is_binary, to_structured
from schemas.decode import CONTRACTS, decode
from schemas.errors import Poison
from schemas.score import Score
from streams.archive.columns import MOMENT, columns, schema, texts
from streams.archive.windows import Window
from streams.topics import ALERTS, CUSTOMER_SCORES, WINDOWS

M = TypeVar("M", bound=BaseModel)

LOG: dict[str, pa.DataType] = {
    "log_partition": pa.int32(),
    "log_offset": pa.int64(),
    "log_time": MOMENT,
    "log_newest": MOMENT,
}
"""Where a row was found: its place in Kafka, the record's own timestamp, and the newest event time that its
partition had seen by then, by which rows are in order."""
EVENT = "event"
"""The column with the whole event as JSON, as it was published."""
_ENVELOPE: dict[str, pa.DataType | None] = {
    "time": MOMENT,
    "type": pa.string(),
    "source": pa.string(),
    "id": pa.string(),
    "key": pa.string(),
    "synthetic": pa.bool_(),
}
_NAMED = {name: _ENVELOPE[name] for name in ("time", "source", "id")}
_OURS = "tocsin"
"""The source of what has no envelope and is told once all the same."""


class Read(NamedTuple):
    """What a record says.

    Attributes:
        time: event time; its UTC day is the day of the archive.
        identity: what a repetition has as well; None where nothing is ever repeated.
        values: of the columns.
    """

    time: datetime
    identity: tuple[str, str] | None
    values: dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of rows.

    Attributes:
        name: the topic's, without prefix, and the folder's.
        columns: name to Arrow type; None for JSON text.
        read: makes a row of a record's value and headers, or raises Poison.
        identified: whether rows have `source` and `id`, and each pair of them once a day.
    """

    name: str
    columns: Mapping[str, pa.DataType | None]
    read: Callable[[bytes | None, Headers], Read]
    identified: bool

    @property
    def schema(self) -> pa.Schema:
        """All columns: what the record says, where it was found, and the whole event."""
        return schema({**self.columns, **LOG, EVENT: pa.string()})

    def fit(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as the schema wants them."""
        return texts(values, self.columns)


def kinds() -> dict[str, Kind]:
    """Every kind by its name.

    Raises:
        Fatal: the models of a topic disagree about a field.
    """
    found = [_events(topic) for topic in CONTRACTS]
    alerts = {**_ENVELOPE, **columns([Alert])}
    found += [
        Kind(ALERTS.name, alerts, _alert, identified=True),
        Kind(CUSTOMER_SCORES.name, columns([Score]), _score, identified=False),
        Kind(WINDOWS.name, {**_NAMED, **columns([Window])}, _window, identified=True),
    ]
    return {kind.name: kind for kind in found}


def _events(topic: str) -> Kind:
    models = [event.model_fields["data"].annotation for event in CONTRACTS[topic].types.values()]
    return Kind(
        topic,
        {**_ENVELOPE, **columns(models)},  # type: ignore[arg-type] # they are models, the registry says so
        lambda value, headers: _event(topic, value, headers),
        identified=True,
    )


def _event(topic: str, value: bytes | None, headers: Headers) -> Read:
    event = decode(topic, value, headers)
    whole = value or b""
    if is_binary(headers):
        whole = to_structured(whole, headers)
    values = event.data.model_dump() | {
        "time": event.time,
        "type": event.type,
        "source": event.source,
        "id": event.id,
        "key": event.key,
        "synthetic": event.synthetic,
        EVENT: whole.decode(),
    }
    return Read(event.time, (event.source, event.id), values)


def _alert(value: bytes | None, _headers: Headers) -> Read:
    event = _validated(AlertEvent, value)
    values = event.data.model_dump() | {
        "time": event.time,
        "type": event.type,
        "source": event.source,
        "id": event.id,
        "key": event.data.episode,
        EVENT: (value or b"").decode(),
    }
    return Read(event.time, (event.source, event.id), values)


def _score(value: bytes | None, _headers: Headers) -> Read:
    score = _validated(Score, value)
    return Read(score.time, None, score.model_dump() | {EVENT: (value or b"").decode()})


def _window(value: bytes | None, _headers: Headers) -> Read:
    window = _validated(Window, value)
    values = window.model_dump() | {"source": _OURS, "id": window.id, EVENT: (value or b"").decode()}
    return Read(window.time, (_OURS, window.id), values)


def _validated(model: type[M], value: bytes | None) -> M:
    if value is None:
        raise Poison("tombstone", "a record without a value")
    try:
        return model.model_validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Poison("invalid", f"{place or 'the whole'}: {first['msg']}"[:500]) from error
