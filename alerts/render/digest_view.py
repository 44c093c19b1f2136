"""What a digest says, in its order, once. Both parts of the mail are printed from this.

Long digests are cut: each place shows so many lines, and says how many alerts did not fit. The table at the
top counts all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from alerts.digest.group import group
from alerts.digest.issue import Issue
from alerts.digest.sort import Sorted, Told, sort
from alerts.localtime import words
from alerts.render import digest_lines as lines
from alerts.render.chart import TONES
from alerts.render.clean import clean
from alerts.render.digest_lines import Line, rule_words
from alerts.timeline import utc

MOST_LINES = 15
MOST_RECOVERED = 10
MOST_RISKS = 10
MOST_CHARTS = 6
MOST_TABLES = 4
MOST_TALLIES = 20
MOST_REASONS = 4
MOST_MISSED = 400
_SUBJECT = 120

LEGEND = f"In the pictures, {TONES}."


@dataclass(frozen=True)
class Place:
    """One part of a digest.

    Attributes:
        heading: what it is, with how many alerts.
        lines: those that fit.
        left: what did not fit, in words; empty if all did.
        note: how to read it, if that is not plain.
    """

    heading: str
    lines: tuple[Line, ...]
    left: str
    note: str = ""


@dataclass(frozen=True)
class DigestView:
    """Clean text and pictures, ready to print.

    Attributes:
        span: from when to when, and what became of digests in between.
        tallies: rows of the table at the top, its head first; empty where it would say nothing new.
        places: in the order of reading; those that hold nothing are not there.
    """

    subject: str
    synthetic: str
    title: str
    span: str
    tallies: tuple[tuple[str, ...], ...]
    tallies_left: str
    places: tuple[Place, ...]
    why: tuple[str, ...]
    zone: str
    id: str


def digest_view(issue: Issue, cid: Callable[[int], str]) -> DigestView:
    """Put a digest into words.

    Args:
        issue: what it holds; any text in its alerts may be hostile.
        cid: the content id of a picture, by its number from 1.
    """
    found = sort(issue.alerts, issue.before)
    zone = issue.calendar.zone
    return DigestView(
        subject=clean(f"Digest of {_day(issue)}: {_in_short(found)}", _SUBJECT),
        synthetic=_synthetic(issue),
        title=f"Digest of {issue.calendar.words(issue.slot)}",
        span=_span(issue),
        tallies=_tallies(found),
        tallies_left=_more_rules(found),
        places=tuple(place for place in _places(found, zone, cid) if place.lines),
        why=tuple(f"You get this because {clean(reason, 500)}." for reason in issue.reasons[:MOST_REASONS]),
        zone=f"Your time zone is {clean(issue.calendar.timezone, 60)}.",
        id=issue.id,
    )


def _places(found: Sorted, zone: tzinfo, cid: Callable[[int], str]) -> Iterable[Place]:
    def grouped(told: Sequence[Told], heading: str, most: int) -> Place:
        every = group(told)
        kept = every[:most]
        rest = [each for line in every[most:] for each in line.told]
        return Place(heading, tuple(lines.grouped(each, zone) for each in kept), _left(rest, most))

    def single(
        told: Sequence[Told], heading: str, most: int, line: Callable[[int, Told], Line], note: str = ""
    ) -> Place:
        shown = tuple(line(number, each) for number, each in enumerate(told[:most], 1))
        return Place(heading, shown, _left(told[most:], most), note)

    yield grouped(found.new, f"New: {_alerts(found.new)}", MOST_LINES)
    yield grouped(found.worse, f"Worse, rang again before it was over: {_alerts(found.worse)}", MOST_LINES)
    passed = f", of which {found.passed:,} rang and ended in this time" if found.passed else ""
    yield grouped(found.recovered, f"Recovered: {_alerts(found.recovered)}{passed}", MOST_RECOVERED)
    yield single(
        found.risks,
        f"Customers at risk, most at stake first: {len(found.risks)}",
        MOST_RISKS,
        lambda _, told: lines.risk(told, zone),
    )
    yield single(
        found.series,
        f"Series out of their range: {len(found.series)}",
        MOST_CHARTS,
        lambda number, told: lines.series(told, zone, cid(number)),
        LEGEND,
    )
    yield single(
        found.tables,
        f"Findings: {len(found.tables)}",
        MOST_TABLES,
        lambda _, told: lines.findings(told, zone),
    )


def _left(told: Sequence[Told], most: int) -> str:
    """What did not fit, by rule."""
    if not told:
        return ""
    rules = Counter(each.alert.rule for each in told).most_common(MOST_LINES)
    named = ", ".join(f"{count} of {rule_words(rule)}" for rule, count in rules)
    return f"Left out: {_alerts(told)} ({named}). A digest shows at most {most} lines here."


def _alerts(told: Sequence[Told]) -> str:
    return f"{len(told):,} alert" + ("s" if len(told) != 1 else "")


def _in_short(found: Sorted) -> str:
    counts = (
        (len(found.new) + len(found.series) + len(found.tables), "new"),
        (len(found.worse), "worse"),
        (found.passed, "came and went"),
        (len(found.recovered) - found.passed, "over"),
        (len(found.risks), "customer at risk" if len(found.risks) == 1 else "customers at risk"),
    )
    return ", ".join(f"{count:,} {what}" for count, what in counts if count)


def _tallies(found: Sorted) -> tuple[tuple[str, ...], ...]:
    known = any(each.before is not None for each in found.tallies)
    head = ("What", "Rang", "Over") + (("Digest before",) if known else ())
    rows = tuple(
        (rule_words(each.rule), f"{each.rang:,}", f"{each.over:,}")
        + ((f"{each.before or 0:,}",) if known else ())
        for each in found.tallies[:MOST_TALLIES]
    )
    return (head, *rows)


def _more_rules(found: Sorted) -> str:
    more = len(found.tallies) - MOST_TALLIES
    return f"and {more} more rules" if more > 0 else ""


def _day(issue: Issue) -> str:
    return issue.calendar.words(issue.slot).partition(",")[0]


def _span(issue: Issue) -> str:
    calendar = issue.calendar
    text = f"From {words(utc(issue.since), calendar.zone)} to {words(utc(issue.slot), calendar.zone)}"
    missed = 0
    slot = calendar.after(issue.since)
    while slot < issue.slot and missed < MOST_MISSED:
        missed, slot = missed + 1, calendar.after(slot)
    if not missed:
        return text
    many = f"{missed} earlier digests" if missed > 1 else "an earlier digest"
    return f"{text}, with what {'more than ' if missed == MOST_MISSED else ''}{many} would have told"


def _synthetic(issue: Issue) -> str:
    count = sum(alert.synthetic for alert in issue.alerts)
    if not count:
        return ""
    many = len(issue.alerts)
    which = "all of it" if count == many else f"{count:,} of these {many:,} alerts"
    verb = "was" if count in {1, many} else "were"
    return f"Not real: {which} {verb} caused by generated (synthetic) events."
