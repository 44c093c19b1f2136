"""Every version of the models that the topic `models` holds, and which one is pinned.

To read one, and to choose, see `streams.engine.following`; here nothing of a document is believed yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

PIN = b"\x00pin"
"""Key of the record that pins a version, `{"version": ..., "document": ...}`; a tombstone unpins."""


@dataclass(frozen=True)
class Version:
    """A version as it was published.

    Attributes:
        name: its key on the topic.
        raw: its document.
    """

    name: str
    raw: bytes

    def document(self) -> dict[str, Any]:
        """The document as it is, whatever it says; empty where it is no JSON object."""
        try:
            found = orjson.loads(self.raw)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}


class Versions:
    """What the topic holds, from its first record on.

    >>> versions = Versions()
    >>> versions.take(b"a", b"1")
    >>> versions.take(b"b", b"2")
    >>> versions.take(b"a", None)
    >>> [each.name for each in versions.all()], versions.pinned()
    (['b'], None)
    """

    def __init__(self) -> None:
        self._raw: dict[str, bytes] = {}
        self._pin: bytes | None = None

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """Take in the next record."""
        if key == PIN:
            self._pin = value
            return
        name = (key or b"").decode("utf-8", "backslashreplace")
        self._raw.pop(name, None)  # what is published again is the newest again
        if value is not None:
            self._raw[name] = value

    def all(self) -> list[Version]:
        """Every version, the oldest first."""
        return [Version(name, raw) for name, raw in self._raw.items()]

    def pinned(self) -> Version | None:
        """The pinned version; the pin carries its document, so that it outlives the one on the topic."""
        if self._pin is None:
            return None
        pin = Version("(pin)", self._pin)
        said = pin.document()
        name, document = said.get("version"), said.get("document")
        if not isinstance(name, str) or not isinstance(document, dict):
            return pin
        return Version(name, orjson.dumps(document))

    def pin(self, version: Version) -> bytes:
        """The value of the record that pins a version."""
        return orjson.dumps({"version": version.name, "document": version.document()})
