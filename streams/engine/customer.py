"""The customer stage: validate, drop duplicates, keep every customer's history, ring by time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import orjson

from streams.engine import customer_row
from streams.engine.churn.closing import Closing
from streams.engine.churn.sweeping import Sweep, past_key
from streams.engine.churn.waiting import note, past_of, settle
from streams.engine.customer_row import Row
from streams.engine.history import record
from streams.engine.intake import REROUTED, Arrival, Intake, announce
from streams.engine.models import untaught
from streams.engine.options import ChurnOptions, Options
from streams.engine.pairs.calendar import Calendar
from streams.engine.pairs.keeping import Keeping
from streams.engine.records import Batch
from streams.engine.ringing import Judge, send_alert
from streams.engine.series.measuring import Measuring
from streams.engine.series.plan import Plan
from streams.engine.shortage import PARTIALS, report
from streams.engine.state import Outcome, State
from streams.engine.watermark import Quiet, combine


class CustomerStage:
    """One atomic step at a time over the five public topics and `rerouted`.

    Args:
        inputs: the public topics, without prefix.
        options: see there.

    Attributes:
        closing: how days are closed.
        adopted: the models that score; replace it with a newer version at any time, each step uses one.
    """

    name = "customer"
    changelog = "customer-rows"
    closing = Closing

    def __init__(self, inputs: Sequence[str], options: Options) -> None:
        self.public = tuple(inputs)
        self.inputs = (*self.public, REROUTED)
        self.options = options
        self.plan = Plan(options.series) if options.series else None
        self.judge = Judge(options.rules, self.plan.settled if self.plan else None)
        churn = options.churn or ChurnOptions()
        self.adopted = untaught(churn.horizons, churn.main)
        self.calendar = Calendar(options.pairs.zone) if options.pairs else None

    def end(self) -> None:
        """No event will come any more: score whoever is wanted at moments that time does not reach."""
        if self.options.churn is not None:
            self.options = replace(self.options, churn=replace(self.options.churn, ended=True))

    def quiet(self) -> Quiet:
        """A fresh memory of which inputs are idle; it belongs to one owner of one partition."""
        return Quiet(self.options.idle_after)

    def step(
        self, state: State, batches: Sequence[Batch], now: int, drained: Collection[str], quiet: Quiet
    ) -> Outcome:
        """What these batches, and the passing of time, change.

        Args:
            state: the partition's state; it is not changed here.
            batches: consecutive records by topic, each beginning at the row's offset of that topic.
            now: wall clock, ms.
            drained: input topics whose logs have been read to their end.
            quiet: which inputs are idle.
        """
        step = _Step(self, state, now)
        for topic, records in batches:
            if not records:
                continue
            for arrival in (
                step.intake.read_rerouted(records) if topic == REROUTED else step.intake.read(topic, records)
            ):
                step.take(arrival)
        step.move_time({batch.topic for batch in batches if batch.records}, drained, quiet)
        step.close_buckets()
        step.pass_moments()
        step.close_days(live=all(topic in drained for topic in self.public))
        step.send_baskets()
        return step.finish(had_input=any(batch.records for batch in batches))


class _Step:
    """The working copy of one step."""

    def __init__(self, stage: CustomerStage, state: State, now: int) -> None:
        self.stage, self.state, self.now = stage, state, now
        self.options = stage.options
        self.row = state.row.copy()
        self.intake = Intake(state.partition, self.row, now, stage.options)
        self.open: dict[bytes, Row] = {}
        self.noted: set[bytes] = set()
        self.pasts: dict[bytes, bytes] = {}
        self.touched: dict[tuple[bytes, str, str], str] = {}
        self.outcome = Outcome(self.row, sends=self.intake.sends)
        pairs, calendar = self.options.pairs, stage.calendar
        self.measuring = Measuring(stage.plan, state, self.row) if stage.plan else None
        self.baskets = Keeping(pairs, calendar, state, self.outcome) if pairs and calendar else None

    def _open(self, key: bytes) -> Row:
        row = self.open.get(key)
        if row is None:
            row = self.open[key] = customer_row.load(self.state.rows.get(key))
            mark = self.row.watermark
            for entity in ("order", "ticket"):
                for thread in row[entity].values():
                    # What is over makes room before anything else has to.
                    if mark is not None and len(thread["known"]) > customer_row.MOST_KNOWN // 2:
                        self.stage.judge.settle(entity, thread, mark)
        return row

    def take(self, arrival: Arrival) -> None:
        event = arrival.event
        data: Any = event.data
        customer: str | None = data.customer_id
        counts = self.row.counts(arrival.topic)
        key = customer_row.row_key(customer, None if customer else data.session_id)
        row = self._open(key)
        if not customer_row.take_id(row, event.source, event.id, arrival.eff, self.options.horizon):
            counts.duplicates += 1
            return
        if arrival.late:
            counts.too_late += 1
        else:
            counts.processed += 1
        if self.measuring is not None and not arrival.late:
            self.measuring.count(row, arrival)
        if not customer:
            return
        if self.options.churn is not None:
            self._churn(key, row, arrival, self.options.churn.waiting)
        touched = record(row, arrival)
        if touched:
            self.touched[key, *touched] = customer
            if self.measuring is not None:
                self.measuring.thread(touched[0], row[touched[0]][touched[1]]["known"], arrival)
            if self.baskets is not None and touched[0] == "order":
                self.baskets.take(row["order"][touched[1]], arrival)
        elif event.kind == "out_of_stock" and not arrival.late:
            self.outcome.sends.append(report(arrival))

    def _churn(self, key: bytes, row: Row, arrival: Arrival, most: int) -> None:
        if note(row, arrival):
            self.noted.add(key)
            if len(row["churn"]["w"]) >= most:
                self._settle(key, row)
        begins = self.row.begins
        if arrival.event.kind == "placed" and (begins is None or arrival.eff < begins):
            self.row.begins = arrival.eff

    def _settle(self, key: bytes, row: Row) -> None:
        """Write down a customer's past, now and then."""
        place, known = past_key(key), self.state.decoded.get(key)
        if known is not None and known.past is not None:
            past, upto = known.past, known.upto
        else:
            past, upto = past_of(self.pasts.get(place, self.state.rows.get(place))), self.state.row.closed
        settle(past, row["churn"], upto, folded=known is not None and known.past is not None)
        self.pasts[place] = orjson.dumps(past)

    def move_time(self, active: set[str], drained: Collection[str], quiet: Quiet) -> None:
        """Bring the watermark forward, and tell the other partitions where it makes a difference."""
        row, options, stage = self.row, self.options, self.stage
        idle = quiet.idle(stage.public, active, drained, self.now)
        marks = {topic: _less(row.newest.get(topic), options.disorder) for topic in stage.public}
        own = combine(marks, idle)
        all_idle = len(idle) == len(stage.public)
        if options.wall and all_idle:
            own = max(own if own is not None else 0, self.now - options.disorder)
        others = [str(p) for p in range(options.partitions) if p != self.state.partition]
        told = {other for other in others if row.announced.get(other) != self.state.row.announced.get(other)}
        silent = quiet.idle(others, told, others if REROUTED in drained else (), self.now)
        heard: dict[str, int | None] = {other: row.announced.get(other) for other in others}
        if own is None and all_idle:
            silent.add("own")  # all that this partition has came from others
        mark = combine({"own": own, **heard}, silent)
        if mark is not None and (row.watermark is None or mark > row.watermark):
            row.watermark = mark
        self._announce(own, others, at_rest=all_idle and not options.wall)

    def _announce(self, own: int | None, others: Sequence[str], *, at_rest: bool) -> None:
        row, options, mine = self.row, self.options, self.state.partition
        # Small steps of time are not worth a record each, but at rest nobody would hear of the last one.
        least = 1 if at_rest else options.announce_every
        sends = self.outcome.sends
        if own is not None and (row.told is None or own - row.told >= least):
            row.told = own
            sends += [announce(REROUTED, int(other), mine, own) for other in others]
            self.outcome.commit = True
        mark = row.watermark
        if mark is not None and (row.told_partials is None or mark - row.told_partials >= least):
            row.told_partials = mark
            sends += [announce(PARTIALS, to, mine, mark) for to in range(options.partitions)]
            self.outcome.commit = True

    def pass_moments(self) -> None:
        """Judge what was touched and whose moment has passed."""
        mark = self.row.watermark
        for (key, entity, name), customer in self.touched.items():
            self._judge(customer, self.open[key], entity, name, mark)
        if mark is None:
            return
        passed = self.state.timers.passed(mark, self.options.slice)
        self.outcome.more = len(passed) == self.options.slice
        for key in passed:
            row = self._open(key)
            if not key.startswith(b"c/"):
                continue
            for entity in ("order", "ticket"):
                for name, thread in row[entity].items():
                    if thread["due"] is not None and thread["due"] < mark:
                        self._judge(key[2:].decode(), row, entity, name, mark)

    def close_buckets(self) -> None:
        """Tell what was measured in the time that has passed."""
        if self.measuring is not None:
            self.measuring.close(self.outcome, self.intake.buried)

    def close_days(self, *, live: bool) -> None:
        """Score everybody and judge old scores, once time has passed a day."""
        churn = self.options.churn
        if churn is not None and not self.outcome.more:
            state, outcome = self.state, self.outcome
            sweep = Sweep(churn, self.stage.adopted, state, outcome, self.open, self.noted, self.pasts)
            fresh = [key for key in self.open if key.startswith(b"c/") and key not in state.rows]
            closing = self.stage.closing(churn, sweep, state, outcome, fresh)
            # Days that are late are a backlog, be their events read or not.
            outcome.more = closing.run(churn.slice_of(live=live and not closing.late))
            outcome.first = closing.late

    def send_baskets(self) -> None:
        """Send the orders of days that time has passed."""
        if self.baskets is not None and self.baskets.close():
            self.outcome.more = True

    def _judge(self, customer: str, row: Row, entity: str, name: str, mark: int | None) -> None:
        thread = row[entity].get(name)
        if thread is None:  # a customer with too many threads has lost it already
            return
        for alert in self.stage.judge.judge(entity, name, customer, thread, mark):
            self.outcome.sends.append(send_alert(self.row, alert, self.stage.name))

    def finish(self, *, had_input: bool) -> Outcome:
        """Close the open rows and the partition row."""
        outcome, mark = self.outcome, self.row.watermark
        for key, row in self.open.items():
            if mark is not None:
                customer_row.forget(row, mark, self.options.horizon)
            if key.startswith(b"s/"):
                due = customer_row.session_due(row, self.options.horizon)
                gone = due is None or (mark is not None and due < mark)
            else:
                due, gone = self._tidy(row, mark), False
            row["due"] = due
            outcome.rows[key] = None if gone else customer_row.dump(row)
            outcome.dues[key] = None if gone else due
            known = outcome.decoded.get(key) or self.state.decoded.get(key)
            if known is not None and key in self.noted and key not in outcome.decoded:
                known = known.renewed(row["churn"])
            if known is not None:
                outcome.decoded[key] = known
        outcome.rows |= self.pasts
        outcome.commit = outcome.commit or had_input or bool(outcome.rows or outcome.sends)
        outcome.close(wall=self.options.wall)
        return outcome

    def _tidy(self, row: Row, mark: int | None) -> int | None:
        """Settle the threads that are over; the least moment at which one wants to be looked at."""
        least: int | None = None
        for entity in ("order", "ticket"):
            for thread in row[entity].values():
                due = thread["due"]
                if due is not None:
                    least = due if least is None or due < least else least
                elif mark is not None and len(thread["known"]) > 1:
                    self.stage.judge.settle(entity, thread, mark)
        return least


def _less(newest: int | None, disorder: int) -> int | None:
    return None if newest is None else newest - disorder
