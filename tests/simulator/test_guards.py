"""Every guard of the recipe is needed: without it, some schedule ends wrong, and the simulator sees it."""

from __future__ import annotations

import pytest
from simulator.guards import OFF
from simulator.schedule import violations

MOST = 300


@pytest.mark.parametrize("guard", OFF)
def test_without_the_guard_a_schedule_ends_wrong(guard: str) -> None:
    assert any(violations(seed, OFF[guard]) for seed in range(MOST)), (
        f"{MOST} schedules ended well although {guard}"
    )
