"""One schedule: a seed decides the stream, the batches, the order of everything, and what goes wrong."""

from __future__ import annotations

import random
from collections import Counter
from functools import lru_cache

import orjson
from simulator import stream as streams
from simulator.broker import Broker
from simulator.fleet import Fleet, StuckError
from simulator.recipe import Recipe
from simulator.stream import CHOICES, INPUTS, NOW, Stream, stream
from simulator.view import View, differences, view

from streams.engine.lane import Stage
from streams.engine.partition_row import KEY, PartitionRow
from streams.engine.product import ProductStage

ROUNDS = 6
FAULTS = (1, 3, 6, 12)
SCHEDULES_PER_STREAM = 20
_PROPER = Recipe()


def is_watched(seed: int) -> bool:
    """Whether series and pairs are watched in the schedule of a seed."""
    return streams.is_watched(seed // SCHEDULES_PER_STREAM)


def violations(seed: int, recipe: Recipe = _PROPER) -> list[str]:
    """What went wrong in the schedule of a seed; empty when every guarantee held."""
    inputs = stream(seed // SCHEDULES_PER_STREAM)
    rng = random.Random(f"schedule {seed}")
    try:
        fleet = _run(inputs, recipe, rng, faults=rng.choice(FAULTS))
    except StuckError as error:
        return [str(error)]
    found = [f"not read to its end: {topic}[{partition}]" for topic, partition in fleet.unread()]
    found += _ledger(fleet.broker, inputs)
    found += differences(_undisturbed(seed // SCHEDULES_PER_STREAM), view(fleet.broker, inputs.options))
    return found


@lru_cache(maxsize=8)
def _undisturbed(seed: int) -> View:
    """The view after a run of the same logs in which nothing goes wrong."""
    inputs = stream(seed)
    fleet = _run(inputs, _PROPER, random.Random(f"undisturbed {seed}"), faults=0)
    assert not fleet.unread()
    assert not _ledger(fleet.broker, inputs)
    return view(fleet.broker, inputs.options)


def _run(inputs: Stream, recipe: Recipe, rng: random.Random, faults: int) -> Fleet:
    broker = Broker()
    for at, records in inputs.logs.items():
        for key, value in records:
            broker.logs[at].publish(key, value)
    options, every = inputs.options, inputs.options.partitions
    stages: list[tuple[Stage, int]] = [
        (recipe.customer(INPUTS, options), every),
        (ProductStage(options), every),
    ]
    if options.churn:
        stages += [(recipe.trainer(options), 1), (recipe.risk(options, CHOICES, inputs.churn), 1)]
    if options.series and options.pairs:
        stages += [(recipe.series(options, inputs.few), 1), (recipe.pairs(options), 1)]
    fleet = Fleet(broker, stages, every, recipe, rng=rng, faults=faults, now=NOW)
    calm = rng.choice((1, 2))
    for number in range(ROUNDS):
        if number == calm:
            fleet.calm()
        # Time stands while there is anything to read: an input is only idle when it is drained.
        fleet.round, fleet.now = number, NOW + number * (inputs.options.idle_after + 1)
        fleet.settle()
    return fleet


def _ledger(broker: Broker, inputs: Stream) -> list[str]:
    """Every record that was sent has ended in exactly one place."""
    ended = 0
    for partition in range(inputs.options.partitions):
        rows = {entry.key: entry.value for entry in broker.logs["customer-rows", partition].committed(0)[0]}
        raw = rows.get(KEY)
        if raw is None:
            return [f"partition {partition} has no row"]
        ended += sum(counts.ended for counts in PartitionRow.loads(raw).ledger.values())
    sent = len(inputs.told)
    return [] if ended == sent else [f"{sent} records were sent, {ended} have ended somewhere"]


def fate(seed: int) -> list[str]:
    """Everything that happened in a schedule, turn by turn as far as it went wrong, and how long it took."""
    rng = random.Random(f"schedule {seed}")
    fleet = _run(stream(seed // SCHEDULES_PER_STREAM), _PROPER, rng, faults=rng.choice(FAULTS))
    ends = sorted((*at, log.end) for at, log in fleet.broker.logs.items())
    return [*fleet.happened, f"{fleet.turns} turns, {fleet.network.lost} answers lost", repr(ends)]


def alerts(seed: int) -> set[tuple[str, str]]:
    """Rules and states of the alerts of an undisturbed run; tests look whether a stream has any."""
    messages = [
        raw for name, found in _undisturbed(seed).items() if name.startswith("alerts[") for raw, _ in found
    ]
    return {(data["rule"], data["state"]) for data in (orjson.loads(raw)["data"] for raw in messages)}


def windows(seed: int) -> Counter[str]:
    """How many windows of series, and of pairs, an undisturbed run closes."""
    found: Counter[str] = Counter()
    for name, counted in _undisturbed(seed).items():
        if name.startswith("windows["):
            found.update(orjson.loads(raw)["window"] for raw, _ in counted.elements())
    return found


def versions(seed: int) -> int:
    """How many versions of the models an undisturbed run publishes."""
    return sum(name.startswith("version") for name in _undisturbed(seed))
