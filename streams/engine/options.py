"""What a stage must know besides its input; the shell fills it from settings and `tocsin.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

from streams.engine.pairs.options import PairOptions
from streams.engine.series.options import SeriesOptions

_BACKLOG = 8  # times as many customers in one step of a sweep, where a backlog is read


@dataclass(frozen=True)
class ChurnOptions:
    """How churn is asked for.

    Attributes:
        horizons: days of silence that are asked for, ascending.
        main: the one that alerts and reasons speak of.
        least: probability below which nobody is at risk.
        margin: hysteresis; who was told of stays at risk down to `least * (1 - margin)`.
        examples: learnt examples before which nobody is at risk.
        older: whether customers are older than the data: True, False, or None to find out.
        waiting: events of a customer from which on they are written into the past.
        slice: customers that one step of a sweep looks at, at most; events wait for it, 5 ms or so.
        labels: labels that the trainer learns in one step, at most; 30 ms or so.
        moments: further moments, ms, at which everybody is scored, beside each midnight UTC.
        apart: each moment is closed in a step of its own, so that whoever learns between two steps has learnt
            of a day before the next one is scored.
        ended: no event will come any more: everybody is scored at `moments` that time does not reach, too.
    """

    horizons: tuple[int, ...] = (30, 60, 90)
    main: int = 30
    least: float = 0.5
    margin: float = 0.2
    examples: int = 500
    older: bool | None = None
    waiting: int = 12
    slice: int = 250
    labels: int = 800
    moments: tuple[int, ...] = ()
    apart: bool = False
    ended: bool = False

    def slice_of(self, *, live: bool) -> int:
        """So many customers in one step; more where events have waited for long anyway.

        >>> ChurnOptions(slice=250).slice_of(live=True), ChurnOptions(slice=250).slice_of(live=False)
        (250, 2000)
        """
        return self.slice if live else _BACKLOG * self.slice


@dataclass(frozen=True)
class Options:
    """Spans in ms.

    Attributes:
        partitions: of every keyed topic.
        disorder: how far events may be out of order.
        idle_after: a drained input that is quiet this long no longer holds time.
        future_skew: an event further ahead of the wall clock is a dead letter.
        horizon: how long an event id is remembered, in effective time.
        wall: whether the wall clock moves time on when every input is idle.
        rules: each rule's settings, by name.
        slice: rows whose moment has passed that one step looks at, at most.
        churn: how churn is asked for; None where it is not.
        series: what is measured; None where nothing is.
        pairs: what is counted together; None where nothing is.
    """

    partitions: int
    disorder: int = 600_000
    idle_after: int = 30_000
    future_skew: int = 600_000
    horizon: int = 7 * 86_400_000
    wall: bool = True
    rules: dict[str, BaseModel] = field(default_factory=dict)
    slice: int = 2_000
    churn: ChurnOptions | None = field(default_factory=ChurnOptions)
    series: SeriesOptions | None = None
    pairs: PairOptions | None = None

    @property
    def announce_every(self) -> int:
        """Progress of event time that is worth telling other partitions, ms."""
        return min(self.disorder, self.idle_after) // 2


Clock = Literal["wall", "events"]
