"""The close of a day: every customer gets a score, and every example whose horizon is over its label.

A partition closes a moment once its watermark has passed it: each midnight UTC, from the first order on. One
step does a slice of the work, so that events are not held up; where little is to be done of each, it closes
several moments. How far the close has come is kept in the partition row:

    closing   {"moment": ms, "day": whether it is a day that ends, or scores alone are wanted,
               "last": the moment closed before, "from": where the data begins, ms or null,
               "phase": 0 for scores, then one for the labels of each horizon, "after": the last key done}

No new event changes what a moment's scores and labels are: they wait in the rows, see `waiting`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from detectors.churn import newcomers
from detectors.churn.signals import DAY
from streams.engine.churn.sweeping import CHUNK, CUSTOMER, EXAMPLES, RISKS, Sweep, chunk_key
from streams.engine.intake import announce
from streams.engine.options import ChurnOptions
from streams.engine.partition_row import PartitionRow
from streams.engine.state import Outcome, State

MOST_BEHIND = (
    400 * DAY
)  # of the watermark; a first event of long ago must not cost a sweep for each day since

LATE = DAY  # scores later than that would be told in the digest after the one that they belong to

Row = dict[str, Any]


class Closing:
    """The part of a step that closes days.

    Args:
        options: see there.
        sweep: scores and labels.
        state: the partition's state before the step.
        outcome: what the step changes; its partition row is the step's copy.
        fresh: keys of customers whom this very step has brought.
    """

    def __init__(
        self, options: ChurnOptions, sweep: Sweep, state: State, outcome: Outcome, fresh: Iterable[bytes]
    ) -> None:
        self.options, self.sweep, self.state, self.outcome = options, sweep, state, outcome
        self.row: PartitionRow = outcome.row
        self.fresh = sorted(fresh)

    def run(self, most: int) -> bool:
        """Do so much of what is due; whether more is."""
        left, first = most, None
        while left > 0 and (closing := self._next(first)) is not None:
            self.outcome.commit = True
            first = closing["moment"] if first is None else first
            left -= self._slice(closing, left)
        return self._under_way() is not None or self._due() is not None

    def _next(self, first: int | None) -> Row | None:
        """The moment that is being closed, or else the next one that is due, where one may in this step.

        Args:
            first: the moment that the step began with; None at its beginning.
        """
        if self.row.closing is not None:
            return self.row.closing
        moment = self._due()
        if moment is None:
            self._tell_of_nothing()
            return None
        if first is not None and not self.may_follow(moment, first):
            return None
        self.row.closing = {
            "moment": moment,
            "day": moment % DAY == 0 and self._passed(moment),
            "last": self.row.closed,
            "from": self._data_from(moment),
            "phase": 0,
            "after": "",
        }
        return self.row.closing

    def may_follow(self, moment: int, first: int) -> bool:
        """Whether a moment may be closed in the step that began with `first`, ms both."""
        # An example that this very step has taken is not in the rows yet, so its label must not be due.
        return not self.options.apart and moment - first < min(self.options.horizons) * DAY

    @property
    def late(self) -> bool:
        """Whether what is left was due more than a day of events ago, as in a replay."""
        closing, mark = self._under_way(), self.row.watermark
        moment = self._due() if closing is None else closing["moment"]
        return moment is not None and mark is not None and mark - moment > LATE

    def _under_way(self) -> Row | None:
        return self.row.closing

    def _due(self) -> int | None:
        """The next moment to close, if time has passed it."""
        row = self.row
        if row.begins is None or row.watermark is None:
            return None
        last = max(row.begins // DAY * DAY, row.watermark - MOST_BEHIND)
        if row.closed is not None:
            last = max(last, row.closed)
        wanted = [moment for moment in self.options.moments if moment > last]
        moment = min([last // DAY * DAY + DAY, *wanted])
        if self._passed(moment):
            return moment
        # No event will come any more: what is wanted beyond is scored by what is known.
        return min(wanted, default=None) if self.options.ended else None

    def _passed(self, moment: int) -> bool:
        return self.row.watermark is not None and moment < self.row.watermark

    def _tell_of_nothing(self) -> None:
        """A partition that has no orders yet must not be waited for."""
        row = self.row
        if row.begins is None and row.watermark is not None:
            moment = (row.watermark - 1) // DAY * DAY
            if row.closed is None or moment > row.closed:
                self._done(moment, day=True)

    def _done(self, moment: int, *, day: bool) -> None:
        self.row.closed, self.row.closing = moment, None
        mine = self.state.partition
        if day:
            self.outcome.sends += [announce(topic, 0, mine, moment) for topic in (EXAMPLES, RISKS)]
        self.outcome.commit = True

    def _data_from(self, moment: int) -> int | None:
        """As it was known when the close began: its own slices must not differ in it."""
        if self.options.older is None and self.row.newcomers:
            return newcomers.data_from(self.row.newcomers, moment)
        begins = self.row.begins
        return None if self.options.older is False or begins is None else begins // DAY * DAY

    def _slice(self, closing: Row, most: int) -> int:
        """One piece of a phase; how much work it was."""
        if closing["phase"] == 0:
            keys = self._customers(closing["after"].encode(), most)
            if keys:
                self.sweep.score(keys, closing)
                closing["after"] = keys[-1].removeprefix(CUSTOMER).decode()
            if len(keys) < most:
                closing["phase"], closing["after"] = 1, ""
            return max(len(keys), 1)
        if closing["phase"] > len(self.options.horizons) or not closing["day"]:
            self._drop_orphans(closing["moment"])
            self._done(closing["moment"], day=closing["day"])
            return 1
        days = self.options.horizons[closing["phase"] - 1]
        key = self._chunk(closing, days)
        if key is None:
            closing["phase"], closing["after"] = closing["phase"] + 1, ""
            return 1
        closing["after"] = key.decode()
        return self.sweep.label(key, days, closing["moment"])

    def _customers(self, after: bytes, most: int) -> list[bytes]:
        """The next customers, those among them that this very step has brought."""
        after = CUSTOMER + after
        there = self.state.keys.after(after, most)
        fresh = [key for key in self.fresh if key > after][:most]
        return sorted([*there, *fresh])[:most] if fresh else there

    def _chunk(self, closing: Row, days: int) -> bytes | None:
        """The next chunk of examples whose horizon of so many days ends now."""
        begin = chunk_key(closing["moment"] - days * DAY, "")
        key = next(iter(self.state.keys.after(closing["after"].encode() or begin, 1)), None)
        return key if key is not None and key.startswith(begin) else None

    def _drop_orphans(self, moment: int) -> None:
        """Chunks whose labels nobody asks for any more, since the horizons were changed."""
        oldest = chunk_key(moment - max(self.options.horizons) * DAY, "")
        for key in self.state.keys.after(CHUNK, self.options.slice):
            if key >= oldest:
                break
            self.outcome.rows[key] = None
