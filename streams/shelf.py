"""The versions of the models as a person sees them: which there are, which scores, which was before. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from detectors.churn.codec import UnreadableModel
from schemas.errors import Permanent
from streams.engine.following import Following, load
from streams.engine.models import Adopted
from streams.engine.options import ChurnOptions
from streams.engine.versions import Version, Versions


class Shelf:
    """What the topic holds at one look.

    Args:
        versions: as read from the topic.
        churn: what `tocsin.yaml` asks for; None takes any version.
    """

    def __init__(self, versions: Versions, churn: ChurnOptions | None) -> None:
        self.versions = versions.all()
        self.pinned = versions.pinned()
        self._all, self._churn = versions, churn

    @cached_property
    def _adopted(self) -> Adopted | None:
        following = Following(self._churn)
        following.versions = self._all
        following.look()
        return following.adopted

    @property
    def in_use(self) -> Version | None:
        """What a worker that starts now scores with; None for the prior alone."""
        if self._adopted is None:
            return None
        name = self._adopted.version
        everything = [*self.versions, *([self.pinned] if self.pinned else [])]
        return next(each for each in reversed(everything) if each.name == name)

    def unusable(self) -> Iterator[tuple[Version, str]]:
        """Versions that no worker of this program takes, and why; the newest first."""
        gone = [self.pinned] if self.pinned and self.pinned not in self.versions else []
        for version in (*gone, *reversed(self.versions)):
            why = self.why_not(version)
            if why is not None:
                yield version, why

    def why_not(self, version: Version) -> str | None:
        """Why a version cannot be used, in words; None if it can."""
        try:
            load(version, self._churn)
        except UnreadableModel as wrong:
            return str(wrong)
        return None

    def find(self, name: str) -> Version:
        """The version of this name, or the only one that begins so.

        Raises:
            Permanent: there is none, or several begin so.
        """
        known = {each.name: each for each in (*([self.pinned] if self.pinned else []), *self.versions)}
        if name in known:
            return known[name]
        found = [each for each in known if name and each.startswith(name)]
        if len(found) == 1:
            return known[found[0]]
        what = f"{len(found)} versions begin with {name!r}: {', '.join(found)}" if found else (
            f"there is no version {name!r}"
        )  # fmt: skip
        raise Permanent(f"{what}; `tocsin models list` shows what there is.")

    def must_be_usable(self, version: Version) -> None:
        """Refuse a version that would change nothing.

        Raises:
            Permanent: no worker of this program can use it.
        """
        why = self.why_not(version)
        if why is not None:
            raise Permanent(f"{version.name} is not pinned, for no worker could use it: {why}")

    def before(self) -> Version | None:
        """The newest usable version that was published before the one in use.

        One in use that the topic has dropped is older than everything there: nothing is before it.
        """
        names = [each.name for each in self.versions]
        if self.in_use is None or self.in_use.name not in names:
            return None
        earlier = self.versions[: names.index(self.in_use.name)]
        return next((each for each in reversed(earlier) if self.why_not(each) is None), None)
