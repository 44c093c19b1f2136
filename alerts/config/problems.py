"""What is wrong in a settings file, said so that the reader can mend it without asking."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic_core import PydanticCustomError

from schemas.errors import Permanent

_LONGEST_SHOWN = 60
_MOST_BITS = 64

Place = tuple[str | int, ...]
"""Where in the file: keys and list positions from the top, e.g. `("analysts", 1, "mail")`."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend.

    Attributes:
        file: the file's name as the user gave it.
        line: counted from 1.
        path: keys from the top, e.g. `analysts[1].mail`; empty for the file as a whole.
        came: what stands there now.
        wanted: what should, or what to write instead.
    """

    file: str
    line: int
    path: str
    came: str
    wanted: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: {self.path}".rstrip(": ")
        return f"{where}: {self.came}; {self.wanted}"


class ConfigError(Permanent):
    """The settings file cannot be used; `problems` has all that is wrong with it, in the file's order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the settings file:"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))


def refuse(message: str) -> PydanticCustomError:
    """What a model's validator raises to have these very words shown."""
    # Braces of the message must not be read as a template's.
    return PydanticCustomError("tocsin", "{message}", {"message": message})


def path_words(place: Place) -> str:
    """A place as people write it.

    >>> path_words(("analysts", 1, "receives", 0, "labels"))
    'analysts[1].receives[0].labels'
    """
    words = ""
    for part in place:
        words += f"[{part}]" if isinstance(part, int) else f".{_plain(part)}"
    return words.removeprefix(".")


def shown(value: object) -> str:
    r"""A value in an error message: on one line, printable, cut short.

    >>> shown("ana\nexample"), shown(None), shown([1, 2]), shown("x" * 100)[-20:]
    ("'ana\\nexample'", 'nothing', 'a list', "xxxxxxxxxxxxxxxx...'")
    """
    if isinstance(value, str):
        return ascii(value[:_LONGEST_SHOWN] + ("..." if len(value) > _LONGEST_SHOWN else ""))
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return "a giant number"  # Python refuses to write out an integer of thousands of digits
    if isinstance(value, list | dict) and not value:
        return "an empty list" if isinstance(value, list) else "an empty mapping"
    words = {"NoneType": "nothing", "list": "a list", "dict": "a mapping", "bool": str(value).lower()}
    return words.get(type(value).__name__, str(value))


def did_you_mean(came: str, known: Iterable[str]) -> str:
    """Advice for a name that is not known: the nearest one, else all of them.

    >>> did_you_mean("reigon", ["region", "carrier"])
    "did you mean 'region'?"
    >>> did_you_mean("colour", ["region", "carrier"])
    'known are carrier, region'
    """
    names = sorted(known)
    nearest = difflib.get_close_matches(came.lower(), names, n=1, cutoff=0.6)
    if nearest:
        return f"did you mean '{nearest[0]}'?"
    return f"known are {', '.join(names)}" if names else "nothing is known here"


def _plain(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else shown(key)
