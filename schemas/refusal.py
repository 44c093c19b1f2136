"""Why bytes are no event of their topic: one reason and one sentence. The cold path."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from schemas.errors import Poison
from schemas.explain import Problem, problems, shown

ENVELOPE = ("specversion", "id", "source", "type", "time")
_BOM = b"\xef\xbb\xbf"
_LONGEST_NAME = 100
_AROUND = 24


class Refusal(Poison):
    """Poison that knows every problem; its detail is the first, and how many more there are."""

    def __init__(self, *problems: Problem) -> None:
        first, more = problems[0], len(problems) - 1
        super().__init__(first.reason, f"{first} (and {more} more)" if more else str(first))
        self.problems = problems


def refuse(topic: str, value: bytes, error: ValidationError, topics: Mapping[str, str]) -> Refusal:
    """Why a value is refused: the one thing that makes it no event of the topic, or each wrong field.

    Args:
        topic: where it came from.
        value: the bytes.
        error: what validation said.
        topics: the topic of every known type.
    """
    try:
        document = from_json(value)
    except ValueError as broken:
        return Refusal(not_json(value, str(broken)))
    if not isinstance(document, dict):
        wanted = "one CloudEvent, a JSON object; send the events of a list one by one"
        return Refusal(Problem("", shown(document), wanted, "not_an_event"))
    stranger = _not_an_event(document) or _foreign(topic, document["type"], topics)
    return Refusal(stranger) if stranger else Refusal(*problems(error, topics))


def not_json(value: bytes, said: str) -> Problem:
    """What hinders the parser: nothing there, another encoding, or broken JSON.

    >>> print(not_json(b'{"a": NaN}', "expected value at line 1 column 7"))
    "{"a": NaN}" at byte 7 of 10 came, wanted JSON (the parser says: expected value at line 1 column 7)
    """
    if not value.strip():
        came = "an empty value" if not value else f"white space only ({len(value)} bytes)"
        return Problem("", came, "one CloudEvent as JSON", "empty")
    try:
        value.decode()
    except UnicodeDecodeError as error:
        came = f"byte 0x{value[error.start]:02x} at position {error.start} ({error.reason})"
        return Problem("", came, "JSON in UTF-8", "not_utf8")
    if value.startswith(_BOM):
        return Problem("", "a byte order mark", "JSON without one", "not_json")
    said = said.removeprefix("Invalid JSON: ")
    return Problem("", _around(value, said), f"JSON (the parser says: {said[:200]})", "not_json")


def _around(value: bytes, said: str) -> str:
    """The text where the parser stopped; it says `... at line 1 column 17`, counted in bytes."""
    place = said.rpartition(" at line ")[2].partition(" column ")
    line, column = (int(word) if word.isdecimal() else 1 for word in (place[0], place[2]))
    before = sum(len(text) + 1 for text in value.split(b"\n", line - 1)[:-1])
    at = min(max(0, before + column - 1), len(value))
    start, end = max(0, at - _AROUND), at + _AROUND
    text = value[start:end].decode("utf-8", "ignore")
    cut = ("..." if start else "") + text + ("..." if end < len(value) else "")
    return f"{shown(cut)} at byte {at + 1} of {len(value)}"


def _not_an_event(document: dict[str, Any]) -> Problem | None:
    """What is missing for a CloudEvent, if anything."""
    if document.get("specversion", "1.0") != "1.0":
        wanted = '"1.0", the version of CloudEvents that we read'
        return Problem("specversion", shown(document["specversion"]), wanted, "not_an_event")
    missing = [name for name in ENVELOPE if name not in document]
    if missing:
        wanted = f"a CloudEvents 1.0 envelope, which needs {', '.join(ENVELOPE)}"
        came = "nothing" if len(missing) == 1 else f"no {', no '.join(missing)}"
        return Problem(missing[0] if len(missing) == 1 else "", came, wanted, "not_an_event")
    if not isinstance(document["type"], str):
        return Problem("type", shown(document["type"]), "a string, the event's type", "not_an_event")
    return None


def _foreign(topic: str, name: str, topics: Mapping[str, str]) -> Problem | None:
    """A type that belongs elsewhere, or that nobody knows."""
    home = topics.get(name)
    if home == topic:
        return None
    if home is None:
        return unknown_type(name, topics)
    wanted = f"a type of topic {topic}; this one belongs to topic {home}"
    return Problem("type", shown(name), wanted, "wrong_topic")


def unknown_type(name: str, topics: Iterable[str]) -> Problem:
    """A type that nobody knows, with the known one that is most like it.

    >>> print(unknown_type("tocsin.order.place.v1", ["tocsin.order.placed.v1"]))
    type: "tocsin.order.place.v1" came, wanted a type that we know; did you mean tocsin.order.placed.v1?
    """
    # Likeness is quadratic in length: a name as long as an event is not looked at.
    near = difflib.get_close_matches(name, topics, n=1, cutoff=0.75) if len(name) <= _LONGEST_NAME else []
    hint = f"; did you mean {near[0]}?" if near else ""
    return Problem("type", shown(name), f"a type that we know{hint}", "unknown_type")
