"""A broker with Kafka's transactions: epochs that fence, and markers that are written after the decision.

A commit or abort is decided at once by the coordinator and acknowledged; the control records reach the
logs one by one, later, when the schedule says so. Until they have, the transactional id is busy: a new
epoch, or the next transaction, is told to come again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from simulator.logs import Headers, Log, Transaction

At = tuple[str, int]
Put = tuple[bytes | None, bytes | None, Headers]


class FencedError(Exception):
    """A newer owner of this transactional id exists."""


class Busy:
    """The answer to who must ask again: the last transaction of this id is not complete."""


BUSY = Busy()


class _Producer:
    """What the coordinator knows of one transactional id."""

    __slots__ = ("epoch", "logs", "transaction")

    def __init__(self) -> None:
        self.epoch = -1
        self.transaction: Transaction | None = None
        self.logs: list[Log] = []


class Marker:
    """A control record that has yet to be written."""

    __slots__ = ("_broker", "_log", "_producer")

    def __init__(self, broker: Broker, producer: _Producer, log: Log) -> None:
        self._broker, self._producer, self._log = broker, producer, log

    def go(self) -> None:
        """Write it; the last one completes the transaction."""
        producer = self._producer
        assert producer.transaction is not None
        self._log.mark(producer.transaction)
        self._broker.markers.remove(self)
        producer.logs.remove(self._log)
        if not producer.logs:
            producer.transaction = None


class Broker:
    """Logs and the coordinator of transactions.

    Attributes:
        markers: control records that wait to be written; the schedule picks one.
        group: the consumer group's offsets; lag monitors look at them, nothing begins there.
    """

    def __init__(self) -> None:
        self.logs: defaultdict[At, Log] = defaultdict(Log)
        self.markers: list[Marker] = []
        self.group: dict[At, int] = {}
        self._producers: defaultdict[str, _Producer] = defaultdict(_Producer)
        self._number = 0

    def begin_epoch(self, name: str, *, patient: bool = True) -> int | Busy:
        """InitProducerId: fence who had the id, abort what is open, answer when that is complete.

        Not `patient`, it answers at once, as Kafka never does.
        """
        producer = self._producers[name]
        if producer.transaction is not None:
            if producer.transaction.open:
                producer.epoch += 1  # nobody else may add to it or commit it from here on
                self._decide(producer, commit=False)
            if producer.transaction is not None and patient:
                return BUSY
        producer.epoch += 1
        return producer.epoch

    def produce(self, name: str, epoch: int, at: At, records: Sequence[Put]) -> Busy | None:
        """Append to a log inside the open transaction, which the first append begins."""
        producer = self._fenced(name, epoch)
        if producer.transaction is None:
            self._number += 1
            producer.transaction = Transaction(self._number)
        elif not producer.transaction.open:
            return BUSY
        log = self.logs[at]
        if log not in producer.logs:
            producer.logs.append(log)
        log.append(records, producer.transaction)
        return None

    def end(self, name: str, epoch: int, *, commit: bool) -> Busy | None:
        """EndTxn: decide. The markers follow."""
        producer = self._fenced(name, epoch)
        if producer.transaction is not None:
            if not producer.transaction.open:
                return BUSY
            self._decide(producer, commit=commit)
        return None

    def expire(self) -> bool:
        """Abort what is open: its owner has been silent for longer than the transaction timeout allows."""
        found = [each for each in self._producers.values() if each.transaction and each.transaction.open]
        for producer in found:
            producer.epoch += 1
            self._decide(producer, commit=False)
        return bool(found)

    def _fenced(self, name: str, epoch: int) -> _Producer:
        producer = self._producers[name]
        if epoch != producer.epoch:
            raise FencedError(f"{name} has epoch {producer.epoch}, {epoch} came")
        return producer

    def _decide(self, producer: _Producer, *, commit: bool) -> None:
        assert producer.transaction is not None
        producer.transaction.open = False
        producer.transaction.committed = commit
        self.markers += [Marker(self, producer, log) for log in producer.logs]
