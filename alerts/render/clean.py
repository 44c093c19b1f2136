"""Make text from outside fit for one line of a mail: no breaks, no invisible commands, no endless ids."""

from __future__ import annotations

import unicodedata

JOINERS = frozenset("\u200c\u200d")  # emoji families and Persian words fall apart without them
_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")
_STACKING = frozenset({"Mn", "Me"})
MOST_MARKS = 3  # accents stacked on one letter; more of them paint over the neighbouring lines


def clean(text: str, limit: int) -> str:
    r"""The visible part of `text` on one line, at most `limit` characters.

    Line breaks and every kind of space become one space. Control characters, bidirectional overrides, lone
    surrogates and other invisible or private characters go; so do accents piled on one letter.

    >>> clean("two\r\nBcc: all@example.com", 80)
    'two Bcc: all@example.com'
    >>> clean("abc\u202egnp.exe\x1b[31m", 80)
    'abcgnp.exe[31m'
    >>> clean("x" * 10_000, 6)
    'xxxxx…'
    """
    kept: list[str] = []
    marks = 0
    # Most that goes is a character or two; a flood of it is cut before it costs time.
    for char in text[: 8 * limit]:
        kind = unicodedata.category(char)
        if kind[0] == "Z" or char in _BREAKS:
            kept.append(" ")
            marks = 0
        elif kind[0] != "C" or char in JOINERS:
            marks = marks + 1 if kind in _STACKING else 0
            kept.append(char if marks <= MOST_MARKS else "")
    line = " ".join("".join(kept).split())
    cut = len(line) > limit or len(text) > 8 * limit
    return f"{line[: limit - 1].rstrip()}…" if cut else line
