"""Headers and parts as bytes.

`email.message.EmailMessage` decodes the encoded words that it is given, so a title with the text
`=?utf-8?q?=0D=0ABcc:...?=` would become a header of its own. Here every value is encoded, none interpreted.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence

_LINE = 76
_WORD_BYTES = 45  # 60 base64 digits and the 12 of =?utf-8?b??= keep a word within the 75 allowed
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


def unstructured(text: str) -> str:
    r"""A header value that any reader decodes to `text` and to nothing else (RFC 2047).

    >>> unstructured("Order o-1 is late"), unstructured("=?utf-8?q?=0D=0ABcc:_x@y?=")[:14]
    ('Order o-1 is late', '=?utf-8?b?PT91')
    """
    if text.isascii() and text.isprintable() and "=?" not in text and text == text.strip():
        return text
    words = (f"=?utf-8?b?{b64encode(chunk).decode('ascii')}?=" for chunk in _chunks(text))
    return " ".join(words)


def mailbox(name: str, address: str) -> str:
    r"""A display name and an address (RFC 5322).

    >>> mailbox("Ana Duarte", "ana@example.com"), mailbox('Duarte, "Ana"', "ana@example.com")
    ('Ana Duarte <ana@example.com>', '"Duarte, \\"Ana\\"" <ana@example.com>')
    """
    shown = unstructured(name)
    if shown == name and not _PHRASE.fullmatch(name):
        shown = '"{}"'.format(re.sub(r'(["\\])', r"\\\1", name))
    return f"{shown} <{address}>" if name else address


def header(name: str, value: str) -> bytes:
    """One header in ASCII, folded at spaces."""
    lines = [f"{name}:"]
    for word in value.split(" "):
        if len(lines[-1]) + 1 + len(word) > _LINE and lines[-1] != f"{name}:" and word:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def alternative(headers: Iterable[tuple[str, str]], boundary: str, parts: Sequence[tuple[str, str]]) -> bytes:
    """A whole message of type multipart/alternative.

    Args:
        headers: names and values in ASCII.
        boundary: must not occur in a quoted-printable body; any with `=_` does not.
        parts: subtype of text and the text, the plainest first.
    """
    out = [header(name, value) for name, value in headers]
    out += [
        header("MIME-Version", "1.0"),
        header("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    for subtype, text in parts:
        out += [
            f"\r\n--{boundary}\r\n".encode("ascii"),
            header("Content-Type", f'text/{subtype}; charset="utf-8"'),
            header("Content-Transfer-Encoding", "quoted-printable"),
            b"\r\n",
            binascii.b2a_qp(text.encode("utf-8"), istext=True).replace(b"\n", b"\r\n"),
        ]
    out.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    return b"".join(out)


def _chunks(text: str) -> Iterable[bytes]:
    """UTF-8 in pieces for one encoded word each, cut between characters."""
    chunk = b""
    for char in text:
        raw = char.encode("utf-8")
        if len(chunk) + len(raw) > _WORD_BYTES:
            yield chunk
            chunk = b""
        chunk += raw
    yield chunk
