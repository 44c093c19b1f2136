"""Finds the rules: the folder `alerts.rules` is the registry."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

import alerts.rules
from alerts.timeline import Episode, Known
from schemas.alert import Alert, State
from schemas.errors import Fatal


class Rule(Protocol):
    """What every file of the folder offers."""

    NAME: str
    ENTITY: str
    Settings: type[BaseModel]


@runtime_checkable
class TimelineRule(Protocol):
    """A rule that judges the timeline of one order or ticket."""

    NAME: str
    ENTITY: str
    Settings: type[BaseModel]

    def episodes(self, events: Sequence[Known], settings: Any) -> list[Episode]:
        """Episodes in the events known, a pure function of their set."""
        ...

    def settled(self, events: Sequence[Known]) -> list[Known]:
        """What must be remembered of a timeline whose events time has passed, and that waits for nothing."""
        ...

    def alert(
        self, state: State, entity: str, customer_id: str, events: Sequence[Known], episode: Episode
    ) -> Alert:
        """One episode in words."""
        ...


@cache
def find_rules() -> dict[str, Rule]:
    """Every rule by its name.

    Raises:
        Fatal: two files claim one name, or a file lacks what a rule must offer.

    >>> {"churn", "order_late", "watch"} <= find_rules().keys()
    True
    """
    found: dict[str, Rule] = {}
    for info in pkgutil.iter_modules(alerts.rules.__path__):
        module: Any = importlib.import_module(f"alerts.rules.{info.name}")
        missing = [name for name in ("NAME", "ENTITY", "Settings", "alert") if not hasattr(module, name)]
        if missing:
            raise Fatal(f"alerts/rules/{info.name}.py is no rule: it lacks {', '.join(missing)}")
        if module.NAME in found:
            raise Fatal(f"alerts/rules/{info.name}.py: the name {module.NAME!r} is taken by another rule")
        found[module.NAME] = module
    return found


def timeline_rules() -> dict[str, TimelineRule]:
    """The rules that judge timelines, by name."""
    return {name: rule for name, rule in find_rules().items() if isinstance(rule, TimelineRule)}
