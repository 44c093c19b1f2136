"""docker-compose.yml as a test sees it: read, with the defaults of its variables put in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{[A-Z_]+:-([^}]*)\}")
OURS = ("topics", "mail", "worker", "notifier", "archive")


def read() -> dict[str, Any]:
    """The whole file, as it is where no variable is set."""
    return yaml.safe_load(VARIABLE.sub(r"\1", FILE.read_text()))


def services() -> dict[str, Any]:
    """The services by name."""
    return read()["services"]


def environment(service: str) -> dict[str, str]:
    """A service's environment, as its process would get it."""
    return {name: _text(value) for name, value in services()[service]["environment"].items()}


def check_of(service: str) -> list[str]:
    """The command of a service's health check, without the word CMD."""
    kind, *command = services()[service]["healthcheck"]["test"]
    assert kind == "CMD"
    return command


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
