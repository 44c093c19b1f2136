"""How one series is watched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from detectors.series.forecast import DAY, HOUR
from schemas.errors import Permanent

Kind = Literal["value", "count", "sum"]
# From here on a single bucket is worth a person's attention; below, a few in a row are.
COARSE = HOUR
LEAST_RING, MOST_RING = 0.5, 15.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What a series is, and when it rings. The defaults were chosen by cross-validation; see docs/series.md.

    Args:
        kind: `count` for whole numbers of events (their noise grows with the mean: negative binomial), `sum`
            for what is added up over events, such as revenue (as above, but without a law), else `value`.
        bucket_ms: the usual distance of two values; None learns it from the first 20.
        ring_at: how strange, as combined surprise (about the digits of rarity), a value must be to ring.
        quiet_ms: after ringing, how long before the same series may ring again; None takes 8 hours, or 3
            buckets where that is longer.
        warmup: how many values a new series sees before it may ring; None takes two weeks of them, and at
            least 28, for buckets of an hour or more, otherwise 150.
        outside: the share of values that the interval leaves out, half on each side.

    Raises:
        Permanent: a setting that makes no sense.
    """

    kind: Kind = "value"
    bucket_ms: int | None = None
    ring_at: float = 3.5
    quiet_ms: int | None = None
    warmup: int | None = None
    outside: float = 0.05

    def __post_init__(self) -> None:
        for wrong, what in (
            (self.kind not in get_args(Kind), f"kind is {self.kind!r}; it is value, count or sum"),
            (
                self.bucket_ms is not None and self.bucket_ms < 1,
                f"bucket_ms is {self.bucket_ms}; it is at least 1",
            ),
            (
                not LEAST_RING <= self.ring_at <= MOST_RING,
                f"ring_at is {self.ring_at}; it is from {LEAST_RING} to {MOST_RING}",
            ),
            (
                self.quiet_ms is not None and self.quiet_ms < 0,
                f"quiet_ms is {self.quiet_ms}; it is not negative",
            ),
            (self.warmup is not None and self.warmup < 1, f"warmup is {self.warmup}; it is at least 1"),
            (not 0.0 < self.outside < 1.0, f"outside is {self.outside}; it is between 0 and 1"),
        ):
            if wrong:
                raise Permanent(f"a series' settings: {what}.")

    def quiet(self, bucket_ms: int) -> int:
        """How long a ringing lasts."""
        return self.quiet_ms if self.quiet_ms is not None else max(6 * HOUR, 3 * bucket_ms)

    def quiet_values(self, bucket_ms: int) -> int:
        """How many values a new series sees before it may ring."""
        if self.warmup is not None:
            return self.warmup
        return max(28, 14 * DAY // bucket_ms) if bucket_ms >= COARSE else 150
