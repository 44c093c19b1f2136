"""What is watched in some streams: so few series and so short windows that a few days close many of them."""

from __future__ import annotations

import random
from datetime import tzinfo
from functools import cached_property

from detectors.pairs.question import PairQuestion
from detectors.series.question import SeriesQuestion
from streams.engine.pairs.options import PairOptions
from streams.engine.series.options import Chosen, SeriesOptions

HOUR, DAY = 3_600_000, 86_400_000
QUARTER = 6 * HOUR
SHELVES = {"tea": "drinks", "milk": "dairy", "bread": "bakery", "salt": None}
LARGEST = 3
"""Products of an order."""


class Coarse(SeriesOptions):
    """Series whose base bucket is a quarter of a day: an hour makes schedules longer, and shows no more."""

    @cached_property
    def base(self) -> int:
        """See there."""
        return QUARTER


def series(rng: random.Random, zone: tzinfo) -> SeriesOptions:
    """Few measures, of each kind one; slices by the day or by the quarter of one."""
    measures = {
        "orders": Chosen(("region", "department")),
        "revenue": Chosen(("currency",)),
        "delivery_delay": Chosen(),
        "unanswered_tickets": Chosen(("category",)),
        "sessions": Chosen(),
        "dead_letters": Chosen(),
    }
    bucket = rng.choice((QUARTER, DAY))
    return Coarse(
        measures=measures,
        currency="EUR",
        buckets=rng.choice(((QUARTER, DAY), (DAY,))),
        slice_bucket=bucket,
        most=2,
        least=0.3,
        zone=zone,
        questions=(
            SeriesQuestion("orders come", "orders", "", "", QUARTER, "above", 0.5),
            SeriesQuestion("no drinks", "orders", "department", "drinks", bucket, "silent"),
            SeriesQuestion("somebody waits", "unanswered_tickets", "", "", DAY, "above", 0.5),
        ),
    )


def pairs(rng: random.Random, zone: tzinfo) -> PairOptions:
    """Windows of a day and of two, in which every pair that there is deserves a word."""
    asked = PairQuestion("tea and milk", "product", None, 1, "tea", "milk", None, 0.1, 0.99, sized=False)
    return PairOptions(
        levels=("product",),
        windows=(1, 2),
        regions=("East",),
        zone=zone,
        every=rng.choice((1, 2)),
        min_lift=0.1,
        fdr=0.99,
        questions=(asked,),
    )
