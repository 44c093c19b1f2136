"""What a measure is: a quotient of sums that add up over customers, partitions and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "sum", "ratio", "gauge"]
"""What a bucket's number is: events counted; an amount added up; a mean or a share; how many there are."""

Good = Literal["up", "down", "neither"]
"""Which way is good news."""

OVERALL = ""
"""The dimension of what is not cut into slices; its only value is the empty text, too."""

OTHERS = "(others)"
"""The value that takes what is beyond the number of values that are told apart."""

MONEY = 10_000
"""Parts of one unit of a currency."""

HOUR = 3_600_000


@dataclass(frozen=True)
class Measure:
    """One thing that is measured.

    Attributes:
        name: as in `tocsin.yaml` and on the wire.
        kind: see `Kind`.
        words: its name in a sentence: "orders", "mean delivery delay".
        unit: of its value; empty for a plain number, `money` for the order's currency, `share` for 0 to 1.
        topic: the input topic whose events it is made of; empty for all of them.
        num: the component above the line.
        den: the component below it; empty where it is 1. Of a gauge, the one that counts its changes.
        by: the dimensions that it can be cut by.
        cut: those of them that it is cut by unless `tocsin.yaml` says otherwise.
        good: which way is good news.
        scale: how much of `num` is one of `unit`.
        says: how it is counted, for the docs.
    """

    name: str
    kind: Kind
    words: str
    unit: str
    topic: str
    num: str
    says: str
    den: str = ""
    by: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    good: Good = "neither"
    scale: int = 1

    def value(self, num: int, den: int) -> float | None:
        """The value, in `unit`, of the sums of one bucket; None where there is none.

        >>> mean = Measure("order_value", "ratio", "", "money", "orders", "revenue", "", scale=MONEY)
        >>> mean.value(num=1_399_800, den=2), mean.value(num=0, den=0)
        (69.99, None)
        """
        if self.kind != "ratio":
            return num / self.scale
        return num / (den * self.scale) if den > 0 else None
