"""Every partition keeps the orders of days that are not over, and sends them as baskets when they are.

An order belongs to the day on which it first became known. What counts is the newest of its `placed` events
that day; a cancellation that became known before the day's end takes it away, whether before or after it. So
a day's baskets follow from the set of events, not from the order in which they came. They are on sheets, see
there. The thread of the order has

    day       the end of its day, ms
    sheet     the sheet that it is on
    off       least effective time of a cancellation, ms

and the partition row, in `pairs`, `closed`: the end of the last day that was sent, and `missed`: orders that
became known when their day was over, as can be when an input had been idle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Any

from streams.engine.customer_row import Row
from streams.engine.intake import Arrival, announce
from streams.engine.pairs.calendar import Calendar
from streams.engine.pairs.options import PairOptions
from streams.engine.pairs.record import BASKETS, MOST, basket, join
from streams.engine.pairs.sheets import ORDERS, Sheets, Who, baskets_of, day_of
from streams.engine.records import Send
from streams.engine.state import Outcome, State

SLICE = 4 * MOST
"""Orders that one step sends, at most: a millisecond or so."""

_BYTES = 800_000  # of a record: brokers and clients take 1 MiB without being asked


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
        self.sheets = Sheets(state)

    def take(self, thread: Row, arrival: Arrival) -> None:
        """An event of an order, after it has been noted in the order's thread."""
        kind = arrival.event.kind
        if kind == "placed":
            self._placed(thread, arrival)
        elif kind == "cancelled":
            off = thread["off"] = min(arrival.eff, thread.get("off", arrival.eff))
            day = thread.get("day")
            if day is not None and off < day and not self._over(day):
                self._drop(thread, _who(arrival))

    def _placed(self, thread: Row, arrival: Arrival) -> None:
        day = self.calendar.end(arrival.eff)
        before = thread.get("day")
        if before is not None and before < day:
            return  # it has had its day
        if self._over(day):
            self.row["missed"] = self.row.get("missed", 0) + 1
            return
        who, rank = _who(arrival), [arrival.time, arrival.event.id]
        if before is not None and before > day:
            self._drop(thread, who)
        thread["day"] = day
        if thread.get("off", day) < day:
            return
        if "sheet" in thread:
            sheet = self.sheets.sheet(day, thread["sheet"])
        else:
            thread["sheet"], sheet = self.sheets.newest(day)
        kept = sheet.rank(who)
        if kept is None or kept < rank:
            sheet.put(who, rank, basket(arrival.event, self.options.cap))

    def _drop(self, thread: Row, who: Who) -> None:
        if "sheet" in thread:
            self.sheets.sheet(thread["day"], thread.pop("sheet")).drop(who)

    def close(self) -> bool:
        """Write what is kept, and send a slice of the days that were over before; whether more are now."""
        self.sheets.write(self.outcome)
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
        """A slice of the sheets up to a day's end; an announcement wherever a day has no more of them."""
        taken: list[tuple[bytes, list[bytes]]] = []
        orders, unfinished = 0, None
        for key in self.state.keys.after(ORDERS, SLICE + 1):
            if orders >= SLICE or day_of(key) > last:
                unfinished = day_of(key)
                break
            taken.append((key, baskets_of(self.state.rows[key])))
            orders += len(taken[-1][1])
        self.outcome.rows |= {key: None for key, _ in taken}
        for day, of_day in groupby(taken, lambda each: day_of(each[0])):
            for value in self._records(day, chain.from_iterable(baskets for _, baskets in of_day)):
                header = ("tocsin-from", b"%d" % self.state.partition)
                self.outcome.sends.append(Send(BASKETS, 0, None, value, [header]))
            if day not in (unfinished, last):
                self._announce(day)
        if unfinished is None or unfinished > last:
            self._announce(last)
        self.outcome.commit = True

    def _records(self, day: int, baskets: Iterable[bytes]) -> Iterator[bytes]:
        if day <= self._closed:  # left over from when pairs were asked for before
            self.row["missed"] = self.row.get("missed", 0) + len(list(baskets))
            return
        part: list[bytes] = []
        size = 0
        for each in baskets:
            if part and (len(part) >= MOST or size + len(each) > _BYTES):
                yield join(day, part)
                part, size = [], 0
            part.append(each)
            size += len(each) + 1
        yield join(day, part)

    def _announce(self, day: int) -> None:
        if day > self._closed:
            self.row["closed"] = day
            self.outcome.sends.append(announce(BASKETS, 0, self.state.partition, day))


def _who(arrival: Arrival) -> Who:
    data: Any = arrival.event.data
    return data.customer_id, data.order_id
