"""Every guard of the recipe is needed: without it, some schedule ends wrong, and the simulator sees it."""

from __future__ import annotations

import pytest
from simulator.guards import OFF
from simulator.guards_of_days import DAYS
from simulator.guards_of_watching import WATCHING
from simulator.schedule import is_watched, violations

MOST = 300
ALL = OFF | DAYS


@pytest.mark.parametrize("guard", ALL)
def test_without_the_guard_a_schedule_ends_wrong(guard: str) -> None:
    assert any(violations(seed, ALL[guard]) for seed in range(MOST)), (
        f"{MOST} schedules ended well although {guard}"
    )


@pytest.mark.parametrize("guard", WATCHING)
def test_without_the_guard_a_window_is_told_wrong(guard: str) -> None:
    watched = [seed for seed in range(8 * MOST) if is_watched(seed)][:MOST]
    assert any(_told_wrong(violations(seed, WATCHING[guard])) for seed in watched), (
        f"in {len(watched)} schedules every window and alert was right although {guard}"
    )


def _told_wrong(found: list[str]) -> bool:
    """It is not enough that rows differ: those who read alerts and windows must be told something else."""
    return any(line.startswith(("alerts[", "windows[")) for line in found)
