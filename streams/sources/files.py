"""Events in files: JSON lines, one event a line, gzipped where the name ends in `.gz`.

A line is a CloudEvent, or `{"topic": "orders", "key": "c-1", "event": {...}}` where `key` is optional and
lets a record be sent with a key that is not its event's. The event's bytes are sent as they stand in the
file.
"""

from __future__ import annotations

import gzip
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any

from schemas.decode import TOPICS, decode, topic_of
from schemas.errors import Permanent, Poison
from streams.sources.record import Record

_SPACE = " \t\r\n"


class _Number:
    """A number that is not looked at: Python refuses integers of thousands of digits."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


_JSON = JSONDecoder(parse_int=_Number, parse_float=_Number)


@dataclass(frozen=True)
class Line:
    """One line that is not blank.

    Attributes:
        file: where it stands.
        number: counted from 1.
        raw: its bytes without the line's end.
    """

    file: Path
    number: int
    raw: bytes

    @property
    def place(self) -> str:
        """`file:line`, as editors and compilers write it."""
        return f"{self.file}:{self.number}"


def lines(file: Path) -> Iterator[Line]:
    """The lines of one file.

    Raises:
        Permanent: it cannot be read, or is no gzip file although its name says so.
    """
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                if stripped := raw.strip():
                    yield Line(file, number, stripped)
    except (OSError, EOFError) as error:
        raise Permanent(f"{file} cannot be read: {error}.") from error


def record(line: Line) -> Record:
    """The record that a line stands for.

    Raises:
        Poison: it is no event of ours; the sentence says what came and what was wanted.
    """
    try:
        topic, key, value = unwrap(line.raw)
        if topic is None:
            topic = topic_of(_type(value))
    except (ValueError, RecursionError):
        # What a whole record cannot be read from, `decode` explains best; the topic does not matter then.
        topic, key, value = TOPICS[0], None, line.raw
    event = decode(topic, value)
    return Record(topic, (key or event.key).encode(), value, event.time_ms)


def raw_record(line: Line, topic: str) -> Record:
    """The line as it is, whatever it is: what a broken publisher would send. For trying out dead letters.

    Args:
        line: a wrapped event goes to its topic with its key; anything else is the record's value.
        topic: where that anything else goes.
    """
    try:
        wrapped, key, value = unwrap(line.raw)
    except (ValueError, RecursionError, Poison):
        wrapped, key, value = None, None, line.raw
    target = wrapped or topic
    try:
        event = decode(target, value)
    except Poison:
        return Record(target, None if key is None else key.encode(), value, None)
    return Record(target, (key or event.key).encode(), value, event.time_ms)


def merged(sources: Sequence[Iterable[Record]]) -> Iterator[Record]:
    """Several files as one stream by event time; each file keeps its own order, even if out of time.

    >>> one, two = [Record("orders", None, None, t) for t in (1, 9, 5)], [Record("tickets", None, None, 7)]
    >>> [record.at for record in merged([one, two])]
    [1, 7, 9, 5]
    """
    for _, _, item in heapq.merge(*(_timed(n, source) for n, source in enumerate(sources))):
        yield item


def _timed(number: int, source: Iterable[Record]) -> Iterator[tuple[int, int, Record]]:
    reached = 0
    for item in source:
        reached = max(reached, item.at or 0)
        yield reached, number, _Unordered(*item)


class _Unordered(Record):
    """A record that a tie of the merge never compares: the earlier stays the earlier."""

    __slots__ = ()

    def __lt__(self, _other: object) -> bool:
        return False


def unwrap(raw: bytes) -> tuple[str | None, str | None, bytes]:
    """(topic, key, the event's bytes) of a wrapped line; (None, None, the line) of a bare event.

    Raises:
        ValueError: the line is no JSON object.
        RecursionError: it is nested too deeply.
        Poison: it is a wrapper with a wrong topic or key.

    >>> unwrap(b'{"topic": "orders", "event": {"id": "1", "n": 1.0}}')
    ('orders', None, b'{"id": "1", "n": 1.0}')
    >>> unwrap(b'{"specversion": "1.0"}')
    (None, None, b'{"specversion": "1.0"}')
    """
    text = raw.decode()
    members = _members(text)
    if "event" not in members or "topic" not in members:
        return None, None, raw
    topic, key = members["topic"][0], members.get("key", (None,))[0]
    if topic not in TOPICS:
        raise Poison("unknown_topic", f"topic {topic!r:.100} came, wanted one of {', '.join(TOPICS)}")
    if not (key is None or (isinstance(key, str) and key.isprintable() and key)):
        raise Poison("invalid", f"key {key!r:.100} came, wanted a printable text")
    _, start, end = members["event"]
    return topic, key, text[start:end].encode()


def _members(text: str) -> dict[str, tuple[Any, int, int]]:
    """The members of a JSON object: name to (value, where its text begins, where it ends)."""
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise JSONDecodeError("an object is wanted", text, at)
    at = _skip(text, at + 1)
    found: dict[str, tuple[Any, int, int]] = {}
    while text[at : at + 1] == '"':
        name, at = _JSON.raw_decode(text, at)
        at = _expect(text, at, ":")
        value, end = _JSON.raw_decode(text, at)
        found[name] = (value, at, end)
        at = _skip(text, end)
        if text[at : at + 1] != ",":
            break
        at = _skip(text, at + 1)
    if _skip(text, _expect(text, at, "}")) != len(text):
        raise JSONDecodeError("one object a line is wanted", text, at)
    return found


def _expect(text: str, at: int, char: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != char:
        raise JSONDecodeError(f"{char} is wanted", text, at)
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _type(raw: bytes) -> str:
    """The event's type; anything that is none is left to `decode` to explain."""
    kind, _, _ = _members(raw.decode()).get("type", (None, 0, 0))
    if not isinstance(kind, str):
        raise JSONDecodeError("a type is wanted", "", 0)
    return kind
