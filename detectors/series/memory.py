"""What every part of a series remembers, as plain JSON, and back without losing a bit."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from schemas.errors import Permanent


class UnreadableSeries(Permanent):
    """A state that this version cannot read; the reader starts the series anew, and says so."""


class Memory:
    """Base of everything that remembers.

    `KEPT` names the attributes (numbers, or lists of numbers) that are the state, `PARTS` those that are
    memories themselves, or lists of them.
    """

    __slots__ = ()
    KEPT: ClassVar[tuple[str, ...]] = ()
    PARTS: ClassVar[tuple[str, ...]] = ()

    def dump(self) -> dict[str, Any]:
        """The state; lists are copies."""
        found: dict[str, Any] = {}
        for name in self.KEPT:
            value = getattr(self, name)
            found[name] = value.copy() if type(value) is list else value
        for name in self.PARTS:
            part = getattr(self, name)
            found[name] = [each.dump() for each in part] if type(part) is list else part.dump()
        return found

    def load(self, saved: Any) -> None:
        """Take a dumped state over.

        Raises:
            UnreadableSeries: a part is missing, of another shape, or not finite.
        """
        if not isinstance(saved, dict):
            raise UnreadableSeries(_says(type(self).__name__, "is not there"))
        for name in self.KEPT:
            setattr(self, name, _alike(name, getattr(self, name), saved.get(name)))
        for name in self.PARTS:
            part, each = getattr(self, name), saved.get(name)
            parts, states = (part, each) if isinstance(part, list) else ([part], [each])
            if not isinstance(states, list) or len(parts) != len(states):
                raise UnreadableSeries(_says(name, f"should have {len(parts)} parts"))
            for one, state in zip(parts, states, strict=True):
                one.load(state)


def _alike(name: str, now: Any, saved: Any) -> Any:
    if not isinstance(now, list):
        return _number(name, saved)
    if not isinstance(saved, list) or (now and len(saved) != len(now)):
        raise UnreadableSeries(_says(name, f"should be a list of {len(now)} numbers"))
    return [_number(name, value) for value in saved]


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UnreadableSeries(_says(name, f"holds {value!r:.40}, not a finite number"))
    return value


def _says(name: str, what: str) -> str:
    return f"the saved state of a series is broken: {name} {what}; start the series anew."
