"""A ticket rings when its customer has waited too long. The oracle follows the contract's sentences."""

from __future__ import annotations

from datetime import timedelta

from engine.timelines import LENGTHS, MANY, SEEDS, Arrival, timelines
from hypothesis import given

from alerts.rules import ticket_unanswered
from alerts.rules.ticket_unanswered import Limits, Settings
from alerts.timeline import Episode, Known

SPANS = {"urgent": 5, "high": 15, "normal": 40, "low": 70}
SETTINGS = Settings(limits=Limits(**{name: timedelta(milliseconds=ms) for name, ms in SPANS.items()}))


def _asks(event: Known) -> bool:
    return event.kind in ("opened", "reopened") or event.facts.get("by") == "customer"


def _open_since(events: list[Known], moment: int) -> Known | None:
    """Since which event the customer waits, as far as is known at a moment."""
    since = None
    for event in sorted((e for e in events if e.eff <= moment), key=lambda e: (e.time, e.id)):
        since = (since or event) if _asks(event) else None
    return since


def expected(events: list[Known]) -> dict[str, tuple[int, int, int | None]]:
    """start -> (since, at, recovered) of everything that rings, sentence by sentence."""
    found: dict[str, tuple[int, int, int | None]] = {}
    for start in (e for e in events if _asks(e)):
        for limit in sorted(SPANS.values()):
            moment = start.time + limit
            known = [e for e in events if e.eff <= moment]
            opened = sorted((e for e in known if e.kind == "opened"), key=lambda e: (e.time, e.id))
            # Without an opening nobody knows the priority; with two, the first that is known counts.
            if not opened or SPANS[opened[0].facts["priority"]] != limit:
                continue
            if _open_since(events, moment) is not start or str(start.time) in found:
                continue
            answers = [e for e in events if not _asks(e) and (e.time, e.id) > (start.time, start.id)]
            over = min((e.eff for e in answers), default=None)
            found[str(start.time)] = (start.time, moment, over)
    return found


def _unambiguous(arrivals: list[Arrival]) -> list[Known]:
    """Without events of equal time: two starts in one millisecond are one wait."""
    return list({a.known.time: a.known for a in arrivals}.values())


def rung(found: list[Episode]) -> dict[str, tuple[int, int, int | None]]:
    return {e.start: (e.since, e.at, e.recovered) for e in found if e.rings}


@MANY
@given(seed=SEEDS, most=LENGTHS)
def test_it_rings_as_the_contract_says_whatever_the_order_of_events(seed: int, most: int) -> None:
    for rng, arrivals in timelines("ticket", seed, most):
        events = _unambiguous(arrivals)
        wanted = expected(events)
        rng.shuffle(events)
        assert rung(ticket_unanswered.episodes(events, SETTINGS)) == wanted, events


@MANY
@given(seed=SEEDS, most=LENGTHS)
def test_what_rings_at_a_moment_is_not_changed_by_what_becomes_known_later(seed: int, most: int) -> None:
    for rng, arrivals in timelines("ticket", seed, most):
        events, cut = _unambiguous(arrivals), rng.randrange(150)
        then = ticket_unanswered.episodes([e for e in events if e.eff <= cut], SETTINGS)
        now = ticket_unanswered.episodes(events, SETTINGS)
        assert _until(cut, then) == _until(cut, now), events


def _until(cut: int, found: list[Episode]) -> set[tuple[str, int]]:
    return {(e.start, e.at) for e in found if e.rings and e.at <= cut}
