"""When is everything done? Pure: looks at the worker come in, with the time at which they were taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streams.status import Status


def time_is_final(rows: Mapping[str, Mapping[int, Mapping[str, Any]]], disorder_ms: int) -> bool:
    """Whether time stands where it will stay, now that nothing more is sent.

    Each customer partition's watermark is where its own newest event lets it be, and each product partition's
    where the furthest of those is.

    Args:
        rows: partition rows by stage and partition.
        disorder_ms: the bound on disorder.

    >>> row = {"inputs": {"orders": {"max": 900}, "tickets": {"max": 300}}, "watermark": 800}
    >>> time_is_final({"customer": {0: row}}, 100), time_is_final({"customer": {0: row}}, 50)
    (True, False)
    >>> time_is_final({"customer": {0: row}, "product": {0: {"watermark": 700}}}, 100)
    False
    """
    customers = [row for row in rows.get("customer", {}).values() if row["inputs"]]
    furthest = max((row["watermark"] or 0 for row in customers), default=0)
    return all(
        (row["watermark"] or 0) >= max(seen["max"] for seen in row["inputs"].values()) - disorder_ms
        for row in customers
    ) and all((row["watermark"] or 0) >= furthest for row in rows.get("product", {}).values())


@dataclass
class Rest:
    """Decides that nothing more will come.

    Args:
        quiet: seconds without any change that prove it.
        stalled: seconds without any change, although something is missing, after which we give up.
        began: when looking began, seconds of any clock that only grows.
    """

    quiet: float
    stalled: float
    began: float
    _last: Any = field(default=None, init=False)
    _since: float = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.began

    def look(self, status: Status, now: float) -> None:
        """Take a look into account."""
        # Sizes too: what is learnt, and days that are closed, show as rows that are written.
        seen = (status.progress, status.watermarks, status.alerts, status.ledger.ended, status.topics)
        if seen != self._last:
            self._last, self._since = seen, now

    def reached(self, status: Status, sent: int, now: float, *, final: bool) -> bool:
        """Whether all that was sent has ended, no input is behind, time is final, and nothing moves."""
        done = status.ledger.ended == sent and status.lag == 0 and final
        return done and now - self._since >= self.quiet

    def hopeless(self, now: float) -> bool:
        """Whether nothing has moved for too long."""
        return now - self._since >= self.stalled
