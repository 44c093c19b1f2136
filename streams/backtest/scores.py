"""`scores.jsonl`: the scores of the moments that were asked for, or everybody's last one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from schemas.errors import Permanent
from streams.engine.records import Send


def moments(text: str) -> tuple[int, ...]:
    """The moments of a list of dates and times, ms, ascending.

    Raises:
        Permanent: one is neither a date nor a time with an offset.

    >>> moments("2026-06-01, 1970-01-01T01:00:00+01:00")
    (0, 1780272000000)
    >>> moments("tomorrow")
    Traceback (most recent call last):
    schemas.errors.Permanent: 'tomorrow' is no time; write dates such as 2026-06-01, or 2026-06-01T12:00:00Z.
    """
    return tuple(sorted({_moment(part.strip()) for part in text.split(",")}))


def _moment(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    midnight = found is not None and len(text) <= len("2026-06-01")
    if found is None or (found.tzinfo is None and not midnight):
        raise Permanent(f"{text!r:.40} is no time; write dates such as 2026-06-01, or 2026-06-01T12:00:00Z.")
    return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


class Scores:
    """Writes scores.

    Args:
        file: what it held before is replaced.
        moments: ms; the scores of these are written as they come. Without any, the last one of each
            customer is written at the end: what the compacted topic would hold.
    """

    def __init__(self, file: Path, moments: Collection[int]) -> None:
        self._file = file.open("wb")
        self._times = {
            datetime.fromtimestamp(moment / 1000, UTC).isoformat().replace("+00:00", "Z")
            for moment in moments
        }
        self._last: dict[bytes, bytes] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, value in sorted(self._last.items()):
            self._file.write(value + b"\n")
        self._file.close()

    def take(self, send: Send) -> None:
        """Keep a score."""
        value = send.value or b""
        if not self._times:
            self._last[send.key or b""] = bytes(memoryview(value))
        elif orjson.loads(value)["time"] in self._times:
            self._file.write(value + b"\n")
