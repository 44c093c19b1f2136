"""What an order, a ticket or a visit adds is a function of the set of its events, from the present on."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from engine.timelines import LENGTHS, MANY, SEEDS, timelines
from hypothesis import given
from hypothesis import strategies as st

from alerts.timeline import Known
from streams.engine.series import visits
from streams.engine.series.options import Chosen, SeriesOptions
from streams.engine.series.plan import Plan
from streams.engine.series.threads import Part, parts

SETTLED = Plan(SeriesOptions(measures={"returns": Chosen(("region", "route"))})).settled
ENTITIES = st.sampled_from(("order", "ticket"))


def added(entity: str, known: Sequence[Known]) -> Counter[tuple[object, ...]]:
    """By moment and what it is added to."""
    return total(parts(entity, [list(each) for each in known]))


def total(found: Sequence[Part]) -> Counter[tuple[object, ...]]:
    sums: Counter[tuple[object, ...]] = Counter()
    for part in found:
        for place, amount in enumerate(part.amounts):
            sums[part.at, part.kind, place, tuple(part.places.items()), part.generated] += amount
    return sums


def minus(one: Counter[tuple[object, ...]], other: Counter[tuple[object, ...]]) -> dict[object, int]:
    return {at: n for at in {*one, *other} if (n := one[at] - other[at])}


@MANY
@given(entity=ENTITIES, seed=SEEDS, most=LENGTHS)
def test_an_event_changes_nothing_of_the_time_before_it_was_known(entity: str, seed: int, most: int) -> None:
    for rng, timeline in timelines(entity, seed, most):
        known = [arrival.known for arrival in timeline]
        for number in range(len(known)):
            change = minus(added(entity, known[: number + 1]), added(entity, known[:number]))
            assert all(at[0] >= known[number].eff for at in change)  # type: ignore[index]
        shuffled = rng.sample(known, len(known))
        assert added(entity, shuffled) == added(entity, known)


@MANY
@given(entity=ENTITIES, seed=SEEDS, most=LENGTHS)
def test_what_is_settled_changes_nothing_of_what_follows(entity: str, seed: int, most: int) -> None:
    for rng, timeline in timelines(entity, seed, most):
        known = [arrival.known for arrival in timeline]
        mark = rng.choice(known).eff + 1
        past = [each for each in known if each.eff < mark]
        future = [each for each in known if each.eff >= mark]
        kept = SETTLED[entity](past)
        assert minus(added(entity, [*past, *future]), added(entity, past)) == minus(
            added(entity, [*kept, *future]), added(entity, kept)
        )


def test_forgetting_what_is_over_would_count_a_second_cancellation() -> None:
    first, second = Known(1, 1, "a", "cancelled", {}), Known(9, 9, "b", "cancelled", {})
    assert added("order", [*SETTLED["order"]([first]), second]) == added("order", [first])
    assert added("order", [second]) != Counter()


@MANY
@given(seed=SEEDS, most=LENGTHS)
def test_every_wait_ends(seed: int, most: int) -> None:
    for _, timeline in timelines("ticket", seed, most):
        waits = added("ticket", [arrival.known for arrival in timeline])
        assert sum(n for at, n in waits.items() if at[2] == 0) == 0


@MANY
@given(
    seed=SEEDS,
    hours=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 60), st.integers(0, 1)), max_size=12),
)
def test_visits_are_the_same_in_any_order(seed: int, hours: list[tuple[str, int, int]]) -> None:
    events = [(session, hour * 3_600_000, made) for session, hour, made in hours]
    expected: Counter[tuple[int, int]] = Counter()
    for session in "ab":
        last: int | None = None
        for _, at, negative in sorted((s, at, -made) for s, at, made in events if s == session):
            if last is None or at - last > visits.GAP:
                expected[at, -negative] += 1
            last = at
    row: dict[str, object] = {}
    found: Counter[tuple[int, int]] = Counter()
    for event in random.Random(seed).sample(events, len(events)):
        for begun in visits.note(row, *event):
            found[begun.at, begun.generated] += begun.n
    assert {at: n for at, n in found.items() if n} == dict(expected)
