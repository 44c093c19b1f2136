"""One line of a JSON lines file: a CloudEvent, or `{"topic": "orders", "key": "c-1", "event": {...}}`.

The event's bytes are handed on as they stand in the line: what is checked or sent is what was written.
"""

from __future__ import annotations

from json import JSONDecoder
from typing import Any

from pydantic_core import from_json

# Only places are looked for here, and Python refuses integers of thousands of digits.
_JSON = JSONDecoder(parse_int=str, parse_float=str)
_SPACE = " \t\r\n"


def parse(line: bytes) -> Any:
    """What the line says, of doubled members the last; None where it is not JSON.

    >>> parse(b'{"a": 1, "a": 2}'), parse(b"{")
    ({'a': 2}, None)
    """
    try:
        return from_json(line)
    except ValueError:
        return None


def is_wrapped(found: Any) -> bool:
    """Whether the event is inside; a CloudEvent that has a field `event` of its own is no wrapper."""
    return isinstance(found, dict) and "event" in found and "specversion" not in found


def event_of(line: bytes) -> bytes:
    """The bytes of the event in a wrapped line.

    Args:
        line: a line that `parse` could read and `is_wrapped` said yes to.

    >>> event_of(b'{"topic": "orders", "event": {"id": "1", "n": 1.0}}')
    b'{"id": "1", "n": 1.0}'
    """
    text = line.decode()
    start = end = 0
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = _JSON.raw_decode(text, at)
        value = _skip(text, _skip(text, at) + 1)  # past the colon
        _, at = _JSON.raw_decode(text, value)
        if name == "event":
            start, end = value, at
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return text[start:end].encode()


def _skip(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at
