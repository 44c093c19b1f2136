"""Alerts of pairs: one for each kind of change, with a table that fits; their words are in `words`."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from alerts.answers.pairs import Window
from alerts.rules import pairs
from schemas.alert import Alert

WEEK = Window(0, 7 * 86_400_000, UTC, "product", None, 1_000, 10)
KINDS = ("emerging", "growing", "fading", "broken")


def changed(number: int) -> pairs.Changed:
    return pairs.Changed(f"a{number}", f"b{number}", 61, 80, 22.4, 3.11, 1.2, 0.002)


def alert(kind: str = "emerging", many: int = 1, window: Window = WEEK, **more: Any) -> Alert:
    found = [changed(number) for number in range(many)]
    return pairs.alert(kind, window, found, **{"more": 0, "synthetic": False, **more})


def test_a_pair_is_named_and_many_are_a_table() -> None:
    assert alert().entity == "a0 + b0"
    many = alert(many=60)
    assert many.entity == "a0 + b0 and 59 more"
    assert many.table is not None
    assert (len(many.table.rows), many.table.left_out) == (50, 10)


def test_every_kind_window_and_region_has_an_episode_of_its_own() -> None:
    windows = [WEEK, WEEK._replace(region="East"), WEEK._replace(level="category"), WEEK._replace(begin=1)]
    found = {alert(kind, window=window).episode for kind in KINDS for window in windows}
    assert len(found) == len(KINDS) * len(windows)


@pytest.mark.parametrize("kind", KINDS)
def test_subscribers_can_tell_by_kind_and_region(kind: str) -> None:
    assert alert(kind).labels == {"change": kind}
    assert alert(kind, window=WEEK._replace(region="East")).labels == {"change": kind, "region": "East"}
    assert alert(kind, synthetic=True).synthetic


def test_long_names_are_cut_in_the_table_and_one_change_is_no_changes() -> None:
    long = changed(1)._replace(a="x" * 300)
    found = pairs.alert("fading", WEEK, [long], more=1, synthetic=False)
    assert found.table is not None
    assert len(found.table.rows[0][0]) == 200
    assert found.facts[-1].value == "1 change, of any kind, that is less sure"
