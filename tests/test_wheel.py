"""The built wheel is whole: every file of the rooms is in it, and it runs where there is no repository."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("alerts", "detectors", "schemas", "streams")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as the image builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_every_file_of_the_rooms_is_in_it(wheel: Path) -> None:
    there = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == there


def test_it_runs_without_the_repository(wheel: Path, tmp_path: Path) -> None:
    """Installed into a fresh environment that borrows our libraries, and nothing of the working tree."""
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    install = [str(uv), "pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(python)]
    subprocess.run([*install, str(wheel)], check=True)
    own = next((home / "lib").glob("python*/site-packages"))
    # A path file is read after the environment's own packages, so the wheel's rooms come first.
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")

    where = "import alerts, detectors, schemas, streams; print(alerts.__file__, streams.__file__)"
    found = subprocess.run(
        [str(python), "-c", where], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert all(path.startswith(str(own)) for path in found.stdout.split())

    helped = subprocess.run(
        [str(home / "bin" / "tocsin"), "--help"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    for command in ("broker", "demo", "notifier", "status", "tail", "topics", "worker"):
        assert command in helped.stdout
