"""The pair stage with a guard switched off: what the guard is for is seen by the check that holds it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from engine.one_partition import Played, log_of
from engine.pair_days import MONDAY, Shop, alerts, bought, lines, windows
from engine.test_pair_changes import PRODUCTS, months, selling

from streams.engine.days import HELD
from streams.engine.options import Options
from streams.engine.pairs.options import PairOptions
from streams.engine.pairs.progress import Progress
from streams.engine.pairs.stage import PairStage
from streams.engine.state import Outcome, State


class CountsADayTwice(PairStage):
    """The baskets of the first day stay where they waited."""

    again = True

    def _count(self, state: State, outcome: Outcome, progress: Progress, end: int) -> None:
        super()._count(state, outcome, progress, end)
        if self.again:
            self.again = False
            for key in [key for key in outcome.rows if key.startswith(HELD)]:
                del outcome.rows[key], outcome.dues[key]


class LosesADay(PairStage):
    """What was counted of a Wednesday is not written."""

    def _count(self, state: State, outcome: Outcome, progress: Progress, end: int) -> None:
        super()._count(state, outcome, progress, end)
        if self.calendar.number(end - 1) % 7 == 3:
            for key in [key for key in outcome.rows if key.startswith(b"n/")]:
                del outcome.rows[key]


class KnowsWhatWasBefore(PairStage):
    """Takes days before the first one for known, and empty."""

    def _count(self, state: State, outcome: Outcome, progress: Progress, end: int) -> None:
        super()._count(state, outcome, progress, end)
        progress.first = dict.fromkeys(progress.first, 0)


class ForgetsWhatItTold(PairStage):
    """Tells a change at each close, as long as it lasts."""

    def _tell(self, state: State, outcome: Outcome, progress: Progress, *rest: Any) -> bool:
        progress.told.clear()
        return super()._tell(state, outcome, progress, *rest)


class ClosesForgetful(PairStage):
    """Drops the days that the next window needs."""

    def _forget_days(self, state: State, outcome: Outcome, progress: Progress, day: int) -> None:
        super()._forget_days(state, outcome, progress, day + 40)


def play(make: type[PairStage], shop: Shop, **asked: Any) -> Played:
    options = Options(1, pairs=PairOptions(**asked))
    return Played(lambda: make(options)).run(log_of(lines(shop, max(shop))))


def baskets_are_right(make: type[PairStage]) -> bool:
    """Every window has as many baskets as its days had."""
    shop = {MONDAY + day: [bought("a", "b")] * (day + 1) for day in range(28)}
    asked = {"levels": ("product",), "windows": (7, 14)}
    wanted = [
        sum(range(end - days + 1, end + 1)) for end in (7, 14, 21, 28) for days in (7, 14) if end >= days
    ]
    return [each["baskets"] for each in windows(play(make, shop, **asked))] == wanted


def the_first_window_is_silent(make: type[PairStage]) -> bool:
    """Nothing rings while the reference is a day short."""
    shop = months(random.Random(3), (0.0,) * 4 + (0.9,), weeks=5)
    del shop[MONDAY]
    return not alerts(play(make, shop, **PRODUCTS))


def a_change_rings_once(make: type[PairStage]) -> bool:
    """One alert, though the pair stays as it has become."""
    shop = selling(random.Random(3), (0.1,) * 8 + (1.0, 1.0))
    return len(alerts(play(make, shop, **PRODUCTS))) == 1


GUARDS: dict[str, tuple[type[PairStage], Callable[[type[PairStage]], bool]]] = {
    "a day is counted once": (CountsADayTwice, baskets_are_right),
    "a day is written": (LosesADay, baskets_are_right),
    "days are kept as long as windows need them": (ClosesForgetful, baskets_are_right),
    "a reference that is not full is none": (KnowsWhatWasBefore, the_first_window_is_silent),
    "what was told is remembered": (ForgetsWhatItTold, a_change_rings_once),
}


@pytest.mark.parametrize(("without", "check"), GUARDS.values(), ids=GUARDS)
def test_each_guard_is_needed(without: type[PairStage], check: Callable[[type[PairStage]], bool]) -> None:
    assert check(PairStage)
    assert not check(without)
