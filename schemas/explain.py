"""Say to a person what is wrong with a field: where, what came, what is wanted.

Whatever came is shown shortened, quoted and without control characters: these sentences go to logs, dead
letters, terminals and mails.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.scalars import WANTED

SHOWN = 60
"""Longest text of a publisher that we repeat, in characters."""

_PLAIN = 18  # digits; beyond it only their number is worth saying


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one event.

    Attributes:
        field: path from the top, such as `data.lines[3].amount`; empty where the whole value is meant.
        came: what was found, shortened and safe to print.
        wanted: what to send instead.
        reason: one of `schemas.decode.REASONS`.
    """

    field: str
    came: str
    wanted: str
    reason: str

    def __str__(self) -> str:
        """One sentence."""
        where = f"{self.field}: " if self.field else ""
        return f"{where}{self.came} came, wanted {self.wanted}"


def shown(value: object, most: int = SHOWN) -> str:  # noqa: PLR0911 - one return for each kind of value
    r"""A short, printable picture of a JSON value.

    >>> shown("a\x00b"), shown(True), shown(None), shown(1.5), shown([1, 2])
    ('"a\\x00b"', 'true', 'null', '1.5', 'a list of 2')
    >>> shown("x" * 100, most=5), shown(10**30)
    ('"xxxxx..." (100 characters)', 'an integer of 31 digits')
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            # Python refuses to print integers of more than 4300 digits.
            return str(value) if abs(value) < 10**_PLAIN else f"an integer of {_digits(value)} digits"
        case str() | bytes():
            text = value if isinstance(value, str) else value[: most + 4].decode("utf-8", "replace")
            quoted = f'"{printable(text[:most])}{"..." if len(value) > most else ""}"'
            return f"{quoted} ({len(value)} characters)" if len(value) > most else quoted
        case dict():
            return f"an object of {len(value)}" if value else "an empty object"
        case list() | tuple():
            return f"a list of {len(value)}" if value else "an empty list"
        case _:
            return printable(repr(value)[:most])


def _digits(value: int) -> int:
    """Decimal digits of a large integer, without printing it."""
    value = abs(value)
    low = (value.bit_length() - 1) * 1233 >> 12  # 1233 / 4096 is just below log10(2)
    return low + sum(bool(value >= 10**n) for n in (low, low + 1))


def printable(text: str) -> str:
    r"""The text with everything escaped that a terminal, a log or a header might obey.

    >>> printable("Zürich\r\nBcc: x")
    'Zürich\\r\\nBcc: x'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def path(loc: Iterable[int | str]) -> str:
    """A field's path as people write it; names that publishers chose are quoted.

    >>> path(("data", "lines", 3, "amount")), path(("data", "attributes", "two words"))
    ('data.lines[3].amount', 'data.attributes["two words"]')
    """
    text = ""
    for step in loc:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier() and len(step) <= SHOWN:
            text += f".{step}" if text else step
        else:
            text += f"[{shown(step)}]"
    return text


def problems(error: ValidationError, tags: Iterable[str], reason: str = "invalid") -> list[Problem]:
    """Every problem that pydantic found.

    Args:
        error: what validation raised.
        tags: the type names; pydantic puts the one that it chose before the path, where it says nothing.
        reason: for all of them.
    """
    known = frozenset(tags)
    return [_problem(one, known, reason) for one in error.errors(include_url=False)]


def _problem(error: ErrorDetails, tags: frozenset[str], reason: str) -> Problem:
    loc = error["loc"][1:] if error["loc"] and error["loc"][0] in tags else error["loc"]
    # The path ends in "[key]" where a name in an object is wrong, not its value.
    is_name = loc[-1:] == ("[key]",)
    came = "nothing" if error["type"] == "missing" else shown(error["input"])
    return Problem(
        path(loc[:-1] if is_name else loc), came, ("as the name " if is_name else "") + _wanted(error), reason
    )


_WANTED = {
    "missing": "a value, the field is required",
    "string_type": "a string",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "literal_error": "{expected}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "union_tag_invalid": "one of {expected_tags}",
}


def _wanted(error: ErrorDetails) -> str:
    template: str = _WANTED.get(error["type"], "")
    if template:
        return template.format_map(error.get("ctx", {}))
    # Our own sentence, or pydantic's for a kind of error that no event type has had yet.
    return error["msg"] if error["type"] == WANTED else printable(error["msg"][:200])
