"""The demo's shop: real orders, contacts and profiles, and what is generated around them, as one stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from streams.sources import contacts, orders, synthesis
from streams.sources.record import Record
from streams.sources.strand import ALL_TIME, Strand, Window, count, weave


@dataclass(frozen=True)
class Shop:
    """A cut of the shop's year.

    Attributes:
        window: event times that are sent. Profiles are sent first whatever the window is: the shop knows its
            customers before it begins.
    """

    window: Window = ALL_TIME

    @cached_property
    def orders(self) -> orders.Orders:
        """The orders that have an event inside the window."""
        return orders.read(
            self.window.widened(before=synthesis.LONGEST_AFTER, after=synthesis.LONGEST_BEFORE)
        )

    @property
    def placed(self) -> int:
        """Real orders placed inside the window."""
        at = self.orders.at
        return int(((at >= self.window.start) & (at < self.window.end)).sum())

    @cached_property
    def _profiles(self) -> list[Strand]:
        return [contacts.profiles()]

    @cached_property
    def _strands(self) -> list[Strand]:
        return [
            orders.placed(self.orders),
            *synthesis.strands(self.orders),
            contacts.sent(),
            contacts.redeemed(),
        ]

    def count(self) -> dict[str, int]:
        """Records per topic, before any is built."""
        return {**count(self._strands, self.window), **count(self._profiles)}

    def records(self) -> Iterator[Record]:
        """Profiles, then everything of the window in event-time order.

        Raises:
            Permanent: the data is not installed.
        """
        yield from weave(self._profiles)
        yield from weave(self._strands, self.window)
