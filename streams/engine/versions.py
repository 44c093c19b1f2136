"""Every version of the models that the topic `models` holds, and which of them counts.

The newest that can be read and used counts, unless one is pinned: then that one. A version that cannot be
used changes nothing: the last good one stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from detectors.churn.codec import UnreadableModel
from streams.engine import models
from streams.engine.models import PIN, Adopted
from streams.engine.options import ChurnOptions


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

    def load(self, churn: ChurnOptions | None = None) -> Adopted:
        """The models that it holds.

        Args:
            churn: what must be asked of them; None takes any.

        Raises:
            UnreadableModel: it cannot be read, or answers other questions than those that are asked.

        >>> Version("v1", b"{").load()
        Traceback (most recent call last):
        detectors.churn.codec.UnreadableModel: this is no version of the models; keep the last good one.
        """
        adopted = models.read(self.document())
        if adopted.version != self.name:
            raise UnreadableModel(
                f"the document of this name calls itself {adopted.version!r:.80}; keep the last good one."
            )
        if churn is not None:
            _must_answer(adopted, churn)
        return adopted


def _must_answer(adopted: Adopted, churn: ChurnOptions) -> None:
    had, main = tuple(adopted.churn.horizons), adopted.churn.main
    if main != churn.main or not set(churn.horizons) <= set(had):
        raise UnreadableModel(
            f"it tells of {_days(had)} days and alerts by {main}; the rule `churn` in tocsin.yaml asks for "
            f"{_days(churn.horizons)} and {churn.main}. Give the rule back its horizons, or wait until the "
            "trainer has learnt the new ones."
        )


def _days(horizons: Iterable[int]) -> str:
    return ", ".join(map(str, horizons))


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


class Refusal(NamedTuple):
    """A version that is not used, and why, in words."""

    version: str
    why: str


class Following:
    """Which version a process uses, as the topic goes on.

    Args:
        churn: what must be asked of the models; None takes any.
    """

    def __init__(self, churn: ChurnOptions | None) -> None:
        self._churn = churn
        self._refused: dict[Version, str] = {}
        self.versions = Versions()
        self.adopted: Adopted | None = None

    def anew(self) -> None:
        """The topic is read from its beginning again; what is used stays until that is done."""
        self.versions = Versions()

    def look(self) -> list[Refusal]:
        """Adopt what counts now; returns what is refused for the first time."""
        pinned = self.versions.pinned()
        candidates = [] if pinned is None else [pinned]
        candidates += reversed(self.versions.all())
        known = self._refused
        self._refused = {version: why for version, why in known.items() if version in candidates}
        refusals: list[Refusal] = []
        for version in candidates:
            if self.adopted is not None and version.name == self.adopted.version:
                break
            if version not in self._refused:
                try:
                    self.adopted = version.load(self._churn)
                    break
                except UnreadableModel as wrong:
                    self._refused[version] = str(wrong)
                    refusals.append(Refusal(version.name, str(wrong)))
            if version is pinned and self.adopted is not None:
                break  # somebody wants one certain version: nothing newer in its place
        return refusals
