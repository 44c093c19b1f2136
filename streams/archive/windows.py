"""Closed windows as rows: series beside what was expected of them, and the pairs of a window.

A row is one record of the topic `windows`. Points and pairs are lists of structs, so SQL can unnest them;
what this version does not know of them is still in the column with the whole record.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt

from schemas.alert import digest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _moment(raw: Any) -> Any:
    """Ms since 1970 UTC; pydantic alone would take a small number for seconds."""
    if type(raw) is not int:
        return raw
    try:
        return _EPOCH + timedelta(milliseconds=raw)
    except OverflowError as error:
        raise ValueError("wanted ms since 1970 UTC, before the year 10000") from error


Moment = Annotated[datetime, BeforeValidator(_moment)]


class Row(BaseModel):
    """What may be absent is null."""

    model_config = ConfigDict(frozen=True)


class Point(Row):
    """One series in a bucket. Without `expected`, nothing was known of it yet."""

    series: str
    measure: str
    dimension: str = ""
    slice: str = ""
    actual: float | None = None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    score: float | None = None
    alert: bool = False
    direction: str = ""
    synthetic: bool = False


class Pair(Row):
    """Two products or categories of a window, in how many baskets, and how surprising that is.

    With a `change`: `before`, `expected` and `lift_before` are of the days that the window is compared with.
    """

    product_a: str
    product_b: str
    change: str | None = None
    count: int | None = None
    support_a: int | None = None
    support_b: int | None = None
    baskets: int | None = None
    before: int | None = None
    expected: float | None = None
    lift: float | None = None
    lift_before: float | None = None
    p: float | None = None
    q: float | None = None


class Window(Row):
    """A closed window.

    >>> raw = b'{"window": "series", "from": 0, "to": 3600000, "bucket": "1h", "points": []}'
    >>> window = Window.model_validate_json(raw)
    >>> f"{window.since:%H:%M} to {window.time:%H:%M}", window.kind, window.days
    ('00:00 to 01:00', 'series', None)
    """

    kind: Literal["series", "pairs"] = Field(alias="window")
    since: Moment = Field(alias="from")
    time: Moment = Field(alias="to")
    bucket: str | None = None
    points: tuple[Point, ...] | None = None
    days: StrictInt | None = None
    region: str | None = None
    level: str | None = None
    baskets: int | None = None
    oversized: int | None = None
    slack: int | None = None
    pairs: int | None = None
    significant: int | None = None
    emerged: int | None = None
    changed: int | None = None
    top: tuple[Pair, ...] | None = None
    changes: tuple[Pair, ...] | None = None
    synthetic: bool | None = None

    @property
    def id(self) -> str:
        """The same for the same window, however often it is told; parts of a large one differ."""
        part = self.points[0].series if self.points else ""
        span = f"{self.since.isoformat()}/{self.time.isoformat()}"
        return digest(
            self.kind, span, self.bucket or str(self.days), self.region or "", self.level or "", part
        )
