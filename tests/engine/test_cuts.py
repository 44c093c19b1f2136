"""What comes out is a function of the logs: not of batches, speed, or the order within the bound."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from engine.drive import Drive
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from simulator.stream import INPUTS, NOW, Stream, in_logs, stream

SEEDS = st.integers(0, 100_000)
LOGS = settings(deadline=None, max_examples=40)


def drive(inputs: Stream, logs: Any = None, rng: random.Random | None = None) -> Drive:
    return Drive(logs or inputs.logs, INPUTS, inputs.options, NOW).run(rng)


@LOGS
@given(seed=SEEDS)
def test_any_cut_of_the_logs_into_steps_gives_the_same(seed: int) -> None:
    inputs = stream(seed)
    whole, cut = drive(inputs), drive(inputs, rng=random.Random(seed))
    assert cut.messages() == whole.messages()
    assert cut.ledgers() == whole.ledgers()
    assert cut.customers() == whole.customers()
    assert cut.churn() == whole.churn()
    for one, other in zip(whole.lanes, cut.lanes, strict=True):
        assert one.state.row.watermark == other.state.row.watermark
        assert one.state.row.alerts == other.state.row.alerts


@LOGS
@given(seed=SEEDS)
def test_order_within_the_bound_of_disorder_does_not_matter(seed: int) -> None:
    inputs = stream(seed, punctual=True)
    rng = random.Random(seed)
    runs = []
    for _ in range(2):
        told = [
            each._replace(published=(each.time or each.published) + rng.randrange(inputs.options.disorder))
            for each in inputs.told
        ]
        runs.append(drive(inputs, in_logs(told)))
    one, other = runs
    assert not any(counts["too_late"] for ledger in one.ledgers().values() for counts in ledger.values())
    assert one.messages() == other.messages()
    assert one.ledgers() == other.ledgers()
    assert one.customers() == other.customers()
    assert one.churn() == other.churn()


@LOGS
@given(seed=SEEDS, part=st.floats(0.3, 1))
def test_what_was_said_of_the_past_is_not_changed_by_what_comes_later(seed: int, part: float) -> None:
    inputs = replace(stream(seed), options=replace(stream(seed).options, wall=False))
    logs = {at: records[: max(1, int(len(records) * part))] for at, records in inputs.logs.items()}
    assume(len(logs) == len(INPUTS) * inputs.options.partitions)
    mark = min(_watermark(inputs, at, len(records)) for at, records in logs.items())
    then, now = drive(inputs, logs), drive(inputs)
    assert _before(mark, then) == _before(mark, now)
    early, late = ([each for each in run.churn() if each[0] < mark] for run in (then, now))
    assert early == late


def _watermark(inputs: Stream, at: tuple[str, int], size: int) -> int:
    """How far time has certainly come in a log of which `size` records are there."""
    there = sorted(told for told in inputs.told if (told.topic, told.partition) == at)[:size]
    times = [told.time for told in there if told.time is not None and told.time < NOW]
    return max(times, default=0) - inputs.options.disorder


def _before(mark: int, run: Drive) -> list[Any]:
    messages = sorted(run.alerts(), key=lambda each: each["id"])
    return [each for each in messages if datetime.fromisoformat(each["time"]).timestamp() * 1000 < mark]


@pytest.mark.parametrize("seed", range(3))
def test_the_streams_of_these_tests_have_something_to_say(seed: int) -> None:
    run = drive(stream(seed))
    assert {each["data"]["rule"] for each in run.alerts()} >= {"out_of_stock"}
    assert sum(len(log) for (topic, _), log in run.logs.items() if topic == "dead-letters") > 3
