"""The watch rings for what changed, in words, and not for what did not."""

from __future__ import annotations

import json
import random

from detectors.churn.signals import DAY
from detectors.churn.watch import Drift, new, observe


def run(
    days: int, base_after: float, change_at: int, restart: bool = False, bias: float = 0.0
) -> list[Drift]:
    chance, state, found = random.Random(4), new(), []
    for day in range(days):
        base = 0.4 if day < change_at else base_after
        for _ in range(100):
            p = base + (bias if day >= change_at else 0.0)
            found += observe(state, day * DAY, p, silent=chance.random() < base)
        if restart:
            state = json.loads(json.dumps(state))
    return found


def test_a_steady_stream_is_quiet() -> None:
    assert run(300, 0.4, 0) == []


def test_a_base_rate_that_moves_is_told_in_words() -> None:
    found = [each for each in run(200, 0.65, 100) if each.measure == "base"]
    assert len(found) >= 1
    assert 100 * DAY < found[0].at < 140 * DAY
    assert found[0].words == "more customers stay silent than before: 65%, it was 39%."


def test_scores_that_become_too_high_are_told() -> None:
    found = [each for each in run(200, 0.4, 100, bias=0.3) if each.measure == "calibration"]
    assert found
    assert "too high" in found[0].words


def test_a_restart_changes_nothing() -> None:
    assert run(200, 0.65, 100, restart=True) == run(200, 0.65, 100)
