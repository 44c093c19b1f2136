"""Look through files before anything is sent: a replay is refused as a whole, never in the middle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import Poison
from streams.sources.files import Line, lines
from streams.sources.record import Record


@dataclass
class Survey:
    """What files hold.

    Attributes:
        records: how many, by topic.
        first: earliest event time, ms; None if no line has one.
        last: latest.
        behind: by topic, how far one of its records was behind the latest before it in its file, at most, ms.
        refused: (file:line, what is wrong) of lines that stand for no record.
    """

    records: dict[str, int] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None
    behind: dict[str, int] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Records of all topics."""
        return sum(self.records.values())

    def add(self, record: Record) -> None:
        """Count one."""
        self.records[record.topic] = self.records.get(record.topic, 0) + 1
        if record.at is not None:
            self.first = record.at if self.first is None else min(self.first, record.at)
            self.last = record.at if self.last is None else max(self.last, record.at)


def survey(files: Iterable[Path], read: Callable[[Line], Record]) -> Survey:
    """Read every line of every file once.

    Args:
        files: JSON lines, gzipped or not.
        read: makes a line's record or raises Poison.

    Raises:
        Permanent: a file cannot be read.
    """
    found = Survey()
    for file in files:
        reached = 0
        for line in lines(file):
            try:
                record = read(line)
            except Poison as poison:
                found.refused.append((line.place, str(poison)))
                continue
            found.add(record)
            if record.at is not None:
                found.behind[record.topic] = max(reached - record.at, found.behind.get(record.topic, 0))
                reached = max(reached, record.at)
    return found
