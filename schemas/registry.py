"""The folder `schemas/events` is the list of event types; this walks it once.

A file that does not load, says no topic, or names a type that another file has stops the start.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Any, get_args

from pydantic import TypeAdapter

from schemas.envelope import Event
from schemas.errors import Fatal


@dataclass(frozen=True)
class Contract:
    """What may travel on one topic.

    Attributes:
        topic: its name without a prefix.
        purpose: the first line of the file's docstring.
        types: the event class of every `type`.
        read: bytes to event in one pass.
    """

    topic: str
    purpose: str
    types: Mapping[str, type[Event]]
    read: TypeAdapter[Event]


def load(package: ModuleType) -> Mapping[str, Contract]:
    """Every contract of a package, by topic.

    Raises:
        Fatal: a file is broken, or two files claim the same topic or type.
    """
    found: dict[str, Contract] = {}
    owner: dict[str, str] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        name = f"{package.__name__}.{info.name}"
        contract = _contract(name)
        for claim in (contract.topic, *contract.types):
            if claim in owner:
                raise Fatal(f"{name} and {owner[claim]} both define {claim!r}; one of them has to go")
            owner[claim] = name
        found[contract.topic] = contract
    return MappingProxyType(found)


def _contract(name: str) -> Contract:
    try:
        module = importlib.import_module(name)
    except Exception as error:  # a module may fail in any way while it loads; the error says which one
        raise Fatal(f"{name} does not load: {error!r}") from error
    topic, union = getattr(module, "TOPIC", None), getattr(module, "Event", None)
    if not isinstance(topic, str) or union is None:
        raise Fatal(f"{name} has to define TOPIC (a name) and Event (the union of its event classes)")
    types: dict[str, type[Event]] = {}
    for member in _members(union):
        if not (isinstance(member, type) and issubclass(member, Event)):
            raise Fatal(f"{name}: {member!r} in Event is no subclass of schemas.envelope.Event")
        if member.type_name() in types:
            raise Fatal(f"{name} defines {member.type_name()!r} twice")
        types[member.type_name()] = member
    purpose = (module.__doc__ or "").strip().partition("\n")[0]
    return Contract(topic, purpose, MappingProxyType(types), TypeAdapter(union))


def _members(union: Any) -> tuple[Any, ...]:
    """The classes in `Annotated[A | B, ...]`, or the one in `Annotated[A, ...]`."""
    inner = get_args(union)[0] if hasattr(union, "__metadata__") else union
    return get_args(inner) or (inner,)
