"""Make text from outside safe to show on a terminal or in a log line."""

from __future__ import annotations

_KEEP = frozenset("\n\t")


def safe(text: str, *, keep: frozenset[str] = _KEEP) -> str:
    r"""Escape what a terminal might obey: control characters, bidirectional marks, lone surrogates.

    >>> safe("red \x1b[31m, and \u202e mirrored")
    'red \\x1b[31m, and \\u202e mirrored'
    >>> safe("two\nlines", keep=frozenset())
    'two\\nlines'
    """
    if text.isprintable():
        return text
    return "".join(
        char if char in keep or char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )


def one_line(text: str) -> str:
    r"""As `safe`, and line breaks are escaped too.

    >>> one_line("a\tb\nc")
    'a\\tb\\nc'
    """
    return safe(text, keep=frozenset())


def shown(raw: bytes | None, limit: int = 2000) -> str:
    r"""Bytes as one printable line: text where it is UTF-8, escapes elsewhere, cut at `limit` characters.

    >>> shown(b"caf\xc3\xa9"), shown(b"\xff\x00"), shown(None)
    ('café', '\\xff\\x00', '(none)')
    """
    if raw is None:
        return "(none)"
    # No character takes more than 4 bytes, so this many are enough to fill the line.
    text = one_line(raw[: 4 * limit + 4].decode("utf-8", errors="backslashreplace"))
    if len(text) <= limit:
        return text
    return f"{text[:limit]}... ({len(raw)} bytes)"
