"""One notifier at a time works on a store; another one waits until it is gone, however it went.

SQLite: an exclusive lock on a file beside the database, which the kernel gives back when its process ends.
PostgreSQL: an advisory lock, which the server gives back when its connection ends.
"""

from __future__ import annotations

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError, InterfaceError

from streams.notifier.store import Store, StoreUnavailable

# Any number that nobody else uses in the same database.
_KEY = 0x70C51


class Leadership(Protocol):
    """The right to work on a store."""

    def acquire(self) -> bool:
        """Take it if it is free; whether it is ours."""
        ...

    def confirm(self) -> None:
        """Go on only while it is ours.

        Raises:
            StoreUnavailable: it was lost.
        """
        ...

    def release(self) -> None:
        """Give it back."""
        ...


def leadership_of(store: Store) -> Leadership:
    """The lock that fits the store."""
    return _FileLock(store.file) if store.file is not None else _AdvisoryLock(store)


class _FileLock:
    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}.lock")
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        if self._file is None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                file = self._path.open("ab")
            except OSError as error:
                raise StoreUnavailable(f"the lock of the store: {error}") from error
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                return False
            self._file = file
        return True

    def confirm(self) -> None:
        """A file lock is lost with its process only."""

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _AdvisoryLock:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        if self._connection is None:
            try:
                connection = self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}):
                    connection.close()
                    return False
            except (DatabaseError, InterfaceError) as error:
                raise StoreUnavailable(f"the store {self._store.name}: {error.orig}") from error
            self._connection = connection
        return True

    def confirm(self) -> None:
        if self._connection is None:
            return
        try:
            self._connection.scalar(text("SELECT 1"))
        except (DatabaseError, InterfaceError) as error:
            raise StoreUnavailable(f"the store {self._store.name} ended our lock: {error.orig}") from error

    def release(self) -> None:
        if self._connection is not None:
            # Closing alone would give the connection back to the pool, and the lock with it.
            with suppress(DatabaseError, InterfaceError):
                self._connection.scalar(text("SELECT pg_advisory_unlock(:key)"), {"key": _KEY})
                self._connection.close()
            self._connection = None
