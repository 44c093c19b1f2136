"""Dead letters of each topic: none is usual, so they are judged as counts beside their mean, zeros counted.

A row of all topics, {"of": {topic: [mean of a bucket, [rang, since, calm buckets] or null]}}.
"""

from __future__ import annotations

from typing import Any

from alerts.rules import data_quality as rule
from detectors.series.count import two_sided
from schemas.alert import Alert
from streams.engine.series.clock import Shut
from streams.engine.series.options import DAY
from streams.engine.series.rows import DEAD, Rows
from streams.engine.series.said import Sayer
from streams.engine.series.sums import Sums

_MEMORY = 28 * DAY
_WARM = 3 * DAY
_LEAST = 10
_SURE = 1e-6
_BURSTS = 0.5  # dispersion: they come in bursts
_CALM = 3
_STAYS = 14 * DAY
_MOST_TOPICS = 100

Topic = list[Any]


def judge(shut: Shut, sums: Sums, rows: Rows, sayer: Sayer, began: int) -> list[Alert]:
    """Judge a closed bucket by the mean before it, then learn it; while it rings, nothing is learnt.

    Args:
        shut: the bucket.
        sums: what it has.
        rows: of the step.
        sayer: see there.
        began: where the data begin, ms: a topic without dead letters since then has a mean of 0.
    """
    before = (rows.read(DEAD) or {"of": {}})["of"]
    came = {
        value: parts[0]
        for (measure, dimension, value), parts in sums.values.items()
        if measure == "dead_letters" and dimension == "topic"
    }
    found: dict[str, Topic] = {}
    alerts: list[Alert] = []
    for topic in sorted({*before, *came})[:_MOST_TOPICS]:
        mean, ring = before.get(topic, (0.0, None))
        count = came.get(topic, 0)
        ring, told = _judged(
            shut, topic, count, mean=mean, ring=ring, sayer=sayer, knows=shut.end - began >= _WARM
        )
        alerts += told
        if ring is None:
            buckets = max(1, min(shut.end - began, _MEMORY) // shut.size)
            mean += (count - mean) / buckets
        found[topic] = [mean, ring]
    if found:
        rows.write(DEAD, {"of": found})
    return alerts


def _judged(
    shut: Shut, topic: str, count: int, *, mean: float, ring: Any, sayer: Sayer, knows: bool
) -> tuple[Any, list[Alert]]:
    bucket = sayer.bucket(shut.size, shut.begin, shut.end)
    if ring is None:
        rings = knows and count >= _LEAST and count > mean and two_sided(count, mean, _BURSTS)[0] <= _SURE
        if rings:
            return [shut.end, shut.begin, 0], [rule.unreadable(topic, count, mean, bucket)]
        return None, []
    start, since, calm = ring
    calm = calm + 1 if count <= max(_LEAST / 2, 2.0 * mean) else 0
    if calm >= _CALM:
        return None, [rule.readable(topic, count, bucket, start, since=since, stays=False)]
    if shut.end - since >= _STAYS:
        return None, [rule.readable(topic, count, bucket, start, since=since, stays=True)]
    return [start, since, calm], []
