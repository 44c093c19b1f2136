"""The folder is the registry: what is broken in it stops the start, and says where."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from schemas.errors import Fatal
from schemas.registry import load

PACKAGE = "some_contracts"
GOOD = '''"""Topic `{topic}`: things."""
from typing import Annotated, Literal
from pydantic import Field
from schemas.envelope import CustomerData, Event as Envelope
TOPIC = "{topic}"
class Thing(Envelope):
    type: Literal["{type}"]
    data: CustomerData
Event = Annotated[Thing, Field()]
'''


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    package = tmp_path / PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text("")
    sys.path.insert(0, str(tmp_path))
    yield package
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def imported() -> ModuleType:
    importlib.invalidate_caches()
    return importlib.import_module(PACKAGE)


def add(folder: Path, name: str, topic: str, type_: str) -> None:
    (folder / f"{name}.py").write_text(GOOD.format(topic=topic, type=type_))


def test_a_new_file_is_a_new_topic(folder: Path) -> None:
    add(folder, "parcels", "parcels", "com.example.parcel.lost.v1")
    contract = load(imported())["parcels"]
    assert contract.purpose == "Topic `parcels`: things."
    assert [event.kind for event in contract.types.values()] == ["lost"]


@pytest.mark.parametrize(("topic", "name"), [("one", "tocsin.b.c.v1"), ("two", "tocsin.a.b.v1")])
def test_a_doubled_topic_or_type_stops_the_start(folder: Path, topic: str, name: str) -> None:
    add(folder, "first", "one", "tocsin.a.b.v1")
    add(folder, "second", topic, name)
    with pytest.raises(Fatal, match=r"some_contracts\.second and some_contracts\.first both define"):
        load(imported())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("this is no Python", "broken does not load: SyntaxError"),
        ("import not_installed_here", "broken does not load: ModuleNotFoundError"),
        ("TOPIC = 'x'", "broken has to define TOPIC"),
        ("Event = int", "broken has to define TOPIC"),
        ("TOPIC = 'x'; Event = int", "is no subclass of schemas.envelope.Event"),
    ],
)
def test_a_broken_file_stops_the_start(folder: Path, text: str, says: str) -> None:
    add(folder, "alright", "one", "tocsin.a.b.v1")
    (folder / "broken.py").write_text(text)
    with pytest.raises(Fatal) as caught:
        load(imported())
    assert says in str(caught.value)
