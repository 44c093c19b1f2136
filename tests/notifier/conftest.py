"""A store of each kind; PostgreSQL where its server and a driver are at hand."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.broker import free_port
from streams.notifier.store import Store

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a server, without the database's name."""
    if not BINARIES:
        pytest.skip("PostgreSQL's server is not installed")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("PostgreSQL's driver is not installed: pip install 'psycopg[binary]'")
    # Not in pytest's folder, which the user that it runs as may not enter.
    with tempfile.TemporaryDirectory(prefix="postgres") as folder:
        as_user: list[str] = []
        if os.getuid() == 0:
            # PostgreSQL refuses to run as root; its package brings a user.
            as_user = ["runuser", "-u", "postgres", "--"]
            shutil.chown(folder, "postgres")
        control = [*as_user, str(BINARIES[-1] / "pg_ctl"), "-D", f"{folder}/data", "-w"]
        port = free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"

        def run(*arguments: str) -> None:
            # The server keeps what it inherits; a pipe would never end.
            with Path(f"{folder}.log").open("wb") as log:
                done = subprocess.run([*control, *arguments], check=False, cwd="/", stdout=log, stderr=log)
            assert done.returncode == 0, Path(f"{folder}.log").read_text()

        run("initdb", "-o", "-A trust -U tocsin -E UTF8")
        run("-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql://tocsin@127.0.0.1:{port}"
        finally:
            run("-m", "immediate", "stop")
            Path(f"{folder}.log").unlink()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty store of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/var/tocsin.db"
    server: str = request.getfixturevalue("postgres")
    return f"{server}/{_new_database(server)}"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store of each kind in turn."""
    opened = Store(store_url)
    opened.create()
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file."""
    opened = Store(f"sqlite:///{tmp_path}/tocsin.db")
    opened.create()
    yield opened
    opened.close()


def _new_database(server: str) -> str:
    from sqlalchemy import create_engine, text  # noqa: PLC0415

    name = f"t{secrets.token_hex(6)}"
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return name
