"""The counts of a day as bytes, some 3 for each pair: what a changelog keeps for half a year."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from detectors.pairs.counts import Counts, Ints, key
from schemas.errors import Permanent

FORMAT, VERSION = "tocsin.pairs.day", 1

_LEVEL = 1  # of zlib: the higher ones take five times as long, for 5%
_MOST = 1 << 30  # bytes that are unpacked, at most


class Day(NamedTuple):
    """What is kept of a day's baskets.

    Attributes:
        counts: of the baskets.
        synthetic: how many of them were generated.
        members: the products of each department, as places in `counts.names`; a product may be in several.
    """

    counts: Counts
    synthetic: int = 0
    members: dict[str, list[int]] = {}  # noqa: RUF012 - never changed


def pack(day: Day) -> bytes:
    """As few bytes as are quickly read.

    >>> one = Counts(("a", "b"), np.array([1, 1]), np.array([1]), np.array([1]), baskets=1, squares=4)
    >>> unpack(pack(Day(one, 1, {"dairy": [0, 1]}))) == Day(one, 1, {"dairy": [0, 1]})
    True
    """
    counts = day.counts
    # Pairs in their order are numbers that grow; what lies between two of them is small.
    numbers = counts.first << _bits(counts.names) | counts.second
    columns = [_small(each) for each in (counts.support, np.diff(numbers, prepend=0), counts.counts)]
    head = {
        "format": FORMAT,
        "version": VERSION,
        "names": counts.names,
        "baskets": counts.baskets,
        "oversized": counts.oversized,
        "squares": counts.squares,
        "slack": counts.slack,
        "pairs": len(numbers),
        "types": [each.dtype.str for each in columns],
        "synthetic": day.synthetic,
        "members": day.members,
    }
    raw = orjson.dumps(head)
    return zlib.compress(b"\n".join([raw, b"".join(each.tobytes() for each in columns)]), _LEVEL)


def unpack(raw: bytes) -> Day:
    """What `pack` wrote.

    Raises:
        Permanent: it is something else, or of another version.
    """
    try:
        reader = zlib.decompressobj()
        head, _, body = reader.decompress(raw, _MOST).partition(b"\n")
        found = orjson.loads(head)
        if not reader.eof or (found["format"], found["version"]) != (FORMAT, VERSION):
            raise ValueError(f"of version {found.get('version')!r:.20}")  # noqa: TRY301 - told as the others
        support, steps, counts = _columns(body, found)
        numbers = np.cumsum(steps)
        bits = _bits(found["names"])
        counts_of = Counts(
            tuple(found["names"]),
            support,
            key(numbers >> bits, numbers & ((1 << bits) - 1)),
            counts,
            found["baskets"],
            found["oversized"],
            found["squares"],
            found["slack"],
        )
        return Day(counts_of, found["synthetic"], found["members"])
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise Permanent(
            f"the kept pairs of a day cannot be read ({wrong!r:.120}); they are counted again from the next "
            "day on if the topic pair-rows is deleted and made anew."
        ) from wrong


def _bits(names: Sequence[str]) -> int:
    return len(names).bit_length()


def _small(numbers: Ints) -> npt.NDArray[np.unsignedinteger[Any]]:
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))).newbyteorder("<"))


def _columns(body: bytes, head: dict[str, Any]) -> list[Ints]:
    found, at = [], 0
    for kind, size in zip(head["types"], (len(head["names"]), head["pairs"], head["pairs"]), strict=True):
        column = np.frombuffer(body, np.dtype(kind), size, at)
        found.append(column.astype(np.int64))
        at += column.nbytes
    return found
