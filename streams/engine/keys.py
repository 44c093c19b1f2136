"""The keys of a partition's rows in order, for those kinds of rows that are walked through."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

WALKED = (b"b/", b"c/", b"e/", b"o/")
"""Open buckets, customers, examples, orders of open days. Sessions come and go; nobody walks through them."""

_FEW = 256  # changes that are made one by one: moving the rest of a million keys takes less than sorting them


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
        self._changed: dict[bytes, set[bytes]] = {kind: set() for kind in WALKED}

    def add(self, key: bytes) -> None:
        """A row is there; it may have been before."""
        known = self._known.get(key[:2])
        if known is not None and key not in known:
            known.add(key)
            self._changed[key[:2]].add(key)

    def discard(self, key: bytes) -> None:
        """A row is no more; it may never have been."""
        known = self._known.get(key[:2])
        if known is not None and key in known:
            known.remove(key)
            self._changed[key[:2]].add(key)

    def after(self, key: bytes, most: int) -> list[bytes]:
        """At most so many keys of this key's kind that follow it, in order."""
        if key[:2] not in self._sorted:
            return []
        found = self._in_order(key[:2])
        begin = bisect_right(found, key)
        return found[begin : begin + most]

    def settle(self) -> None:
        """Put everything in order now: the first look at many keys should not have to."""
        for kind in WALKED:
            self._in_order(kind)

    def _in_order(self, kind: bytes) -> list[bytes]:
        found, known, changed = self._sorted[kind], self._known[kind], self._changed[kind]
        if len(changed) > _FEW:
            found = self._sorted[kind] = [key for key in found if key not in changed]
            found += changed & known
            found.sort()  # what is mostly in order is sorted in little more than one pass
        else:
            for key in changed:
                place = bisect_left(found, key)
                there = place < len(found) and found[place] == key
                if key in known and not there:
                    found.insert(place, key)
                elif there and key not in known:
                    del found[place]
        changed.clear()
        return found
