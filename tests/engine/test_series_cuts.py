"""The stage of the series says the same however its input is cut, shared, lost and taken over."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from engine.one_partition import NOW, Played, log_of, merged
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support import partials
from support.partials import DAY, HOUR, MONDAY, lines, only, partial, split, stage

from streams.engine.records import Batch
from streams.engine.series.clock import CHECKPOINT
from streams.engine.series.sums import Sums
from streams.engine.series.watched import Watched

MEASURES = only(orders=("region",), conversion=(), unanswered_tickets=("category",))
REGIONS = ("North", "West", "South/East")


def shop(rng: random.Random, buckets: int, base: int = HOUR) -> list[dict[str, Any]]:
    """Buckets of a shop in which things happen: a region falls silent, a surge, generated events."""
    found = []
    for number in range(buckets):
        values: dict[tuple[str, str, str], list[int]] = {}
        for region in REGIONS:
            if region == "West" and buckets // 2 < number % buckets < 3 * buckets // 4:
                continue
            n = rng.randrange(3, 9) * (6 if number == buckets - 20 else 1)
            for at in (("orders", "", ""), ("orders", "region", region)):
                each = values.setdefault(at, [0, 0, 0])
                each[:] = [each[0] + n, each[1] + 1, int(number % 50 == 7)]
        if number % 5:
            visits = rng.randrange(8, 60)
            values["conversion", "", ""] = [rng.randrange(visits // 2), visits, 0]
        if number % 3 == 0:
            change = rng.choice((-1, 1, 2))
            for at in (("unanswered_tickets", "", ""), ("unanswered_tickets", "category", "quality")):
                values[at] = [change, 1, 0]
        if number % 41 == 40:
            values = {}
        told = [[*at, *parts] for at, parts in values.items()]
        quality = [["web", "order.placed", "region", 40 * (number > buckets // 2), 40]]
        labels = [["web", "region", "Wset" if number == buckets - 2 else "West", 40]]
        found.append(partial(MONDAY + number * base, told, base, quality=quality, labels=labels))
    return found


def said(played: Played) -> list[tuple[str, bytes | None]]:
    return [(send.topic, send.value) for send in played.sends]


@settings(max_examples=6, deadline=None, phases=[Phase.generate])
@given(st.integers(0, 10**9), st.integers(1, 4))
def test_it_says_the_same_however_it_is_cut_shared_lost_and_taken_over(seed: int, most: int) -> None:
    rng = random.Random(seed)
    whole = shop(rng, 40, DAY // 4)
    kept = {"measures": MEASURES, "buckets": (DAY // 4, DAY), "zone": partials.berlin(), "least": 1.0}
    alone = Played(stage(**kept)).run(log_of(lines(whole)))
    parts = [split(rng, each, 3) for each in whole]
    sources = [lines([each[number] for each in parts], number) for number in range(3)]
    log = log_of(merged(rng, sources))
    shared = Played(stage(partitions=3, at_once=most, **kept)).run(log, rng)
    assert said(shared) == said(alone)
    assert shared.rows() == alone.rows()


def long_shop(seed: int) -> tuple[list[Any], dict[str, Any]]:
    """Long enough that checkpoints are passed, series ring, and values are dropped."""
    rng = random.Random(seed)
    return log_of(lines(shop(rng, 24 * 24))), {"measures": MEASURES, "least": 1.0}


def reloaded_after_each_step(log: list[Any], kept: dict[str, Any], *, start: int) -> Played:
    """From some record on, another process reads the rows back after every step."""
    played = Played(stage(**kept)).run(log[:start])
    for end in range(start, len(log) + 1):
        offset = played.state.row.offsets["series-partials"]
        more = played.step(log[offset:end])
        while more:
            played.take_over()
            more = played.step()
    return played


def test_rows_say_all_that_live_objects_do_bit_for_bit() -> None:
    log, kept = long_shop(7)
    whole = Played(stage(**kept)).run(log)
    states = {alert["state"] for alert in partials.alerts(whole) if alert["rule"] == "series"}
    assert states == {"ringing", "recovered"}, "a quiet shop shows little"
    again = reloaded_after_each_step(log, kept, start=2 * 24 * 17)
    assert said(again) == said(whole)
    assert again.rows() == whole.rows()


def test_without_the_values_since_its_row_a_reloaded_series_is_another_one() -> None:
    log, kept = long_shop(7)
    whole = Played(stage(**kept)).run(log)
    half = Played(stage(**kept)).run(log[: len(log) // 2])
    for key in [each for each in half.state.rows if each.startswith(b"v/")]:
        half.state.rows[key] = orjson.dumps({"begin": 0, "values": {}})
    half.take_over()
    assert said(half.run(log)) != said(whole)


def lose(played: Played, log: list[Any]) -> None:
    """Compute the next step, and lose it."""
    offset = played.state.row.offsets.get("series-partials", 0)
    batch = Batch("series-partials", log[offset : offset + 30])
    played.stage.step(played.state, [batch], NOW, (), played.stage.quiet())


def after_lost_steps(harm: Callable[[Played, dict[Any, int]], None] | None = None) -> Played:
    """Every step is computed twice; what is kept of the lost one may then be harmed.

    Args:
        harm: gets how far each kept series was before the lost step.
    """
    log, kept = log_of(lines(shop(random.Random(5), 24 * 5))), {"measures": MEASURES, "least": 1.0}
    played = Played(stage(**kept))
    more = True
    while more or played.state.row.offsets["series-partials"] < len(log):
        before = {key: each.at for key, each in played.state.decoded.items() if isinstance(each, Watched)}
        lose(played, log)
        if harm is not None:
            harm(played, before)
        offset = played.state.row.offsets.get("series-partials", 0)
        more = played.step(log[offset : offset + 30])
        check_kept(played)
    return played


def check_kept(played: Played) -> None:
    """What is kept of a row is what it says; only live series go beyond theirs."""
    for key, kept in played.state.decoded.items():
        if not isinstance(kept, Watched):
            content = orjson.loads(orjson.dumps(kept.dump())) if isinstance(kept, Sums) else kept
            assert content == orjson.loads(played.state.rows[key])


def test_a_lost_step_leaves_no_trace_in_what_is_kept_of_rows() -> None:
    log, kept = log_of(lines(shop(random.Random(5), 24 * 5))), {"measures": MEASURES, "least": 1.0}
    whole, again = Played(stage(**kept)).run(log), after_lost_steps()
    assert said(again) == said(whole)
    assert again.rows() == whole.rows()


def test_a_series_that_does_not_know_how_far_it_is_sees_a_bucket_twice() -> None:
    def forget(played: Played, before: dict[Any, int]) -> None:
        for key, at in before.items():
            played.state.decoded[key].at = at

    assert said(after_lost_steps(forget)) != said(after_lost_steps())


def test_sums_that_a_lost_step_had_changed_would_count_twice() -> None:
    def change(played: Played, _: dict[Any, int]) -> None:
        for kept in played.state.decoded.values():
            if isinstance(kept, Sums):
                kept.merge(kept)

    with pytest.raises(AssertionError):
        after_lost_steps(change)


def test_what_a_closing_writes_stays_small() -> None:
    log, kept = long_shop(3)
    played = Played(stage(**kept)).run(log)
    steps = [each for each in played.steps if b"clock" in each.rows]
    late = steps[len(steps) // 2 :]
    written = [sum(len(raw) for raw in each.rows.values() if raw) for each in late]
    series = [key for key in played.rows() if key.startswith(b"s/")]
    whole = sum(len(played.rows()[key]) for key in series)
    closings = sum(send.topic == "windows" for each in late for send in each.sends)
    assert sum(written) / closings < whole / 4, "as if all series were written each time"
    assert len([key for key in played.rows() if key.startswith(b"v/")]) <= 2 * (CHECKPOINT + 1)
    assert not [key for key in played.rows() if key.startswith((b"d/", b"p/"))]


@pytest.mark.parametrize("buckets", [(HOUR,), (HOUR, DAY)])
def test_base_buckets_are_kept_until_the_longest_bucket_is_over(buckets: tuple[int, ...]) -> None:
    played = Played(stage(measures=MEASURES, buckets=buckets)).run(log_of(lines(shop(random.Random(1), 30))))
    assert len([key for key in played.rows() if key.startswith(b"b/")]) == 6
