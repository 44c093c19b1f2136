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
_IMAGE_BYTES = 57  # make a line of 76 base64 digits
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


def alternative(headers: Iterable[tuple[str, str]], boundary: str, parts: Sequence[bytes]) -> bytes:
    """A whole message of type multipart/alternative.

    Args:
        headers: names and values in ASCII.
        boundary: must not occur in a quoted-printable or base64 body; any with `=_` does not.
        parts: from `text_part` and `related_part`, the plainest first.
    """
    own = b"".join(header(name, value) for name, value in headers) + header("MIME-Version", "1.0")
    return own + _multipart("alternative", "", boundary, parts)


def text_part(subtype: str, text: str) -> bytes:
    """A part of text, as lines of ASCII."""
    head = header("Content-Type", f'text/{subtype}; charset="utf-8"')
    head += header("Content-Transfer-Encoding", "quoted-printable")
    return head + b"\r\n" + binascii.b2a_qp(text.encode("utf-8"), istext=True).replace(b"\n", b"\r\n")


def image_part(cid: str, name: str, png: bytes) -> bytes:
    """A picture that the HTML beside it shows as `cid:...`; `cid` and `name` are ours, in ASCII."""
    head = header("Content-Type", f'image/png; name="{name}"')
    head += header("Content-Transfer-Encoding", "base64")
    head += header("Content-ID", f"<{cid}>")
    head += header("Content-Disposition", f'inline; filename="{name}"')
    lines = (png[start : start + _IMAGE_BYTES] for start in range(0, len(png), _IMAGE_BYTES))
    return head + b"\r\n" + b"\r\n".join(map(b64encode, lines))


def related_part(boundary: str, parts: Sequence[bytes]) -> bytes:
    """HTML, and the pictures in it (RFC 2387)."""
    return _multipart("related", '; type="text/html"', boundary, parts)


def illustrated(html: bytes, pictures: Sequence[tuple[str, bytes]], outer: str) -> bytes:
    """An HTML part with its pictures, each a content id and a PNG; the part as it is where there are none.

    Args:
        html: from `text_part`.
        pictures: in the order in which the HTML shows them.
        outer: boundary of the message around it.
    """
    if not pictures:
        return html
    images = [image_part(cid, f"chart-{number}.png", png) for number, (cid, png) in enumerate(pictures, 1)]
    # A boundary that another begins with would end it too early.
    return related_part(f"=_r{outer}", [html, *images])


def _multipart(subtype: str, more: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    head = header("Content-Type", f'multipart/{subtype}{more}; boundary="{boundary}"')
    mark = f"\r\n--{boundary}".encode("ascii")
    return head + b"".join(mark + b"\r\n" + part for part in parts) + mark + b"--\r\n"


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
