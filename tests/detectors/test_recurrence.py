"""The same thing again and again: held to an oracle that looks at all reports at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.recurrence import Change, Recurrence, Report

COUNT, WITHIN, QUIET = 3, 20, 30
END = 10_000

REPORTS = st.lists(st.tuples(st.integers(0, 25), st.sampled_from("abcde")), max_size=25).map(
    lambda found: [
        Report(sum(pause for pause, _ in found[: number + 1]) // 2, f"e{number:02d}", subject)
        for number, (_, subject) in enumerate(found)
    ]
)


def expected(reports: list[Report]) -> list[tuple[bool, str, int, int]]:
    """(on, start, since, at), sentence by sentence."""
    found: list[tuple[bool, str, int, int]] = []
    ordered = sorted(reports)
    begin, ringing = 0, None
    for place, report in enumerate(ordered):
        last = ordered[place - 1].eff if place else 0
        if ringing and report.eff > last + QUIET:
            found.append((False, *ringing, last + QUIET))
            begin, ringing = place, None  # a new episode begins with reports after the old one
        window = [each for each in ordered[begin : place + 1] if each.eff >= report.eff - WITHIN]
        if ringing is None and len({each.subject for each in window}) >= COUNT:
            ringing = (report.event, window[0].eff)
            found.append((True, *ringing, report.eff))
    if ringing:
        found.append((False, *ringing, ordered[-1].eff + QUIET))
    return found


def short(changes: list[Change]) -> list[tuple[Any, ...]]:
    return [(change.on, change.start, change.since, change.at) for change in changes]


@settings(deadline=None, max_examples=300)
@given(REPORTS)
def test_it_rings_and_ends_as_the_contract_says(reports: list[Report]) -> None:
    recurrence = Recurrence(COUNT, WITHIN, QUIET)
    assert short(recurrence.fold(reports) + recurrence.pass_time(END)) == expected(reports)


@settings(deadline=None, max_examples=300)
@given(REPORTS, st.data())
def test_folding_in_pieces_with_a_restart_and_time_between_changes_nothing(
    reports: list[Report], data: st.DataObject
) -> None:
    whole = Recurrence(COUNT, WITHIN, QUIET)
    wanted = whole.fold(reports) + whole.pass_time(END)
    pieces, found, rest = Recurrence(COUNT, WITHIN, QUIET), [], sorted(reports)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        piece, rest = rest[:size], rest[size:]
        found += pieces.fold(piece)
        if rest and data.draw(st.booleans()):
            found += pieces.pass_time(rest[0].eff)
        pieces = Recurrence(COUNT, WITHIN, QUIET, window=pieces.window, ringing=pieces.ringing)
    assert found + pieces.pass_time(END) == wanted


@given(REPORTS, st.randoms(use_true_random=False))
def test_the_order_in_which_reports_arrive_does_not_matter(reports: list[Report], rng: Any) -> None:
    mixed = list(reports)
    rng.shuffle(mixed)
    assert Recurrence(COUNT, WITHIN, QUIET).fold(mixed) == Recurrence(COUNT, WITHIN, QUIET).fold(reports)


@pytest.mark.parametrize(("gap", "rings"), [(WITHIN // 2, True), (WITHIN // 2 + 1, False)])
def test_reports_exactly_within_apart_belong_together(gap: int, rings: bool) -> None:
    reports = [Report(number * gap, f"e{number}", f"o{number}") for number in range(3)]
    assert bool(Recurrence(COUNT, WITHIN, QUIET).fold(reports)) == rings


def test_an_episode_is_over_only_when_quiet_has_passed_and_tells_how_many_there_were() -> None:
    recurrence = Recurrence(COUNT, WITHIN, QUIET)
    recurrence.fold([Report(number, f"e{number}", f"o{number}") for number in range(4)])
    assert recurrence.due == 3 + QUIET
    assert recurrence.pass_time(3 + QUIET) == []
    assert recurrence.pass_time(4 + QUIET) == [Change(False, "e2", 0, 3 + QUIET, 4)]
    assert recurrence.due is None
