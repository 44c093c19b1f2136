"""`series.csv` and `pairs.csv`: what closed windows said, in the order in which they closed."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from streams.closed import Closed
from streams.engine.records import Send

SERIES = (
    "time", "bucket", "measure", "dimension", "slice", "value", "expected", "lower", "upper", "score",
    "alert", "direction",
)  # fmt: skip
PAIRS = (
    "close", "days", "region", "level", "change", "product_a", "product_b", "count", "support_a", "support_b",
    "baskets", "lift", "p", "q",
)  # fmt: skip
RELEVANT = "relevant"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Windows:
    """Writes both files; what an earlier run left in them is replaced.

    Args:
        folder: where they go; it is there.
    """

    def __init__(self, folder: Path) -> None:
        self._files = ExitStack()
        self._series = self._writer(folder / "series.csv", SERIES)
        self._pairs = self._writer(folder / "pairs.csv", PAIRS)
        self.closed = Closed()

    def _writer(self, path: Path, columns: tuple[str, ...]) -> Any:
        file = self._files.enter_context(path.open("w", encoding="utf-8", newline=""))
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        return writer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def take(self, send: Send) -> None:
        """Write a closed window."""
        window = orjson.loads(send.value or b"")
        self.closed.add(window)
        if window["window"] == "series":
            self._series.writerows(_point(window, point) for point in window["points"])
            return
        relevant = ({**pair, "change": RELEVANT} for pair in window["top"])
        self._pairs.writerows(_pair(window, pair) for pair in (*relevant, *(window["changes"] or ())))


def _point(window: dict[str, Any], point: dict[str, Any]) -> list[Any]:
    """A value at the beginning of its bucket."""
    told = {**point, "time": _time(window["from"]), "bucket": window["bucket"], "value": point["actual"]}
    told["alert"] = "true" if point["alert"] else "false"
    return [told[name] for name in SERIES]


def _pair(window: dict[str, Any], pair: dict[str, Any]) -> list[Any]:
    """A pair at the close of its window; what a change does not say is empty."""
    told = {**window, **pair, "close": _time(window["to"])}
    return [told.get(name) for name in PAIRS]


def _time(ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat().replace("+00:00", "Z")
