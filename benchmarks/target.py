"""Something that a benchmark's figures must reach."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """Something that must hold.

    Attributes:
        what: in words.
        found: the figure.
        limit: what it must reach.
        most: whether it is a ceiling.
        aim: what we would like.
    """

    what: str
    found: float
    limit: float
    most: bool = False
    aim: float | None = None

    @property
    def met(self) -> bool:
        """Whether it holds."""
        return self.found <= self.limit if self.most else self.found >= self.limit

    def __str__(self) -> str:
        """The figure, what was wanted, and whether it was reached."""
        sign = "<=" if self.most else ">="
        aim = "" if self.aim is None else f" (aim {self.aim:g})"
        word = "met " if self.met else "MISSED"
        return f"{word} {self.what}: {self.found:.2f}, wanted {sign} {self.limit:g}{aim}"
