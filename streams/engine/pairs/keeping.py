"""Every partition keeps the orders of days that are not over, and sends them as baskets when they are.

An order belongs to the day on which it first became known. What counts is the newest of its `placed` events
that day; a cancellation that became known before the day's end takes it away, whether before or after it. So
a day's baskets follow from the set of events, not from the order in which they came. A row, key `o/` + end of
the day + `/` + customer + newline + order, holds [time, id] of the event, a newline, and the basket as it
will travel. The thread of the order has

    day       the end of its day, ms
    off       least effective time of a cancellation, ms

and the partition row, in `pairs`, `closed`: the end of the last day that was sent, and `missed`: orders that
became known when their day was over, as can be when an input had been idle.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import orjson

from streams.engine.customer_row import Row
from streams.engine.intake import Arrival, announce
from streams.engine.pairs.calendar import Calendar
from streams.engine.pairs.options import PairOptions
from streams.engine.pairs.record import BASKETS, MOST, basket, join
from streams.engine.records import Send
from streams.engine.state import Outcome, State

ORDERS = b"o/"
SLICE = 4 * MOST
"""Orders that one step sends, at most: a millisecond or so."""

_BYTES = 800_000  # of a record: brokers and clients take 1 MiB without being asked
_DAY = slice(len(ORDERS), len(ORDERS) + 15)


class Keeping:
    """The part of a step that keeps orders, and sends those of a day that is over.

    Args:
        options: see there.
        calendar: of the options' zone.
        state: the partition's state before the step.
        outcome: what the step changes; its partition row is the step's copy.
    """

    def __init__(self, options: PairOptions, calendar: Calendar, state: State, outcome: Outcome) -> None:
        self.options, self.calendar, self.state, self.outcome = options, calendar, state, outcome
        self.row: dict[str, Any] = outcome.row.pairs

    def take(self, thread: Row, arrival: Arrival) -> None:
        """An event of an order, after it has been noted in the order's thread."""
        kind = arrival.event.kind
        if kind == "placed":
            self._placed(thread, arrival)
        elif kind == "cancelled":
            off = thread["off"] = min(arrival.eff, thread.get("off", arrival.eff))
            day = thread.get("day")
            if day is not None and off < day and not self._over(day):
                self._put(_key(day, arrival), None)

    def _placed(self, thread: Row, arrival: Arrival) -> None:
        day = self.calendar.end(arrival.eff)
        before = thread.get("day")
        if before is not None and before < day:
            return  # it has had its day
        if self._over(day):
            self.row["missed"] = self.row.get("missed", 0) + 1
            return
        if before is not None and before > day:
            self._put(_key(before, arrival), None)
        thread["day"] = day
        if thread.get("off", day) < day:
            return
        key = _key(day, arrival)
        rank = [arrival.time, arrival.event.id]
        kept = self._find(key)
        if kept is None or orjson.loads(kept.partition(b"\n")[0]) < rank:
            self._put(key, orjson.dumps(rank) + b"\n" + basket(arrival.event, self.options.cap))

    def close(self) -> bool:
        """Send a slice of the days that were over before this step; whether more are now."""
        mark = self.state.row.watermark
        if mark is not None:
            last = self.calendar.begin(mark - 1)
            if last > self._closed:
                self._send(last)
        mark = self.outcome.row.watermark
        return mark is not None and self.calendar.begin(mark - 1) > self._closed

    @property
    def _closed(self) -> int:
        closed: int = self.row.get("closed", 0)
        return closed

    def _over(self, day: int) -> bool:
        mark = self.state.row.watermark
        return mark is not None and day < mark

    def _send(self, last: int) -> None:
        """A slice of the rows up to a day's end; an announcement wherever nothing more of a day is there."""
        found = self.state.keys.after(ORDERS, SLICE + 1)
        keys = [key for key in found[:SLICE] if _day(key) <= last]
        unfinished = _day(found[SLICE]) if len(found) > SLICE else None
        for day, of_day in groupby(keys, _day):
            for value in self._records(day, list(of_day)):
                header = ("tocsin-from", b"%d" % self.state.partition)
                self.outcome.sends.append(Send(BASKETS, 0, None, value, [header]))
            if day not in (unfinished, last):
                self._announce(day)
        if unfinished is None or unfinished > last:
            self._announce(last)
        self.outcome.commit = True

    def _records(self, day: int, keys: list[bytes]) -> Iterator[bytes]:
        self.outcome.rows |= dict.fromkeys(keys)
        if day <= self._closed:  # left over from when pairs were asked for before
            self.row["missed"] = self.row.get("missed", 0) + len(keys)
            return
        baskets: list[bytes] = []
        size = 0
        for key in keys:
            each = self.state.rows[key].partition(b"\n")[2]
            if baskets and (len(baskets) >= MOST or size + len(each) > _BYTES):
                yield join(day, baskets)
                baskets, size = [], 0
            baskets.append(each)
            size += len(each) + 1
        yield join(day, baskets)

    def _announce(self, day: int) -> None:
        if day > self._closed:
            self.row["closed"] = day
            self.outcome.sends.append(announce(BASKETS, 0, self.state.partition, day))

    def _find(self, key: bytes) -> bytes | None:
        return self.outcome.rows[key] if key in self.outcome.rows else self.state.rows.get(key)

    def _put(self, key: bytes, value: bytes | None) -> None:
        if value is not None or key in self.state.rows or key in self.outcome.rows:
            self.outcome.rows[key] = value


def _key(day: int, arrival: Arrival) -> bytes:
    data: Any = arrival.event.data
    return ORDERS + b"%015d/" % day + f"{data.customer_id}\n{data.order_id}".encode()


def _day(key: bytes) -> int:
    return int(key[_DAY])
