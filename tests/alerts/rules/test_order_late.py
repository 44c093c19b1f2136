"""An order rings when its promise has passed. The oracle follows the contract's sentences."""

from __future__ import annotations

from datetime import timedelta

from engine.timelines import LENGTHS, MANY, SEEDS, Arrival, timelines
from hypothesis import given

from alerts.rules import order_late
from alerts.rules.order_late import CLOSERS, Settings
from alerts.timeline import Episode, Known


def _in_force(events: list[Known], moment: int) -> int | None:
    """The promise of the last placed or shipped event that is known at a moment and makes one."""
    promises = [
        e for e in events if e.kind in ("placed", "shipped") and "promised" in e.facts and e.eff <= moment
    ]
    return max(promises, key=lambda e: (e.time, e.id)).facts["promised"] if promises else None


def expected(events: list[Known], grace: int) -> dict[str, tuple[int, int, int | None]]:
    """start -> (since, at, recovered) of everything that rings, sentence by sentence."""
    found = {}
    for promised in {e.facts["promised"] for e in events if "promised" in e.facts}:
        moment = promised + grace
        known = [e for e in events if e.eff <= moment]
        if _in_force(events, moment) != promised:
            continue
        if not any(e.kind == "placed" for e in known) or any(e.kind in CLOSERS for e in known):
            continue
        later = sorted({e.eff for e in events if e.eff > moment})
        over = (
            when
            for when in later
            if any(e.kind in CLOSERS and e.eff == when for e in events)
            or ((_in_force(events, when) or 0) > moment and _in_force(events, when) != promised)
        )
        found[str(promised)] = (promised, moment, next(over, None))
    return found


def _unambiguous(arrivals: list[Arrival]) -> list[Known]:
    """Without events of equal time and id: which of them happened last is anybody's guess."""
    return list({(a.known.time, a.known.id): a.known for a in arrivals}.values())


def rung(found: list[Episode]) -> dict[str, tuple[int, int, int | None]]:
    return {e.start: (e.since, e.at, e.recovered) for e in found if e.rings}


@MANY
@given(seed=SEEDS, most=LENGTHS)
def test_it_rings_as_the_contract_says_whatever_the_order_of_events(seed: int, most: int) -> None:
    for rng, arrivals in timelines("order", seed, most):
        events, grace = _unambiguous(arrivals), rng.choice((0, 7))
        turned = Settings(grace=timedelta(milliseconds=grace))
        wanted = expected(events, grace)
        rng.shuffle(events)
        assert rung(order_late.episodes(events, turned)) == wanted, events


@MANY
@given(seed=SEEDS, most=LENGTHS)
def test_what_rings_at_a_moment_is_not_changed_by_what_becomes_known_later(seed: int, most: int) -> None:
    for rng, arrivals in timelines("order", seed, most):
        events, cut = _unambiguous(arrivals), rng.randrange(150)
        then = order_late.episodes([e for e in events if e.eff <= cut], Settings())
        now = order_late.episodes(events, Settings())
        assert _until(cut, then) == _until(cut, now), events


def _until(cut: int, found: list[Episode]) -> set[tuple[str, int]]:
    return {(e.start, e.at) for e in found if e.rings and e.at <= cut}
