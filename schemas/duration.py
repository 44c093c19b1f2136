"""A span of time as people write it in a settings file: `45s`, `90m`, `4h`, `2d`, `1w`, `1h30m`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

LONGEST = timedelta(days=3650)

_MOST_BITS = 64
_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_FORM = re.compile(r"\s*".join(rf"(?:(\d{{1,9}})\s*{unit})?" for unit in _UNITS), re.ASCII)
_WANTED = "a duration such as 45s, 90m, 4h, 2d or 1h30m"


def parse_duration(raw: object) -> timedelta:
    """Read one duration; a `timedelta` passes as it is, and a bare 0 needs no unit.

    Args:
        raw: what stood in the file.

    Raises:
        PydanticCustomError: (a `ValueError`) not a duration, negative, or longer than ten years.

    >>> parse_duration("90m"), parse_duration("1h30m") == parse_duration("90m")
    (datetime.timedelta(seconds=5400), True)
    >>> parse_duration("2 d")
    datetime.timedelta(days=2)
    >>> parse_duration(90)
    Traceback (most recent call last):
    ...
    pydantic_core._pydantic_core.PydanticCustomError: 90 has no unit; write 90m for minutes or 90h for hours
    """
    if isinstance(raw, timedelta):
        span = raw
    elif isinstance(raw, bool) or not isinstance(raw, int | str):
        raise _refuse(f"wanted {_WANTED}")
    elif isinstance(raw, int) and raw.bit_length() > _MOST_BITS:
        # Python refuses to write out an integer of thousands of digits.
        raise _refuse(f"wanted {_WANTED}")
    else:
        span = _parse_text(str(raw))
    if not timedelta(0) <= span <= LONGEST:
        raise _refuse(f"wanted {_WANTED}, from 0s to {LONGEST.days}d")
    return span


def _parse_text(raw: str) -> timedelta:
    text = raw.strip()
    if text == "0":
        return timedelta(0)
    if text.isascii() and text.isdigit():
        shown = text[:20]
        raise _refuse(f"{shown} has no unit; write {shown}m for minutes or {shown}h for hours")
    match = _FORM.fullmatch(text)
    if not text or match is None:
        raise _refuse(f"wanted {_WANTED}")
    counts = (int(group or 0) for group in match.groups())
    seconds = sum(count * unit for count, unit in zip(counts, _UNITS.values(), strict=True))
    # timedelta itself overflows far above the longest span that we take.
    return timedelta(seconds=min(seconds, int(LONGEST.total_seconds()) + 1))


def _refuse(message: str) -> PydanticCustomError:
    # Braces of the message must not be read as a template's.
    return PydanticCustomError("duration", "{message}", {"message": message})


def format_duration(span: timedelta) -> str:
    """The shortest form that `parse_duration` reads back as the same span, to the second.

    >>> format_duration(timedelta(minutes=90)), format_duration(timedelta(0))
    ('1h30m', '0s')
    """
    rest = int(span.total_seconds())
    parts: list[str] = []
    for name, unit in _UNITS.items():
        count, rest = divmod(rest, unit)
        if count:
            parts.append(f"{count}{name}")
    return "".join(parts) or "0s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": "string", "pattern": "^([0-9]+[wdhms] ?)+$|^0$", "examples": ["90m", "4h", "2d"]}
    ),
]
"""Use as a field's type: `grace: Duration = timedelta(0)`."""
