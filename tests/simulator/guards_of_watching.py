"""Series and pairs with a guard switched off: a window would be told twice, or not as it was."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import orjson
from simulator.broker import At, Put
from simulator.guards_of_days import HearsOne
from simulator.recipe import Recipe, SimulatedLog

from streams.engine.customer import CustomerStage
from streams.engine.days import HELD
from streams.engine.intake import ANNOUNCEMENT
from streams.engine.pairs.progress import ROW as PROGRESS
from streams.engine.pairs.record import BASKETS
from streams.engine.pairs.sheets import ORDERS
from streams.engine.pairs.stage import PairStage
from streams.engine.records import Batch
from streams.engine.series.clock import KEY as CLOCK
from streams.engine.series.stage import PARTIALS, SeriesStage
from streams.engine.series.touched import BUCKET
from streams.engine.state import Outcome, State
from streams.engine.watermark import Quiet

_NOTHING_CAME = [None, 0, 0, 0.0, 1.0]


class _Forgets(SimulatedLog):
    """Rows of a kind are kept in memory alone; who takes over does not find them.

    Attributes:
        of: the changelog.
        rows: how their keys begin.
    """

    of: str
    rows: bytes

    def row_puts(self, outcome: Outcome) -> list[tuple[At, list[Put]]]:
        [(at, puts)] = super().row_puts(outcome)
        return [(at, [put for put in puts if not self._is_meant(put)])]

    def _is_meant(self, put: Put) -> bool:
        return self.changelog[0] == self.of and (put[0] or b"").startswith(self.rows)


class ForgetsBuckets(_Forgets):
    """What was measured is not written before its bucket is closed."""

    of, rows = "customer-rows", BUCKET


class ForgetsOrders(_Forgets):
    """Orders of the day are not written before it is over."""

    of, rows = "customer-rows", ORDERS


class ForgetsTheTime(_Forgets):
    """How far closing has come is not written."""

    of, rows = "series-rows", CLOCK


class ForgetsProgress(_Forgets):
    """Which days are counted, and which windows closed, is not written."""

    of, rows = "pair-rows", PROGRESS


class KeepsWhatIsCounted(_Forgets):
    """That a record has been counted is not written."""

    of, rows = "pair-rows", HELD

    def _is_meant(self, put: Put) -> bool:
        return put[1] is None and super()._is_meant(put)


class KeepsWhatIsSent(_Forgets):
    """That an order has been sent is not written."""

    of, rows = "customer-rows", ORDERS

    def _is_meant(self, put: Put) -> bool:
        return put[1] is None and super()._is_meant(put)


class ForgetsValues(_Forgets):
    """What series saw since their rows were written is not written."""

    of, rows = "series-rows", b"v/"

    def row_puts(self, outcome: Outcome) -> list[tuple[At, list[Put]]]:
        [(at, puts)] = SimulatedLog.row_puts(self, outcome)
        return [(at, [self._emptied(put) if self._is_meant(put) else put for put in puts])]

    def _emptied(self, put: Put) -> Put:
        key, raw, headers = put
        if raw is None:
            return put
        row = orjson.loads(raw)
        return key, orjson.dumps({**row, "values": dict.fromkeys(row["values"], _NOTHING_CAME)}), headers


class _AnnouncesFirst(CustomerStage):
    """Announces an end before what belongs to it."""

    topic: str

    def step(
        self, state: State, batches: Sequence[Batch], now: int, drained: Collection[str], quiet: Quiet
    ) -> Outcome:
        outcome = super().step(state, batches, now, drained, quiet)
        first = [each for each in outcome.sends if (each.topic, each.key) == (self.topic, ANNOUNCEMENT)]
        outcome.sends = [*first, *(each for each in outcome.sends if each not in first)]
        return outcome


class AnnouncesBucketsFirst(_AnnouncesFirst):
    """Announces a bucket before its sums."""

    topic = PARTIALS


class AnnouncesBasketsFirst(_AnnouncesFirst):
    """Announces a day before its baskets."""

    topic = BASKETS


class ClosesForOne(HearsOne, SeriesStage):
    """Closes a bucket before every partition has told of it."""


class CountsForOne(HearsOne, PairStage):
    """Counts a day before every partition has told of it."""


WATCHING: dict[str, Recipe] = {
    "open buckets are not written": Recipe(log=ForgetsBuckets),
    "orders of an open day are not written": Recipe(log=ForgetsOrders),
    "an order that was sent stays": Recipe(log=KeepsWhatIsSent),
    "a bucket is announced before its sums": Recipe(customer=AnnouncesBucketsFirst),
    "a day is announced before its baskets": Recipe(customer=AnnouncesBasketsFirst),
    "a bucket is closed before every partition has told of it": Recipe(series=ClosesForOne),
    "how far closing has come is not written": Recipe(log=ForgetsTheTime),
    "values since a series was written are not": Recipe(log=ForgetsValues),
    "a day is counted before every partition has told of it": Recipe(pairs=CountsForOne),
    "what a day has counted already stays": Recipe(log=KeepsWhatIsCounted),
    "which windows are closed is not written": Recipe(log=ForgetsProgress),
}
