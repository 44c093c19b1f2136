"""One partition of a reference that does everything: what its events change beside their customers' rows.

The engine's functions over an in-memory state, with one outcome for each event. In the references' favour:
reads come from memory; time is this partition's own and knows the ends of its inputs, so nobody is waited for
and no timer runs; a part of the stage that has nothing to do for an event is not called; the partition row is
written when a bucket or a day is closed, not with each event; the product stage is told of time once an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from benchmarks.event_buckets import EventMeasuring
from benchmarks.job import Done
from streams.engine import customer_row
from streams.engine.churn.closing import Closing
from streams.engine.churn.sweeping import Sweep, past_key
from streams.engine.churn.waiting import note, past_of, settle
from streams.engine.customer_row import Row
from streams.engine.intake import Arrival, announce
from streams.engine.models import Adopted
from streams.engine.options import ChurnOptions, Options
from streams.engine.pairs.calendar import Calendar
from streams.engine.pairs.keeping import Keeping
from streams.engine.pairs.options import PairOptions
from streams.engine.partition_row import KEY
from streams.engine.records import Send
from streams.engine.series.plan import Plan
from streams.engine.shortage import PARTIALS
from streams.engine.state import Outcome, State
from streams.engine.watermark import combine

DAY = 86_400_000


class Partition:
    """What is kept of one partition.

    Args:
        number: of it.
        options: with everything on.
        plan: of its series.
        ends: records in each of its inputs.
    """

    def __init__(self, number: int, options: Options, plan: Plan, ends: Mapping[str, int]) -> None:
        if options.churn is None or options.pairs is None:
            raise ValueError("everything is measured with everything on")
        self.options, self.ends = options, dict(ends)
        self.churn: ChurnOptions = options.churn
        self.pairs: PairOptions = options.pairs
        self.calendar = Calendar(self.pairs.zone)
        self.state = State(number)
        self.row = self.state.row
        self.measuring = EventMeasuring(plan, self.state)
        self.base = plan.options.base
        self.buried: list[tuple[str, int | None]] = []
        self._begin()

    def _begin(self) -> None:
        self._rows: dict[bytes, bytes | None] = {}
        self._sends: list[Send] = []

    def done(self) -> Done:
        """What has changed since this was asked for last."""
        found = Done(self._rows, self._sends)
        self._begin()
        return found

    def absorb(self, outcome: Outcome) -> None:
        """Make it true here; it is to be written and sent."""
        self._rows |= outcome.rows
        self._sends += outcome.sends
        self.state.apply(outcome)

    def note(self, key: bytes, row: Row, arrival: Arrival, outcome: Outcome) -> None:
        """Let an event wait for the close of its day, as `_Step._churn` does."""
        if arrival.event.kind == "placed" and (self.row.begins is None or arrival.eff < self.row.begins):
            self.row.begins = arrival.eff
        if not note(row, arrival):
            return
        known = self.state.decoded.get(key)
        folded = known is not None and known.past is not None
        if len(row["churn"]["w"]) >= self.churn.waiting:
            place = past_key(key)
            past = known.past if folded else past_of(self.state.rows.get(place))
            settle(past, row["churn"], known.upto if folded else self.row.closed, folded=folded)
            outcome.rows[place] = orjson.dumps(past)
        if known is not None:
            renewed = known.renewed(row["churn"])
            if renewed is None:
                del self.state.decoded[key]
            else:
                outcome.decoded[key] = renewed

    def basket(self, thread: Row, arrival: Arrival, outcome: Outcome) -> None:
        """Keep an order for the close of its day."""
        keeping = Keeping(self.pairs, self.calendar, self.state, outcome)
        keeping.take(thread, arrival)
        keeping.sheets.write(outcome)

    def write(self, key: bytes, row: Row, outcome: Outcome) -> None:
        """The row of a customer or session, and what the event has measured."""
        if key.startswith(b"s/"):
            due = row["due"] = customer_row.session_due(row, self.options.horizon)
            mark = self.row.watermark
            gone = due is None or (mark is not None and due < mark)
            outcome.rows[key] = None if gone else customer_row.dump(row)
        else:
            outcome.rows[key] = customer_row.dump(row)
            if key not in outcome.decoded and key in self.state.decoded:
                outcome.decoded[key] = self.state.decoded[key]
        self.measuring.buckets.write(outcome)
        self.absorb(outcome)

    def pass_time(self, topic: str, newest: Mapping[str, int], adopted: Adopted) -> None:
        """A record of a topic has been taken: close what time has passed.

        Args:
            topic: without prefix.
            newest: greatest event time of each input, ms.
            adopted: the models that score.
        """
        row = self.row
        row.offsets[topic] = row.offsets.get(topic, 0) + 1
        marks: dict[str, Any] = dict.fromkeys(self.ends)
        marks |= {name: at - self.options.disorder for name, at in newest.items()}
        idle = [name for name, end in self.ends.items() if row.offsets.get(name, 0) >= end]
        mark, before = combine(marks, idle), row.watermark
        if mark is None or (before is not None and mark <= before):
            return
        row.watermark = mark
        if before is None or (mark - 1) // self.base > (before - 1) // self.base:
            self._close_buckets()
        if before is None or (mark - 1) // DAY > (before - 1) // DAY:
            self._close_days(adopted)
        if before is None or self.calendar.begin(mark - 1) > self.calendar.begin(before - 1):
            self._send_baskets()

    def _close_buckets(self) -> None:
        outcome = Outcome(self.row)
        self.measuring.close(outcome, self.buried)
        self.buried = []
        mine, mark = self.state.partition, self.row.watermark or 0
        outcome.sends += [announce(PARTIALS, to, mine, mark) for to in range(self.options.partitions)]
        self._stand(outcome)

    def _close_days(self, adopted: Adopted) -> None:
        more = True
        while more:
            outcome = Outcome(self.row)
            sweep = Sweep(self.churn, adopted, self.state, outcome, {}, (), {})
            more = Closing(self.churn, sweep, self.state, outcome, ()).run(self.churn.slice_of(live=False))
            self._stand(outcome)

    def _send_baskets(self) -> None:
        more = True
        while more:
            outcome = Outcome(self.row)
            more = Keeping(self.pairs, self.calendar, self.state, outcome).close()
            self._stand(outcome)

    def _stand(self, outcome: Outcome) -> None:
        """Absorb a close, and where the partition stands after it."""
        outcome.rows[KEY] = self.row.dumps()
        self.absorb(outcome)
        del self.state.rows[KEY]  # the state has it as an object
