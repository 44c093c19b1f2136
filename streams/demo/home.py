"""The demo's folder: what is in it, who uses it now, and what an earlier demo left there."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from schemas.errors import Permanent

MARKER = ".tocsin-demo"
OURS = (
    "broker",
    "logs",
    "mails",
    "tocsin.db",
    "tocsin.db-wal",
    "tocsin.db-shm",
    "tocsin.yaml",
    "summary.json",
)


@dataclass(frozen=True)
class Home:
    """Paths below one folder, absolute: children may run elsewhere."""

    root: Path

    @property
    def broker(self) -> Path:
        """The embedded broker's data."""
        return self.root / "broker"

    @property
    def logs(self) -> Path:
        """One log per child."""
        return self.root / "logs"

    @property
    def mails(self) -> Path:
        """What the sink keeps: .eml and .html."""
        return self.root / "mails"

    @property
    def store(self) -> Path:
        """The notifier's database."""
        return self.root / "tocsin.db"

    @property
    def config(self) -> Path:
        """Analysts, filters, rules."""
        return self.root / "tocsin.yaml"

    @property
    def summary(self) -> Path:
        """What it all came to."""
        return self.root / "summary.json"


@contextmanager
def opened(root: Path, config: Path | None = None) -> Iterator[Home]:
    """The folder, empty of what an earlier demo left, for one demo at a time.

    Args:
        root: made if it is not there.
        config: a `tocsin.yaml` of the user's own; None takes the demo's.

    Raises:
        Permanent: another demo runs in it, or it holds files that no demo made, or `config` cannot be read.
    """
    home = Home(root.resolve())
    text = _config(config)
    marker = home.root / MARKER
    if home.root.exists() and not marker.exists() and any(home.root.iterdir()):
        raise Permanent(
            f"{root} holds files that no demo made, and a demo might delete some of them; "
            "name another folder with --dir."
        )
    home.root.mkdir(parents=True, exist_ok=True)
    with marker.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Permanent(
                f"another demo runs in {root}; stop it, or name another folder with --dir."
            ) from None
        _clear(home)
        home.config.write_text(text, encoding="utf-8")
        home.broker.mkdir()
        try:
            yield home
        finally:
            _drop_data(home)


def _config(config: Path | None) -> str:
    if config is None:
        return resources.files("streams.demo").joinpath("tocsin.yaml").read_text(encoding="utf-8")
    try:
        return config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"{config} cannot be read: {error}.") from error


def _drop_data(home: Home) -> None:
    """What the broker left is of no use without it; its log stays."""
    if not home.broker.exists():
        return
    for path in home.broker.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.suffix != ".log":
            path.unlink()


def _clear(home: Home) -> None:
    for name in OURS:
        path = home.root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
