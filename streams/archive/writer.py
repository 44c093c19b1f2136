"""From records to files: a pile for each kind, and a flush that happens as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from streams.archive import files
from streams.archive.compaction import compact
from streams.archive.kinds import Kind
from streams.archive.ledger import Archive, Ledger, Log, Tally, on_disk
from streams.archive.pile import Pile, Record
from streams.archive.repeated import without_repetitions

log = structlog.get_logger(__name__)

MOST_BYTES = 64 << 20


@dataclass
class Written:
    """What a process has done since it was started."""

    rows: int = 0
    files: int = 0
    merged: int = 0


@dataclass
class Writer:
    """Takes records, partition by partition in the order of their offsets, and archives them.

    Args:
        archive: opened.
        kinds: by name.
        most_rows: are held in memory; with that many it flushes by itself,
        most_bytes: or with that many bytes of events.
    """

    archive: Archive
    kinds: Mapping[str, Kind]
    most_rows: int
    most_bytes: int = MOST_BYTES
    written: Written = field(default_factory=Written)

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        ledger = self.archive.ledger.model_copy(deep=True)
        self._piles = {
            name: Pile(kind, ledger.logs.get(name, {}), ledger.tallies.get(name, Tally()))
            for name, kind in self.kinds.items()
        }

    def positions(self, kind: str) -> dict[int, int]:
        """The offset that comes next, by partition."""
        return {partition: log.next for partition, log in self._piles[kind].logs.items()}

    def take(self, kind: str, records: Iterable[Record], latest: int) -> None:
        """Add records, and flush if they are many.

        Args:
            kind: whose they are.
            records: those that come next in their partitions.
            latest: an event after this moment, ms, is from the future.

        Raises:
            ArchiveUnavailable: the folder cannot be written.
        """
        pile = self._piles[kind]
        for record in records:
            pile.take(record, latest)
            if self._full():
                self.flush()
                pile = self._piles[kind]

    def move(self, kind: str, partition: int, position: int) -> None:
        """Note how far a partition was read: markers of transactions are no records and have offsets."""
        log = self._piles[kind].logs.setdefault(partition, Log())
        log.next = position

    def _full(self) -> bool:
        piles = self._piles.values()
        rows, held = sum(pile.rows for pile in piles), sum(pile.bytes for pile in piles)
        return rows >= self.most_rows or held >= self.most_bytes

    def flush(self) -> None:
        """Write what is held, and note how far every log was read.

        Raises:
            ArchiveUnavailable: the folder cannot be written.
        """
        before = self.archive.ledger
        ledger = Ledger(number=before.number + 1)
        rows = 0
        for name, pile in self._piles.items():
            with on_disk(self.archive.folder):
                rows += self._stage(ledger, pile)
            ledger.logs[name], ledger.tallies[name] = pile.logs, pile.tally
        if ledger.logs != before.logs:
            self.archive.commit(ledger)
        if rows:
            log.info("archived", rows=rows, files=len(ledger.put))
            with on_disk(self.archive.folder):
                self.written.merged += sum(compact(self.archive, kind) for kind in self.kinds.values())
        self.written.rows += rows
        self.written.files += len(ledger.put)
        self._begin()

    def _stage(self, ledger: Ledger, pile: Pile) -> int:
        kind, rows = pile.kind, 0
        there = files.days(self.archive.folder, kind.name)
        for day, table in pile.days():
            fresh = without_repetitions(table, kind.name, there.get(day, [])) if kind.identified else table
            pile.tally.duplicates += len(table) - len(fresh)
            if not len(fresh):
                continue
            place = files.place(kind.name, day, ledger.number)
            name = place.replace("/", "+")
            stamp = files.stamp_of(kind.name, ledger.number, [fresh])
            files.write(self.archive.staged / name, [fresh], kind.schema, stamp)
            ledger.put[name] = place
            rows += len(fresh)
        pile.tally.rows += rows
        return rows
