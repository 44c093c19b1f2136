"""ADWIN beside River's, and which changes of a series are noticed as what."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from river import drift as river_drift
from support.series_worlds import HOUR, MONDAY, daily

from detectors.series.adwin import Adwin
from detectors.series.drift import Drift, Drifted


@pytest.mark.parametrize("seed", range(6))
def test_adwin_cuts_where_rivers_does(seed: int) -> None:
    rng = random.Random(seed)
    ours, rivers = Adwin(), river_drift.ADWIN()
    found: list[int] = []
    wanted: list[int] = []
    for step in range(6000):
        value = rng.gauss(0, 1) + step // 1500 % 2 + (step / 3000 if seed % 2 else 0)
        if ours.update(value):
            found.append(step)
            ours = Adwin()  # River forgets everything at a cut
        rivers.update(value)
        if rivers.drift_detected:
            wanted.append(step)
    assert found == wanted
    assert found
    assert ours.width == rivers.width


@hypothesis_settings(max_examples=30)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300))
def test_the_window_knows_its_mean_and_spread(values: list[float]) -> None:
    window = Adwin()
    for value in values:
        window.update(value)
    kept = values[-window.width :]
    mean = math.fsum(kept) / len(kept)
    assert window.total == pytest.approx(math.fsum(kept), rel=1e-9, abs=1e-3)
    assert window.variance == pytest.approx(
        math.fsum((each - mean) ** 2 for each in kept), rel=1e-6, abs=1e-2
    )


def triggers(values: list[float]) -> list[tuple[int, Drifted]]:
    drift = Drift(HOUR)
    found = ((step, drift.update(MONDAY + step * HOUR, value)) for step, value in enumerate(values))
    return [(step, each) for step, each in found if each]


def test_a_cycle_is_no_drift_but_without_its_profile_it_would_be() -> None:
    values = daily(random.Random(1), 24 * 150)
    assert triggers(values) == []
    raw = river_drift.PageHinkley()
    alarms = 0
    for value in values:
        raw.update(value)
        alarms += raw.drift_detected
    assert alarms > 20


@pytest.mark.parametrize("seed", range(4))
def test_a_new_level_is_told_with_its_size(seed: int) -> None:
    values = daily(random.Random(seed), 2500)
    values[1500:] = [value + 4 for value in values[1500:]]
    step, found = triggers(values)[0]
    assert 1500 <= step < 1500 + 10 * 24
    assert found.kind in ("level", "gradual")
    assert found.after - found.before == pytest.approx(4, abs=2)
    assert found.values <= step


@pytest.mark.parametrize("seed", range(4))
def test_another_spread_is_told_and_the_level_alone_would_miss_it(seed: int) -> None:
    rng = random.Random(seed)
    values = daily(random.Random(seed), 1500) + [
        50 + 20 * math.sin(2 * math.pi * hour / 24) + 3 * math.sqrt(2) * rng.gauss(0, 1)
        for hour in range(1500, 3000)
    ]
    step, found = triggers(values)[0]
    assert step < 1500 + 21 * 24
    assert found.kind == "variance"
    assert found.after > 1.15 * found.before
    level = Adwin()
    assert not any(level.update(value) for value in values[24:])


def test_a_slope_is_called_gradual_more_often_than_a_step() -> None:
    def gradual(hours: int) -> int:
        found = 0
        for seed in range(12):
            values = [
                value + 6 * min(1.0, max(0.0, (hour - 1500) / hours))
                for hour, value in enumerate(daily(random.Random(seed), 3000))
            ]
            found += triggers(values)[0][1].kind == "gradual"
        return found

    assert gradual(1) <= 3
    assert gradual(1200) >= 6


def test_what_is_no_number_changes_nothing_and_a_state_comes_back() -> None:
    values = daily(random.Random(2), 1400)
    plain, poisoned = Drift(HOUR), Drift(HOUR)
    for hour, value in enumerate(values):
        plain.update(MONDAY + hour * HOUR, value)
        poisoned.update(MONDAY + hour * HOUR, value)
        for nothing in (None, math.nan, math.inf):
            assert poisoned.update(MONDAY + hour * HOUR, nothing) is None
    assert plain.dump() == poisoned.dump()
    back = Drift(HOUR)
    back.load(json.loads(json.dumps(plain.dump(), allow_nan=False)))
    later = [value + 5 for value in daily(random.Random(3), 300)]
    for hour, value in enumerate(later, 1400):
        assert plain.update(MONDAY + hour * HOUR, value) == back.update(MONDAY + hour * HOUR, value)
    assert plain.dump() == back.dump()
