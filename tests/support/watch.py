"""Follows a fleet at work: how far it is, when it is done, and what it left behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from support.fleet import Fleet
from support.observed import (
    Log,
    Mirror,
    Observed,
    differences,
    ended_in_all,
    of_alerts,
    of_customers,
    of_ledger,
    of_mails,
    of_publishers,
)
from support.oracle import Truth
from support.wait import until


class Watch:
    """Eyes on one fleet.

    Args:
        fleet: what is watched.
        truth: what must come out.
        message_ids: of the mails that must come out.
    """

    def __init__(self, fleet: Fleet, truth: Truth, message_ids: set[str]) -> None:
        self.fleet = fleet
        self.truth = truth
        self.message_ids = message_ids
        self._stack = ExitStack()
        self.customers = Mirror(fleet.broker, f"{fleet.prefix}customer-rows")
        self.products = Mirror(fleet.broker, f"{fleet.prefix}product-rows")
        self._stack.callback(self.customers.close)
        self._stack.callback(self.products.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def progress(self) -> int:
        """Records that have found their end."""
        self.customers.complete()
        return ended_in_all(self.customers.partition_rows)

    def mails(self) -> int:
        """Mails that were taken by the sink."""
        return sum(1 for _ in self.fleet.mails.glob("**/*.eml"))

    def finish(self, seconds: float, each_time: Callable[[], object] = lambda: None) -> None:
        """Wait until all is read, time has come to its end in every partition, and all mails are out.

        Args:
            seconds: how long that may take.
            each_time: called between two looks, for example to tend the fleet or to kill one of it.

        Raises:
            AssertionError: it did not come to that; what is different so far is told.
        """

        def done() -> bool:
            each_time()
            return self.progress() >= self.truth.sent and self._time_is_over() and self._mails_are_out()

        try:
            until(done, seconds, "the fleet to finish")
        except TimeoutError as error:
            found = differences(self.truth, self.message_ids, self.observe())
            raise AssertionError("\n".join([str(error), *found])) from error

    def _time_is_over(self) -> bool:
        self.products.complete()
        rows = self.customers.partition_rows
        # A product hears from every partition: its time comes as far as the slowest of them.
        slowest = min(self.truth.watermarks.values())
        products = [row["watermark"] for row in self.products.partition_rows.values()]
        return (
            {number: row["watermark"] for number, row in rows.items()} == self.truth.watermarks
            and len(products) == len(self.truth.watermarks)
            and all(watermark is not None and watermark >= slowest for watermark in products)
        )

    def _mails_are_out(self) -> bool:
        return self.mails() >= len(self.message_ids)

    def observe(self) -> Observed:
        """Everything that can be compared, as it is now."""
        rows = self.customers.complete()
        partitions = self.customers.partition_rows
        ledger, reasons = of_ledger(partitions)
        alerts = Log(self.fleet.broker, f"{self.fleet.prefix}alerts")
        try:
            said = of_alerts(alerts.read())
        finally:
            alerts.close()
        return Observed(
            ledger=ledger,
            reasons=reasons,
            publishers=of_publishers(partitions),
            customers=of_customers(rows),
            watermarks={number: row["watermark"] for number, row in partitions.items()},
            alerts=said,
            message_ids=of_mails(self.fleet.mails),
        )

    def stop_and_compare(self) -> Observed:
        """Stop everything as an operator does, and hold what is there to the oracle, exactly."""
        codes = {name: child.stop() for name, child in self.fleet.children.items()}
        assert set(codes.values()) == {0}, f"exit codes of a clean stop: {codes}"
        found = self.observe()
        lines = differences(self.truth, self.message_ids, found)
        assert not lines, "\n".join(lines)
        return found


def thresholds(whole: int, fractions: Sequence[float]) -> list[int]:
    """Counts at which these fractions of the whole are done.

    >>> thresholds(200, [0.1, 0.5])
    [20, 100]
    """
    return [int(whole * fraction) for fraction in fractions]
