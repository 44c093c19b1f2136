"""The SQL store: SQLite in a file, or PostgreSQL. A write is one transaction, durable when it returns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    NoSuchModuleError,
    ProgrammingError,
    SQLAlchemyError,
)

from schemas.errors import Fatal, Permanent, Transient
from streams.notifier import tables

BUSY_SECONDS = 10
_READ = "tocsin_read"


class StoreUnavailable(Transient):
    """The database cannot be used now: gone, locked, full or broken."""


class Store:
    """The database, its schema checked.

    Args:
        url: `sqlite:///path` or `postgresql://user:password@host/name`.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.name = self.engine.url.render_as_string(hide_password=True)

    @property
    def file(self) -> Path | None:
        """The database's file, if it is SQLite."""
        database = self.engine.url.database
        return Path(database) if self.engine.dialect.name == "sqlite" and database else None

    def create(self) -> None:
        """Make the tables that are not there.

        Raises:
            Fatal: they are another version's.
            StoreUnavailable: the database cannot be used now.
        """
        if self.file is not None:
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreUnavailable(f"the store {self.name}: {error}") from error
        with self.write() as connection:
            if self._version(connection) != tables.VERSION:
                tables.metadata.create_all(connection)
                connection.execute(
                    upsert(connection, tables.meta), {"key": "schema", "value": tables.VERSION}
                )

    def require(self) -> None:
        """Go on only with a store that is there and of our version; nothing is made.

        Raises:
            Permanent: nobody has used it yet, or not since this version came.
            Fatal: it is another version's.
        """
        found = None
        if self.file is None or self.file.exists():
            with self.read() as connection:
                found = self._version(connection)
        if found is None:
            raise Permanent(f"there is no store at {self.name} yet; `tocsin notifier` makes it.")
        if found != tables.VERSION:
            raise Permanent(
                f"the store {self.name} is an earlier version's; `tocsin notifier` adds what it lacks, "
                "as soon as it starts."
            )

    def _version(self, connection: Connection) -> str | None:
        if not inspect(connection).has_table("meta"):
            return None
        found = connection.scalar(select(tables.meta.c.value).where(tables.meta.c.key == "schema"))
        if found is not None and found != tables.VERSION and found not in tables.UPGRADABLE:
            raise Fatal(
                f"the store {self.name} has schema {found}, and this version needs {tables.VERSION}. Start "
                "the version of Tocsin that made it, or give this one a new store by TOCSIN_STORE_URL: it "
                "then reads the topic from its beginning, and sends what was sent again, under the same "
                "Message-IDs."
            )
        return found

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, durable once the block ends; it is rolled back if the block raises.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        with self._in_words(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that looks and never holds a writer up.

        Raises:
            StoreUnavailable: the database cannot be used now.
        """
        with self._in_words(), self.engine.execution_options(**{_READ: True}).connect() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, ProgrammingError, DataError):
            raise  # a defect of ours; trying again would not mend it
        except (DatabaseError, InterfaceError) as error:
            raise StoreUnavailable(f"the store {self.name}: {error.orig}") from error


def insert_new(connection: Connection, table: Table) -> Any:
    """An insert that skips rows whose key or unique columns are there already; execute it with the rows."""
    return _dialect(connection).insert(table).on_conflict_do_nothing()


def upsert(connection: Connection, table: Table) -> Any:
    """An insert that replaces rows of the same key; execute it with the rows."""
    insert = _dialect(connection).insert(table)
    keys = [column.name for column in table.primary_key]
    changes = {column.name: insert.excluded[column.name] for column in table.c if column.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=changes)


def _dialect(connection: Connection) -> Any:
    return postgresql if connection.dialect.name == "postgresql" else sqlite


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise Permanent(
                f"TOCSIN_STORE_URL: {parsed.get_backend_name()} is not supported; use sqlite or postgresql."
            )
        engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() == "postgresql")
    except ImportError as error:
        raise Permanent(
            f"TOCSIN_STORE_URL: the driver {error.name} is missing; pip install 'psycopg[binary]'."
        ) from error
    except (ArgumentError, NoSuchModuleError, SQLAlchemyError, ValueError) as error:
        raise Permanent(
            "TOCSIN_STORE_URL: wanted sqlite:///path or postgresql://user:password@host/name."
        ) from error
    if engine.dialect.name == "sqlite":
        if parsed.database in {None, "", ":memory:"}:
            raise Permanent(
                "TOCSIN_STORE_URL: a store in memory forgets what was sent; wanted sqlite:///path."
            )
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail, not wait, if another wrote in between.
    reads = connection.get_execution_options().get(_READ)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
