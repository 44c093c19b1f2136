"""The scores of a slice of customers at one moment, and how they travel."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import orjson

from alerts.timeline import utc
from detectors.churn.judge import Judged, judge
from detectors.churn.signals import DAY
from detectors.churn.sweep import Swept, sweep_packed
from streams.engine.churn.waiting import Held
from streams.engine.models import Adopted
from streams.engine.records import Send

SCORES = "customer-scores"
_DECIMALS = 6


@dataclass(frozen=True)
class Scored:
    """A slice that was scored; arrays have one entry per customer with a standing order.

    Attributes:
        moment: of the scores, ms.
        people: ids of the slice.
        held: what is known of them.
        swept: features; its `places` are indices in `people`.
        judged: probabilities and reasons.
        value: middle, low and high, as arrays.
        main: the horizon that reasons speak of, days.
        last: times of the last orders that stood, ms: what began the silence.
    """

    moment: int
    people: Sequence[str]
    held: Sequence[Held]
    swept: Swept
    judged: Judged
    value: tuple[Any, Any, Any]
    main: int
    last: list[int]

    @cached_property
    def money(self) -> list[list[float]]:
        """Value at stake of each: middle, and where 80% of outcomes lie."""
        return list(np.round(np.stack(self.value, 1), 2).tolist())

    def rounded(self, days: int) -> list[float]:
        """Probabilities of a horizon as they are told."""
        return list(np.round(self.judged.p[days], _DECIMALS).tolist())

    def risks(self, least: float) -> list[list[Any]]:
        """Those whose probability is not below `least`, as `churn-risks` carries them."""
        found = []
        places, gaps = self.swept.places.tolist(), self.swept.usual_gap.tolist()
        p = self.rounded(self.main)
        for i in (self.judged.p[self.main] >= least).nonzero()[0].tolist():
            held = self.held[places[i]]
            told = self.judged.told(i)
            found.append(
                [
                    self.people[places[i]],
                    self.last[i],
                    p[i],
                    self.money[i],
                    held.packed.currency,
                    told.log_odds,
                    told.base,
                    [list(each) for each in told.reasons],
                    held.region,
                    held.speaks_of_generated(self.moment, [each.family for each in told.reasons]),
                    None if math.isnan(gaps[i]) else gaps[i],
                ]
            )
        return found


def score(
    people: Sequence[str], held: Sequence[Held], moment: int, adopted: Adopted, data_from: int | None
) -> Scored:
    """Score the customers of a slice by what was known at `moment` (ms)."""
    swept = sweep_packed([each.packed for each in held], moment, data_from)
    return Scored(
        moment,
        people,
        held,
        swept,
        judge(adopted.churn, swept),
        adopted.value.estimate_many(swept.columns),
        adopted.churn.main,
        (moment - np.rint(swept.silence * DAY).astype(np.int64)).tolist(),
    )


def send_scores(scored: Scored, adopted: Adopted, partition: int, wanted: Iterable[int]) -> list[Send]:
    """The records of `customer-scores` for those wanted; `schemas.score.Score` says what is in them."""
    time, main = utc(scored.moment), scored.main
    p = {str(days): scored.rounded(days) for days in scored.judged.p}
    sends = []
    places = scored.swept.places.tolist()
    for i in wanted:
        customer = scored.people[places[i]]
        told = scored.judged.told(i)
        middle, low, high = scored.money[i]
        value = {
            "customer": customer,
            "time": time,
            "probability": p[str(main)][i],
            "horizon": main,
            "probabilities": {days: column[i] for days, column in p.items()},
            "model_version": adopted.version,
            "log_odds": told.log_odds,
            "base": told.base,
            "reasons": [
                {"family": family, "log_odds": share, "words": words} for family, share, words in told.reasons
            ],
            "rest": told.rest,
            "value": {
                "middle": middle,
                "low": low,
                "high": high,
                "currency": scored.held[places[i]].packed.currency,
            },
            "last_order": utc(scored.last[i]),
        }
        sends.append(Send(SCORES, partition, customer.encode(), orjson.dumps(value, option=orjson.OPT_UTC_Z)))
    return sends
