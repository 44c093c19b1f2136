"""Every guard of the recipe is needed: without it, some schedule ends wrong, and the simulator sees it."""

from __future__ import annotations

import pytest
from simulator.guards import OFF
from simulator.guards_of_days import DAYS
from simulator.schedule import violations

MOST = 300
ALL = OFF | DAYS


@pytest.mark.parametrize("guard", ALL)
def test_without_the_guard_a_schedule_ends_wrong(guard: str) -> None:
    assert any(violations(seed, ALL[guard]) for seed in range(MOST)), (
        f"{MOST} schedules ended well although {guard}"
    )
