"""The same thing again and again: k different subjects within a window, told once per episode."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Report(NamedTuple):
    """One occurrence: effective time in ms, the event that reported it, and what it happened to."""

    eff: int
    event: str
    subject: str


class Change(NamedTuple):
    """An episode began (`on`) or ended; `start` is the event that began it."""

    on: bool
    start: str
    since: int
    at: int
    subjects: int


class Recurrence:
    """Rings at the report that makes `count` distinct subjects within `within` ms; ends after `quiet` ms.

    Reports are folded in the order (eff, event), so the outcome is a function of their set.

    Args:
        count: distinct subjects that make an episode.
        within: length of the trailing window, ms; a report exactly `within` old is still in it.
        quiet: an episode is over when no report came for this long, ms.
        window: the reports of the trailing window, as `state` gave them.
        ringing: `(start, since)` of the running episode, as `state` gave it.

    >>> r = Recurrence(count=2, within=100, quiet=200)
    >>> r.fold([Report(0, "e1", "o1"), Report(10, "e2", "o1"), Report(20, "e3", "o2")])
    [Change(on=True, start='e3', since=0, at=20, subjects=2)]
    >>> r.pass_time(220), r.pass_time(221)
    ([], [Change(on=False, start='e3', since=0, at=220, subjects=2)])
    """

    def __init__(
        self,
        count: int,
        within: int,
        quiet: int,
        *,
        window: Iterable[Report] = (),
        ringing: tuple[str, int, int] | None = None,
    ) -> None:
        self.count, self.within, self.quiet = count, within, quiet
        self.window = list(window)
        self.ringing = ringing

    @property
    def due(self) -> int | None:
        """The moment whose passing ends the running episode, ms; None if nothing rings."""
        return self.window[-1].eff + self.quiet if self.ringing else None

    def fold(self, reports: Iterable[Report]) -> list[Change]:
        """Take reports, all later than those taken before, in the order (eff, event)."""
        changes: list[Change] = []
        for report in sorted(reports):
            changes += self.pass_time(report.eff)
            if self.ringing is None:
                self.window = [old for old in self.window if old.eff >= report.eff - self.within]
            self.window.append(report)
            if self.ringing is None:
                changes += self._maybe_ring(report)
            else:
                # While it rings only the last report matters, and how many subjects there were.
                new = report.subject not in {old.subject for old in self.window[:-1]}
                start, since, subjects = self.ringing
                self.ringing = (start, since, subjects + new)
                self.window = [old for old in self.window if old.eff >= report.eff - self.within]
        return changes

    def _maybe_ring(self, report: Report) -> list[Change]:
        subjects = len({old.subject for old in self.window})
        if subjects < self.count:
            return []
        self.ringing = (report.event, self.window[0].eff, subjects)
        since = self.window[0].eff
        return [Change(on=True, start=report.event, since=since, at=report.eff, subjects=subjects)]

    def pass_time(self, now: int) -> list[Change]:
        """Let time pass to `now` (ms): an episode that has been quiet for longer than `quiet` is over."""
        due = self.due
        if self.ringing is None or due is None or now <= due:
            return []
        start, since, subjects = self.ringing
        self.ringing, self.window = None, []
        return [Change(on=False, start=start, since=since, at=due, subjects=subjects)]
