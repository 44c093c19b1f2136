"""The benchmark of the sweep: everybody is scored, and an alert's wait begins with its event."""

from __future__ import annotations

import pytest

from benchmarks.crowd import Crowd, Reader, crowd
from benchmarks.sweep import EVERY, Clock, sweep, traffic, waits
from benchmarks.synthetic import BEGIN, DAY, HOUR, MINUTE
from streams.engine.state import State

CUSTOMERS = 60
COMMIT = 0.010


@pytest.fixture(scope="module")
def made() -> Crowd:
    return crowd(CUSTOMERS, slice_of=20)


@pytest.fixture
def reader(made: Crowd) -> Reader:
    state = State(0)
    state.load(made.changelog)
    state.loaded()
    return Reader(made.stage, state)


def test_doubles_are_customers_of_their_own_and_the_models_have_learnt(made: Crowd) -> None:
    names = [key for key, _ in made.changelog if key.startswith(b"c/")]
    assert len(set(names)) == len(names) == CUSTOMERS
    assert made.stage.adopted.learnt > 100


def test_a_sweep_scores_everybody_and_judges_old_examples_in_slices(reader: Reader) -> None:
    chunks = sum(1 for key in reader.state.rows if key.startswith(b"e/"))
    found = sweep(reader, 0)
    assert found.steps > CUSTOMERS // 20
    assert len(reader.state.decoded) >= CUSTOMERS - 1  # the one whose event began it was read anew
    assert reader.state.row.closed == BEGIN
    assert chunks > 0
    begun = [key for key in reader.state.rows if key.startswith(b"e/%016d" % BEGIN)]
    over = [key for key in reader.state.rows if key.startswith(b"e/%016d" % (BEGIN - 90 * DAY))]
    assert begun
    assert not over


def test_every_late_order_rings_and_waits_at_least_for_its_own_step(reader: Reader) -> None:
    sweep(reader, 0)
    count = 400
    found = waits(
        Clock(reader, COMMIT),
        traffic(1, BEGIN + 2 * HOUR, count, CUSTOMERS),
        1_000.0,
        reader.stage.options.disorder,
        swept=False,
    )
    rings = 2 * (count // 2 // EVERY)  # and recovers
    assert rings // 2 < len(found) <= rings
    assert min(found) >= COMMIT


def test_during_a_sweep_only_its_own_steps_are_looked_at(reader: Reader) -> None:
    sweep(reader, 0)
    records = traffic(1, BEGIN + DAY + MINUTE, 4_000, CUSTOMERS)
    clock = Clock(reader, COMMIT)
    found = waits(clock, records, 100.0, reader.stage.options.disorder, swept=True)
    assert reader.state.row.closed == BEGIN + DAY
    assert reader.state.row.closing is None
    assert clock.now < len(records) / 100.0, "it ends with the sweep, not with the traffic"
    assert all(each >= COMMIT for each in found)
