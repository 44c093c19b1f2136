"""The ledger: how far each log is archived, in one small file that is replaced at once.

A flush writes files of several days and kinds. First they are written into `_staged`, then the ledger names
them together with the new positions (that is the moment from which the flush has happened), then they are
moved to their places. Whoever is killed before that moment has done nothing, and after it the next start
moves the rest. It is a redo log of one entry.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

import structlog
from pydantic import BaseModel, Field, ValidationError

from schemas.errors import Permanent, Transient
from streams.archive import files

log = structlog.get_logger(__name__)

LEDGER = "_ledger.json"
STAGED = "_staged"
LOCK = "_lock"


class ArchiveUnavailable(Transient):
    """The folder cannot be written now: a full disk, or another writer."""


class Log(BaseModel):
    """One partition: the next offset, and the newest event time that it has had, ms."""

    next: int = 0
    newest: int | None = None


class Tally(BaseModel):
    """What became of a kind's records, from the beginning on: each is in one of these."""

    rows: int = 0
    duplicates: int = 0
    unreadable: dict[str, int] = Field(default_factory=dict)


class Ledger(BaseModel):
    """What is archived.

    Attributes:
        number: of the newest flush.
        logs: positions by kind and partition.
        tallies: by kind.
        put: files to be moved, from their names in `_staged` to their places.
        drop: files to be removed, for others hold their rows.
    """

    version: Literal[1] = 1
    number: int = 0
    logs: dict[str, dict[int, Log]] = Field(default_factory=dict)
    tallies: dict[str, Tally] = Field(default_factory=dict)
    put: dict[str, str] = Field(default_factory=dict)
    drop: list[str] = Field(default_factory=list)


class Archive:
    """The folder, for the one process that writes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.staged = folder / STAGED
        self.ledger = Ledger()

    @contextmanager
    def opened(self) -> Iterator[Ledger]:
        """Take the folder, bring it to the state after a whole flush, and give it back in the end.

        Raises:
            ArchiveUnavailable: another process writes to it.
            Permanent: it cannot be written, or its ledger cannot be read.
        """
        try:
            self.staged.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / LOCK).open("ab")
        except OSError as error:
            raise Permanent(f"the archive {self.folder} cannot be written: {error}.") from error
        with lock:
            _take(lock, self.folder)
            self.ledger = self._load()
            with on_disk(self.folder):
                self._apply()
                self._sweep()
            yield self.ledger

    def commit(self, ledger: Ledger) -> None:
        """Make a flush happen.

        Args:
            ledger: as it is to be; what it puts has been staged.

        Raises:
            ArchiveUnavailable: the folder cannot be written.
        """
        with on_disk(self.folder):
            _sync(self.staged)
            _replace(self.folder / LEDGER, ledger.model_dump_json().encode())
            self.ledger = ledger
            self._apply()

    def _apply(self) -> None:
        touched: set[Path] = set()
        for name, place in self.ledger.put.items():
            source, target = self.staged / name, self.folder / place
            if source.exists():
                if not target.parent.exists():
                    target.parent.mkdir(parents=True)
                    touched |= {target.parent.parent, self.folder}
                source.rename(target)
            touched.add(target.parent)
        for folder in sorted(touched):
            _sync(folder)
        # Only now: the rows of what goes are in a file that has arrived.
        for place in self.ledger.drop:
            (self.folder / place).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what a flush left that never happened."""
        for leftover in self.staged.iterdir():
            leftover.unlink()

    def _load(self) -> Ledger:
        path = self.folder / LEDGER
        try:
            return Ledger.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return self._rebuilt()
        except (OSError, ValidationError) as error:
            raise Permanent(
                f"{path} cannot be read: {str(error).splitlines()[0]}. Restore it; without the file the "
                "positions are taken from the archive's own files, and the counts begin again."
            ) from error

    def _rebuilt(self) -> Ledger:
        """Positions from what the files say of themselves; empty for an empty folder.

        Raises:
            Permanent: a flush was cut, and nothing says whether it had happened.
        """
        found = Ledger()
        for place in sorted(self.folder.iterdir()):
            for paths in files.days(self.folder, place.name).values():
                for _, stamp in files.readable(paths, place.name):
                    _note(found, stamp)
        if found.logs and any(self.staged.iterdir()):
            raise Permanent(
                f"{self.folder / LEDGER} is missing while files wait in {self.staged}: restore it, or move "
                "the folder away and archive anew from Kafka."
            )
        if found.logs:
            log.warning("the ledger is missing; positions are taken from the files", folder=str(self.folder))
        return found


def _note(ledger: Ledger, stamp: files.Stamp) -> None:
    ledger.number = max(ledger.number, stamp.number)
    logs = ledger.logs.setdefault(stamp.kind, {})
    tally = ledger.tallies.setdefault(stamp.kind, Tally())
    for partition, stretch in stamp.logs.items():
        known = logs.setdefault(partition, Log())
        known.next = max(known.next, stretch.last + 1)
        known.newest = max(known.newest or stamp.newest, stamp.newest)
        tally.rows += stretch.rows


@contextmanager
def on_disk(folder: Path) -> Iterator[None]:
    """Turn errors of writing into ours: a full disk may have room later.

    Raises:
        ArchiveUnavailable: the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise ArchiveUnavailable(f"the archive {folder} cannot be written: {error}.") from error


def _take(lock: IO[bytes], folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ArchiveUnavailable(
            f"another tocsin archive writes to {folder}; one folder has one writer."
        ) from error


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.rename(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """What was renamed in a folder is durable once the folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
