"""Read a mail as a mail program does."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser

UNSEEN = frozenset({"style", "title"})
VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if not UNSEEN & set(self.open):
            self.words += data.split()


def seen(html: str) -> tuple[list[str], set[str], set[str]]:
    """The words that a reader sees, the tags, and the attributes."""
    parser = _Seen()
    parser.feed(html)
    parser.close()
    assert not parser.open, f"never closed: {parser.open}"
    return parser.words, parser.tags, parser.attributes


def mail(content: bytes) -> EmailMessage:
    message = BytesParser(policy=policy.SMTP).parsebytes(content)
    assert isinstance(message, EmailMessage)
    return message


def part(content: bytes, kind: str) -> str:
    found = mail(content).get_body(preferencelist=(kind,))
    assert isinstance(found, EmailMessage)
    text = found.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")
