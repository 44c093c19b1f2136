"""Events in files: JSON lines, one event a line, gzipped if named `.gz`; or the folder of an archive.

A line is a CloudEvent, or `{"topic": "orders", "key": "c-1", "event": {...}}` where `key` is optional and
lets a record be sent with a key that is not its event's. The event's bytes are sent as they stand in the
file.
"""

from __future__ import annotations

import gzip
import heapq
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.decode import TOPICS, decode, topic_of
from schemas.errors import Permanent, Poison
from schemas.explain import shown
from schemas.line import event_of, is_wrapped, parse
from streams.sources.record import Record


@dataclass(frozen=True)
class Line:
    """One line that is not blank.

    Attributes:
        file: where it stands; of an archive the kind's folder and the partition.
        number: counted from 1; of an archive the offset.
        raw: its bytes without the line's end.
    """

    file: Path
    number: int
    raw: bytes

    @property
    def place(self) -> str:
        """`file:line`, as editors and compilers write it."""
        return f"{self.file}:{self.number}"


def lines(file: Path, topics: Collection[str] = TOPICS) -> Iterator[Line]:
    """The lines of one file; the events of an archive, in the order in which their logs had them.

    Args:
        file: JSON lines, or a folder that `tocsin archive` wrote.
        topics: of an archive, the topics whose events are wanted; the others are not even opened.

    Raises:
        Permanent: it cannot be read, or is no gzip file or no archive although its name says so.
    """
    if file.is_dir():
        from streams.archive.reader import events  # noqa: PLC0415 - heavy, and most files are none

        for kind, partition, offset, value in events(file, topics):
            yield Line(file / kind / str(partition), offset, value)
        return
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                if stripped := raw.strip():
                    yield Line(file, number, stripped)
    except (OSError, EOFError, zlib.error) as error:
        raise Permanent(f"{file} cannot be read: {error}.") from error


def record(line: Line) -> Record:
    """The record that a line stands for.

    Raises:
        Poison: it is no event of ours; the sentence says what came and what was wanted.
    """
    topic, key, value = unwrap(line.raw)
    event = decode(topic, value)
    return Record(topic, (key or event.key).encode(), value, event.time_ms)


def raw_record(line: Line, topic: str) -> Record:
    """The line as it is, whatever it is: what a broken publisher would send. For trying out dead letters.

    Args:
        line: a wrapped event goes to its topic with its key; anything else is the record's value.
        topic: where that anything else goes.
    """
    try:
        target, key, value = unwrap(line.raw, topic)
    except Poison:
        target, key, value = topic, None, line.raw
    try:
        event = decode(target, value)
    except Poison:
        return Record(target, None if key is None else key.encode(), value, None)
    return Record(target, (key or event.key).encode(), value, event.time_ms)


def any_record(line: Line) -> Record:
    """The record that a line stands for; from what cannot be read, what a broken publisher would send."""
    try:
        return record(line)
    except Poison:
        return raw_record(line, "orders")


def merged(sources: Sequence[Iterable[Record]]) -> Iterator[Record]:
    """Several files as one stream by event time; each file keeps its own order, even if out of time.

    >>> one, two = [Record("orders", None, None, t) for t in (1, 9, 5)], [Record("tickets", None, None, 7)]
    >>> [record.at for record in merged([one, two])]
    [1, 7, 9, 5]
    """
    # A file has one record at a time in the merge, so that the numbers decide every tie.
    for _, _, item in heapq.merge(*(_timed(n, source) for n, source in enumerate(sources))):
        yield item


def _timed(number: int, source: Iterable[Record]) -> Iterator[tuple[int, int, Record]]:
    reached = 0
    for item in source:
        reached = max(reached, item.at or 0)
        yield reached, number, item


def unwrap(raw: bytes, topic: str | None = None) -> tuple[str, str | None, bytes]:
    """Topic, key if one is given, and the event's bytes.

    Args:
        raw: the line.
        topic: where a bare event goes; None lets its type decide.

    Raises:
        Poison: a wrapper with a wrong topic or key, or a type that nobody knows.

    >>> unwrap(b'{"topic": "orders", "event": {"id": "1", "n": 1.0}}')
    ('orders', None, b'{"id": "1", "n": 1.0}')
    >>> unwrap(b'{"specversion": "1.0", "type": "tocsin.ticket.opened.v1"}')
    ('tickets', None, b'{"specversion": "1.0", "type": "tocsin.ticket.opened.v1"}')
    """
    found = parse(raw)
    if not is_wrapped(found):
        kind = found.get("type") if isinstance(found, dict) else None
        # Where no type can be read, any topic will do: `decode` explains what came instead.
        return topic or (topic_of(kind) if isinstance(kind, str) else TOPICS[0]), None, raw
    named, key = found.get("topic"), found.get("key")
    if named not in TOPICS:
        raise Poison("unknown_topic", f"topic: {shown(named)} came, wanted one of {', '.join(TOPICS)}")
    if not (key is None or (isinstance(key, str) and key)):
        raise Poison("invalid", f"key: {shown(key)} came, wanted the record's key as a text, or none")
    return named, key, event_of(raw)
