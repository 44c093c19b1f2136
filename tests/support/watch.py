"""Follows a fleet at work: how far it is, when it is done, and what it left behind."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from support.engine_truth import PROGRESS, EngineTruth, versions
from support.fleet import Fleet
from support.observed import (
    CUSTOMER,
    HELD,
    PARTITION_ROW,
    Log,
    Observed,
    committed,
    differences,
    ended,
    newest,
    of_alerts,
    of_customers,
    of_ledger,
    of_mails,
    of_publishers,
    partition_rows,
)
from support.oracle import Truth
from support.wait import until

MOST = 12  # differences that are told


class Watch:
    """Eyes on one fleet.

    Args:
        fleet: what is watched.
        truth: what must come out.
        engine: what must come of churn, series and pairs; its alerts are in `truth`, too.
        message_ids: of the mails that must come out.
    """

    def __init__(self, fleet: Fleet, truth: Truth, engine: EngineTruth, message_ids: set[str]) -> None:
        self.fleet = fleet
        self.truth, self.engine = truth, engine
        self.message_ids = message_ids
        self._log = Log(fleet.broker, f"{fleet.prefix}customer-rows", committed=False)
        self._so_far: dict[int, Any] = {}
        self._windows = {
            topic: Log(fleet.broker, fleet.prefix + topic, committed=False) for topic in engine.progress
        }
        self._closed: dict[str, Any] = {}
        self._is_read = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for log in (self._log, *self._windows.values()):
            log.close()

    def ended(self) -> dict[int, int]:
        """Records that have found their end, by partition; an open transaction counts already.

        That is good enough to choose a moment by, and quick. What is compared is read anew and committed.
        """
        self._so_far |= partition_rows(self._log.read())
        return {partition: ended(row) for partition, row in self._so_far.items()}

    def progress(self) -> int:
        """The sum of `ended`."""
        return sum(self.ended().values())

    def mails(self) -> int:
        """Mails that were taken by the sink."""
        return sum(1 for _ in self.fleet.mails.glob("**/*.eml"))

    def finish(self, seconds: float, each_time: Callable[[], bool]) -> None:
        """Wait until all is read, time has come to its end in every partition, and all mails are out.

        Args:
            seconds: how long that may take.
            each_time: called at every look, to tend the fleet or to kill one of it; it must agree to the end.

        Raises:
            AssertionError: it did not come to that; what is different so far is told.
        """

        def done() -> bool:
            return each_time() and self._all_is_read() and self._mails_are_out()

        try:
            until(done, seconds, "the fleet to finish")
        except TimeoutError as error:
            found = differences(self.truth, self.message_ids, self.observe())
            raise AssertionError("\n".join([str(error), *found])) from error

    def _all_is_read(self) -> bool:
        """The ledger is full and time has come to its end, in every partition of both stages."""
        if self._is_read or self.progress() < self.truth.sent or not self._time_is_over(self._so_far):
            return self._is_read
        if not all(self._seems_to_be_closed(topic) for topic in self.engine.progress):
            return False
        customers, products = (
            partition_rows(committed(self.fleet.broker, self.fleet.prefix + topic))
            for topic in ("customer-rows", "product-rows")
        )
        # A product hears from every partition: its time comes as far as the slowest of them.
        slowest = min(self.truth.watermarks.values())
        self._is_read = (
            sum(ended(row) for row in customers.values()) >= self.truth.sent
            and self._time_is_over(customers)
            and len(products) == len(self.truth.watermarks)
            and all((row["watermark"] or 0) >= slowest for row in products.values())
            and {number: row["closed"] for number, row in customers.items()} == self.engine.closed
            and all(self._days_are_over(topic) for topic in ("trainer-rows", "risk-rows"))
            and all(self._is_closed(topic) for topic in self.engine.progress)
        )
        return self._is_read

    def _days_are_over(self, topic: str) -> bool:
        """The stage with one partition has done every day that all partitions have told of."""
        rows = newest(committed(self.fleet.broker, self.fleet.prefix + topic))
        last = min(self.engine.closed.values())
        waits = [row["due"] for (_, key), row in rows.items() if key.startswith(HELD)]
        return rows[0, PARTITION_ROW]["watermark"] == last and all(due > last for due in waits)

    def _seems_to_be_closed(self, topic: str) -> bool:
        """The stage has closed every window; an open transaction counts. Its topic is read but once."""
        rows = _progress(self._windows[topic].read(), topic)
        self._closed[topic] = rows or self._closed.get(topic)
        return bool(self._closed[topic] == self.engine.progress[topic])

    def _is_closed(self, topic: str) -> bool:
        """It has, and that is committed."""
        records = committed(self.fleet.broker, self.fleet.prefix + topic)
        return bool(_progress(records, topic) == self.engine.progress[topic])

    def _time_is_over(self, rows: Mapping[int, Any]) -> bool:
        return {number: row["watermark"] for number, row in rows.items()} == self.truth.watermarks

    def _mails_are_out(self) -> bool:
        return self.mails() >= len(self.message_ids)

    def observe(self) -> Observed:
        """Everything that can be compared, as it is now."""
        records = committed(self.fleet.broker, f"{self.fleet.prefix}customer-rows")
        rows = newest(record for record in records if record.key.startswith(CUSTOMER))
        partitions = partition_rows(records)
        ledger, reasons = of_ledger(partitions)
        said = of_alerts(committed(self.fleet.broker, f"{self.fleet.prefix}alerts"))
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
        codes = {child: child.stop() for child in self.fleet.children.values()}
        for child, code in codes.items():
            # One that was killed a moment ago and is still starting goes by the signal itself.
            allowed = {0, -signal.SIGTERM} if child.starts > 1 else {0}
            assert code in allowed, f"{child.name} was asked to end and did so with {code}"
        found = self.observe()
        lines = [*differences(self.truth, self.message_ids, found), *self._engine_differences()]
        assert not lines, "\n".join(lines)
        return found

    def windows(self) -> Counter[bytes]:
        """Every closed window."""
        records = committed(self.fleet.broker, f"{self.fleet.prefix}windows")
        return Counter(record.value for record in records)

    def _engine_differences(self) -> list[str]:
        """Scores, versions of the models and windows that are not what they must be, in words."""
        broker, prefix = self.fleet.broker, self.fleet.prefix
        scores = Counter(record.value for record in committed(broker, f"{prefix}customer-scores"))
        words = [
            *_told("score", self.engine.scores, scores),
            *_told("window", self.engine.windows, self.windows()),
        ]
        learnt = versions(committed(broker, f"{prefix}models"))
        if learnt != self.engine.versions:
            words.append(f"models: wanted {self.engine.versions}, got {learnt}")
        return words


def _progress(records: Iterable[Any], topic: str) -> Any:
    """How far a stage of windows has come after these records; None where they do not say."""
    rows = newest(record for record in records if record.key == PROGRESS[topic])
    return rows.get((0, PROGRESS[topic]))


def _told(name: str, wanted: Counter[bytes], found: Counter[bytes]) -> Iterator[str]:
    for words, lines in ((f"{name} missing", wanted - found), (f"{name} not wanted", found - wanted)):
        yield from (f"{words}: {raw.decode():.200}" for raw in list(lines)[:MOST])


def thresholds(whole: int, fractions: Sequence[float]) -> list[int]:
    """Counts at which these fractions of the whole are done.

    >>> thresholds(200, [0.1, 0.5])
    [20, 100]
    """
    return [int(whole * fraction) for fraction in fractions]
