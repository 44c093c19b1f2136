"""The keys of a partition's rows in order, for those kinds of rows that are walked through."""

from __future__ import annotations

from bisect import bisect_right

WALKED = (b"c/", b"e/")
"""Customers, and chunks of examples. Sessions come and go, and nobody walks through them."""


class Keys:
    """Sorted keys by their first two bytes. New and dropped ones are put in order when somebody looks.

    >>> keys = Keys()
    >>> for key in (b"c/b", b"e/1", b"c/a", b"p/x", b"c/c"):
    ...     keys.add(key)
    >>> keys.discard(b"c/c")
    >>> keys.after(b"c/", 5), keys.after(b"c/a", 5), keys.after(b"p/", 5)
    ([b'c/a', b'c/b'], [b'c/b'], [])
    """

    def __init__(self) -> None:
        self._sorted: dict[bytes, list[bytes]] = {kind: [] for kind in WALKED}
        self._known: dict[bytes, set[bytes]] = {kind: set() for kind in WALKED}
        self._new: dict[bytes, list[bytes]] = {kind: [] for kind in WALKED}
        self._gone: dict[bytes, bool] = dict.fromkeys(WALKED, False)

    def add(self, key: bytes) -> None:
        """A row is there; it may have been before."""
        known = self._known.get(key[:2])
        if known is not None and key not in known:
            known.add(key)
            self._new[key[:2]].append(key)

    def discard(self, key: bytes) -> None:
        """A row is no more; it may never have been."""
        known = self._known.get(key[:2])
        if known is not None and key in known:
            known.remove(key)
            self._gone[key[:2]] = True

    def after(self, key: bytes, most: int) -> list[bytes]:
        """At most so many keys of this key's kind that follow it, in order."""
        kind = key[:2]
        found = self._sorted.get(kind)
        if found is None:
            return []
        if self._gone[kind] or self._new[kind]:
            # What is mostly in order is sorted in little more than one pass.
            found += self._new[kind]
            if self._gone[kind]:
                found = self._sorted[kind] = sorted(self._known[kind].intersection(found))
            else:
                found.sort()
            self._new[kind], self._gone[kind] = [], False
        begin = bisect_right(found, key)
        return found[begin : begin + most]
