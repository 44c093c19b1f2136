"""Which version of the models a process uses.

The newest that can be read and used counts, unless one is pinned: then that one. A version that cannot be
used changes nothing: the last good one stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from detectors.churn.codec import UnreadableModel
from streams.engine import models
from streams.engine.models import Adopted
from streams.engine.options import ChurnOptions
from streams.engine.versions import Version, Versions


def load(version: Version, churn: ChurnOptions | None) -> Adopted:
    """The models that a version holds.

    Args:
        version: as it was published.
        churn: what must be asked of them; None takes any.

    Raises:
        UnreadableModel: it cannot be read, or answers other questions than those that are asked.

    >>> load(Version("v1", b"{"), None)
    Traceback (most recent call last):
    detectors.churn.codec.UnreadableModel: this is no version of the models; keep the last good one.
    """
    adopted = models.read(version.document())
    if adopted.version != version.name:
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
                    self.adopted = load(version, self._churn)
                    break
                except UnreadableModel as wrong:
                    self._refused[version] = str(wrong)
                    refusals.append(Refusal(version.name, str(wrong)))
            if version is pinned and self.adopted is not None:
                break  # somebody wants one certain version: nothing newer in its place
        return refusals
