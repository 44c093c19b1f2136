"""A folder of mails that people look at: each as `.eml` and `.html`, and an `index.html` that lists them."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from alerts.render.clean import clean
from schemas.alert import digest

INDEX = "index.html"
MOST_LISTED = 2000

_OURS = re.compile(r"[0-9a-f]{32}\.(eml|html)")
_HEAD = 16_384
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Listed:
    """One line of the index."""

    name: str
    date: datetime
    when: str
    to: str
    subject: str
    state: str
    has_html: bool


class Mailbox:
    """Keeps mails by their Message-ID, so that a mail that comes twice is there once.

    Args:
        folder: made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def keep(self, message_id: str, content: bytes) -> Path:
        """Write one mail; each file is whole or not there, whenever the process ends.

        Args:
            message_id: as in the header; empty for a mail that has none, which is known by its content.
            content: the whole message.
        """
        name = digest(message_id or content.decode("latin-1"))
        html = html_part(content)
        if html is not None:
            self._write(f"{name}.html", html.encode("utf-8", "replace"))
        return self._write(f"{name}.eml", content)

    def files(self) -> list[Path]:
        """The mails, as `.eml`."""
        return sorted(path for path in self.folder.glob("*.eml") if _OURS.fullmatch(path.name))

    def empty(self) -> None:
        """Remove the mails of an earlier run, and nothing else."""
        for path in self.folder.iterdir():
            if _OURS.fullmatch(path.name) or path.name == INDEX:
                path.unlink()

    def write_index(self) -> Path:
        """List the mails, newest first."""
        mails = sorted(self._listed(), key=lambda mail: (mail.date, mail.name), reverse=True)
        templates = Environment(
            loader=PackageLoader("streams"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        page = templates.get_template("mailbox.html.j2").render(
            mails=mails[:MOST_LISTED], more=max(0, len(mails) - MOST_LISTED)
        )
        return self._write(INDEX, page.encode("utf-8", "replace"))

    def _listed(self) -> Iterator[Listed]:
        for path in self.files():
            with path.open("rb") as file:
                headers = BytesParser(policy=policy.compat32).parsebytes(file.read(_HEAD), headersonly=True)
            date = _date(str(headers["Date"] or ""))
            yield Listed(
                name=path.stem,
                date=date,
                when=f"{date:%Y-%m-%d %H:%M:%S}",
                to=_decoded(headers["To"]),
                subject=_decoded(headers["Subject"]) or "(no subject)",
                state=_decoded(headers["X-Tocsin-State"]),
                has_html=path.with_suffix(".html").exists(),
            )

    def _write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        draft = self.folder / f".{name}.{os.getpid()}.tmp"
        draft.write_bytes(content)
        return draft.replace(path)


def html_part(content: bytes) -> str | None:
    """The HTML of a mail, if it has one that can be read; its PNGs are in it, for browsers to show."""
    try:
        # The old policy takes a mail apart seven times as fast as the new one.
        html, pictures = _html_and_pictures(BytesParser(policy=policy.compat32).parsebytes(content))
    except Exception:  # noqa: BLE001 - a hostile mail breaks the parser in many ways; its .eml is kept
        return None
    for cid, png in pictures.items():
        html = html and html.replace(f'"cid:{cid}"', f'"data:image/png;base64,{b64encode(png).decode()}"')
    return html


def _html_and_pictures(mail: Message) -> tuple[str | None, dict[str, bytes]]:
    html, pictures = None, {}
    for part in mail.walk():
        raw = part.get_payload(decode=True)
        if part.get_content_type() == "text/html" and html is None and isinstance(raw, bytes):
            html = raw.decode(part.get_content_charset() or "utf-8", "replace")
        elif part.get_content_type() == "image/png" and isinstance(raw, bytes):
            pictures[str(part["Content-ID"]).strip("<>")] = raw
    return html, pictures


def _date(raw: str) -> datetime:
    try:
        return parsedate_to_datetime(raw).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return _LONG_AGO


def _decoded(raw: object) -> str:
    """A header in words, whatever it holds."""
    text = "" if raw is None else str(raw)
    # What cannot be decoded is shown as it came.
    with suppress(ValueError, LookupError, HeaderParseError):
        text = str(make_header(decode_header(text)))
    return clean(text, 200)
