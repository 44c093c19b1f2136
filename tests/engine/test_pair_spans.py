"""Windows as sums of weeks: what a batch counts, whatever is remembered, and after a row changed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from support.pair_worlds import BASKETS

from benchmarks.quality.pair_worlds import Basket
from detectors.pairs.counting import count
from detectors.pairs.packed import Day
from streams.engine.pairs import kept
from streams.engine.pairs.kept import Place
from streams.engine.pairs.spans import Spans
from streams.engine.partition_row import PartitionRow
from streams.engine.state import Outcome, State

PLACE: Place = ("product", None)
DEPARTMENTS = frozenset({"dairy", "shoes"})


def keep(state: State, number: int, baskets: list[Basket]) -> None:
    counts = count(baskets)
    day = Day(counts, len(baskets), {"dairy": [*range(len(counts.names))][:2]})
    rows = kept.write(state.rows, PLACE, number, day) if counts.baskets else {}
    state.apply(Outcome(PartitionRow(), rows=rows))


def look(state: State, days: range, every: int = 7) -> tuple[object, ...]:
    outcome = Outcome(PartitionRow())
    found = Spans(state, outcome, PLACE, every, 10**6, DEPARTMENTS).window(days)
    state.apply(outcome)
    return found.counts, found.synthetic, found.members


def truth(days: list[list[Basket]]) -> tuple[object, ...]:
    dairy: set[str] = set()
    for day in days:
        dairy.update(sorted({item for basket in day for item in basket})[:2])
    sold = [day for day in days if any(day)]
    return (
        count(basket for day in days for basket in day),
        sum(map(len, sold)),
        {"dairy": dairy, "shoes": set()},
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(BASKETS, min_size=20, max_size=20), st.integers(1, 8), st.data())
def test_a_window_is_what_a_batch_counts(shop: list[list[Basket]], every: int, data: st.DataObject) -> None:
    state = State(0)
    for number, baskets in enumerate(shop):
        keep(state, number, baskets)
    for _ in range(6):
        begin = data.draw(st.integers(0, 20))
        end = data.draw(st.integers(begin, 20))
        assert look(state, range(begin, end), every) == truth(shop[begin:end])


def test_a_day_that_is_counted_anew_is_seen_though_its_week_was_remembered() -> None:
    state, shop = State(0), [[frozenset("ab")] for _ in range(15)]
    for number, baskets in enumerate(shop):
        keep(state, number, baskets)
    assert look(state, range(1, 15)) == truth(shop[1:15])
    assert len(state.decoded) == 2, "both weeks are remembered"
    shop[4] = [frozenset("bc"), frozenset("cd")]
    keep(state, 4, shop[4])
    assert look(state, range(1, 15)) == truth(shop[1:15])
    state.apply(Outcome(PartitionRow(), rows=dict(kept.drop(state.rows, PLACE, 1))))
    assert len(state.decoded) == 1, "a week is forgotten with the first of its days"
