"""A store of each kind; PostgreSQL where its server and a driver are at hand."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.notifier.store import Store

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a server, without the database's name."""
    if not BINARIES:
        pytest.skip("PostgreSQL's server is not installed")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("PostgreSQL's driver is not installed: pip install 'psycopg[binary]'")
    folder = tmp_path_factory.mktemp("postgres")
    as_user: list[str] = []
    if os.getuid() == 0:
        # PostgreSQL refuses to run as root; its package brings a user.
        as_user = ["runuser", "-u", "postgres", "--"]
        for each in (folder, *folder.parents[:3]):
            each.chmod(0o755)
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    control = [*as_user, str(BINARIES[-1] / "pg_ctl"), "-D", str(data), "-w"]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    subprocess.run([*control, "initdb", "-o", "-A trust -U tocsin -E UTF8"], check=True, capture_output=True)
    log = str(folder / "log")
    subprocess.run([*control, "-l", log, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL)
    try:
        yield f"postgresql://tocsin@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL)


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
