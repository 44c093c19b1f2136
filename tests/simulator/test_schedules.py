"""Whatever goes wrong, and whenever: the committed view is that of a run in which nothing did.

How many schedules and which one is first can be chosen, and a failing one comes again from its seed alone:

    SIMULATOR_SEED=4711 SIMULATOR_SCHEDULES=1 make test TEST_ARGS='-k schedules'
"""

from __future__ import annotations

import os

import pytest
from simulator.schedule import alerts, fate, versions, violations, windows
from simulator.stream import is_watched

SCHEDULES = int(os.environ.get("SIMULATOR_SCHEDULES", "2000"))  # noqa: TID251 - who runs it says how many
FIRST = int(os.environ.get("SIMULATOR_SEED", "0"))  # noqa: TID251 - and which
PARTS = min(8, SCHEDULES)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_schedule_ends_as_if_nothing_had_gone_wrong(
    part: int, capsys: pytest.CaptureFixture[str]
) -> None:
    first, last = (FIRST + SCHEDULES * number // PARTS for number in (part, part + 1))
    if part == 0:
        with capsys.disabled():
            print(f" {SCHEDULES} schedules from seed {FIRST} ", end="")  # noqa: T201 - worth knowing each time
    for seed in range(first, last):
        found = violations(seed)
        assert not found, (
            f"schedule {seed} ended wrong; again with SIMULATOR_SEED={seed} SIMULATOR_SCHEDULES=1\n"
            + "\n".join(found[:12])
        )


def test_a_seed_is_one_schedule() -> None:
    fates = [fate(seed) for seed in range(5)]
    assert [fate(seed) for seed in range(5)] == fates
    assert len({repr(each) for each in fates}) == len(fates)


def test_a_schedule_is_worth_its_name() -> None:
    happened = " ".join(line for seed in range(60) for line in fate(seed))
    for fault in ("ends", "stops", "frozen", "unaware", "product", "customer"):
        assert fault in happened
    rang = [alerts(number) for number in range(10)]
    assert all(rang), "a stream in which nothing rings shows little"
    states = ("ringing", "recovered")
    assert {(rule, state) for rule in ("order_late", "churn") for state in states} <= set.union(*rang)
    assert max(versions(number) for number in range(10)) > 1, "streams of which nothing is learnt show little"


def test_a_schedule_in_which_series_and_pairs_are_watched_is_worth_its_name() -> None:
    watched = [number for number in range(40) if is_watched(number)]
    assert all(windows(number)["series"] > 5 and windows(number)["pairs"] > 3 for number in watched)
    rang = set.union(*map(alerts, watched))
    assert {("watch", "ringing"), ("watch", "recovered")} <= rang
