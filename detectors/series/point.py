"""What a series says of one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from detectors.series.rarity import LOOKS, chance

Direction = Literal["", "up", "down"]
View = Literal["", "level", "spike", "variance", "pattern", "extreme", "silence"]
Ended = Literal["", "recovered", "settled"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Point:
    """One value, what was expected in its place, and whether it rings.

    Attributes:
        at_ms: when, ms since 1970 UTC.
        actual: the value; None where there was none that could be used.
        expected: the forecast, made before the value was seen; None while nothing is known.
        lower, upper: an interval around it that leaves the promised share outside in the long run.
        surprise: how strange all views together find it, in about digits of rarity.
        score: from 0 to 1; 0.5 and above is as strange as an alert has to be.
        alert: whether to ring.
        direction: where the series went, as far as the view that spoke has a side.
        view: which view was the loudest.
        since_ms: where the strange stretch that rang began; None outside of one.
        ended: `recovered` when a stretch is over, `settled` when the series has become calm elsewhere.
        note: why a value was not used, or what lay before it; empty when there is nothing to say.
    """

    at_ms: int
    actual: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    surprise: float = 0.0
    score: float = 0.0
    alert: bool = False
    direction: Direction = ""
    view: View = ""
    since_ms: int | None = None
    ended: Ended = ""
    note: str = ""

    @property
    def p(self) -> float:
        """The chance of something at least this strange while all is as usual; cautious."""
        return chance(self.surprise, looks=0.0 if self.view == "silence" else LOOKS)

    def facts(self) -> dict[str, str]:
        """Actual, expected, range, how rare, since when, as short words for a statement.

        >>> point = Point(1_700_000_000_000, 12, 40.2, 31, 49.6, surprise=4.5, direction="down", view="level",
        ...               since_ms=1_699_990_000_000)
        >>> for name, words in point.facts().items():
        ...     print(f"{name}: {words}")
        actual: 12
        expected: 40.2
        range: 31 to 49.6
        rare: about one value in 5,000
        what: it has been lower than usual
        since: 2023-11-14 19:26 UTC
        """
        found = {"actual": "no value" if self.actual is None else _short(self.actual)}
        if self.expected is not None:
            found["expected"] = _short(self.expected)
        if self.lower is not None and self.upper is not None:
            found["range"] = f"{_short(self.lower)} to {_short(self.upper)}"
        if self.view:
            found["rare"] = _rare(self.p)
            found["what"] = _WHAT[self.view][self.direction]
        if self.since_ms is not None:
            found["since"] = f"{_EPOCH + timedelta(milliseconds=self.since_ms):%Y-%m-%d %H:%M} UTC"
        if self.ended:
            found["ended"] = _ENDED[self.ended]
        if self.note:
            found["note"] = self.note
        return found


def _both(words: str) -> dict[Direction, str]:
    return dict.fromkeys(("", "up", "down"), words)


_WHAT: dict[View, dict[Direction, str]] = {
    "": _both(""),
    "level": {
        "": "it has left its level",
        "up": "it has been higher than usual",
        "down": "it has been lower than usual",
    },
    "spike": {"": "it jumped", "up": "it jumped up", "down": "it fell"},
    "variance": {
        "": "its ups and downs changed",
        "up": "its ups and downs grew",
        "down": "its ups and downs shrank",
    },
    "pattern": _both("its ups and downs follow an order seldom seen"),
    "extreme": {
        "": "it left its range",
        "up": "it is higher than ever before",
        "down": "it is lower than ever before",
    },
    "silence": _both("it has gone silent"),
}
_ENDED: dict[Ended, str] = {"recovered": "it is back to usual", "settled": "it has settled at a new level"}


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004 - four digits are enough to read


def _rare(p: float) -> str:
    return f"about one value in {float(f'{min(1 / max(p, 1e-9), 1e9):.1g}'):,.0f}"
