"""One record in one line: for people, with dead letters and alerts in words, or as JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from schemas.alert import AlertEvent
from streams.cli._status_tables import moment
from streams.cli._text import one_line, shown
from streams.topics import ALERTS, DEAD_LETTERS


def headers_of(record: Any) -> dict[str, str]:
    """The headers as text; the last of a name counts."""
    return {name: shown(value) for name, value in record.headers}


def line(topic: str, record: Any) -> str:
    """A line for people; nothing in it can paint the terminal.

    Args:
        topic: name without the prefix; it decides what the record is.
        record: the consumer's record.
    """
    place = f"{moment(record.timestamp)} {topic}[{record.partition}]@{record.offset}"
    said = None
    if topic == DEAD_LETTERS.name:
        said = _dead_letter(headers_of(record), record.value)
    elif topic == ALERTS.name:
        said = _alert(record.value)
    return f"{place} key={shown(record.key, 200)} {said or shown(record.value)}"


def document(record: Any) -> dict[str, Any]:
    """The record for machines: a JSON value as itself, other text as text, other bytes as base64."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": None if record.key is None else record.key.decode("utf-8", "backslashreplace"),
        "headers": {name: value.decode("utf-8", "backslashreplace") for name, value in record.headers},
        **_value(record.value),
    }


def _value(raw: bytes | None) -> dict[str, Any]:
    if raw is None:
        return {"value": None}
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}
    try:
        return {"value": json.loads(text, parse_constant=_refuse)}
    except (ValueError, RecursionError):  # an integer too long to read is a ValueError too
        return {"text": text}


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _dead_letter(headers: Mapping[str, str], value: bytes | None) -> str:
    origin = f"{headers.get('tocsin-topic', '?')}[{headers.get('tocsin-partition', '?')}]"
    original = "(a tombstone)" if "tocsin-tombstone" in headers else shown(value, 300)
    return (
        f"{headers.get('tocsin-reason', '?')}: {headers.get('tocsin-detail', '?')} "
        f"from {origin}@{headers.get('tocsin-offset', '?')}: {original}"
    )


def _alert(value: bytes | None) -> str | None:
    try:
        alert = AlertEvent.model_validate_json(value or b"").data
    except ValidationError:
        return None
    mark = " (synthetic)" if alert.synthetic else ""
    return one_line(f"{alert.state} {alert.severity} {alert.rule}{mark}: {alert.title}. {alert.summary}")
