"""Which scores deserve a contact: by cost, or by a budget of so many a day. Once per silence.

A silence is told by the last purchase that began it. `State` is what was said about it, and travels with the
customer: {"silence": last purchase, ms; "ringing": bool}.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Said = Literal["ring", "ease", "keep"]


class Candidate(NamedTuple):
    """A scored customer.

    Attributes:
        customer: id.
        silence: time of the last purchase, ms: the silence that a score speaks of.
        p: probability of silence over the horizon.
        value: value at stake, money.
        said: the silence that was already told, ms; None if none was.
        ringing: whether that one still rings.
    """

    customer: str
    silence: int
    p: float
    value: float
    said: int | None = None
    ringing: bool = False


class ByCost(NamedTuple):
    """Ring where a contact is worth its cost.

    Attributes:
        contact_cost: money for one contact.
        saved: share of leaving customers whom a contact keeps, 0 to 1.
        margin: hysteresis: rings from cost * (1 + margin) on, eases below cost * (1 - margin).
        least: probability below which nothing rings, whatever the value.
    """

    contact_cost: float
    saved: float = 0.1
    margin: float = 0.2
    least: float = 0.5


class ByBudget(NamedTuple):
    """Ring for those that matter most.

    Attributes:
        per_day: new ones a day.
        least: probability below which nothing rings.
        margin: hysteresis: eases below least * (1 - margin).
    """

    per_day: int = 20
    least: float = 0.5
    margin: float = 0.2


class Decision(NamedTuple):
    """What to do about a customer, and why, in words."""

    customer: str
    what: Said
    reason: str


def at_risk(candidate: Candidate) -> float:
    """The money that is expected to be lost: probability of silence times value at stake."""
    return candidate.p * candidate.value


def by_cost(candidate: Candidate, rule: ByCost) -> Decision:
    """Decide one customer by cost; it depends on nobody else.

    >>> lost = Candidate("c", silence=5, p=0.8, value=200.0)
    >>> by_cost(lost, ByCost(contact_cost=5.0)).what, by_cost(lost, ByCost(contact_cost=50.0)).what
    ('ring', 'keep')
    >>> by_cost(lost._replace(said=5), ByCost(contact_cost=5.0)).reason
    'this silence was already told'
    """
    gain = at_risk(candidate) * rule.saved
    sums = f"a contact saves {gain:.2f} on average and costs {rule.contact_cost:.2f}"
    if candidate.ringing and candidate.said == candidate.silence:
        eased = gain < rule.contact_cost * (1 - rule.margin) or candidate.p < rule.least * (1 - rule.margin)
        return Decision(candidate.customer, "ease" if eased else "keep", sums)
    if candidate.said == candidate.silence:
        return Decision(candidate.customer, "keep", "this silence was already told")
    if candidate.p < rule.least:
        return Decision(
            candidate.customer, "keep", f"probability {candidate.p:.0%} is below {rule.least:.0%}"
        )
    worth = gain >= rule.contact_cost * (1 + rule.margin)
    return Decision(candidate.customer, "ring" if worth else "keep", sums)


def by_budget(candidates: Iterable[Candidate], rule: ByBudget) -> list[Decision]:
    """Decide a day's candidates together: the `per_day` with most money at risk ring; ties by id.

    >>> day = [Candidate(c, 5, 0.9, v) for c, v in (("a", 10.0), ("b", 99.0), ("c", 50.0))]
    >>> [(d.customer, d.what) for d in by_budget(day, ByBudget(per_day=1))]
    [('a', 'keep'), ('b', 'ring'), ('c', 'keep')]
    """
    every = sorted(candidates, key=lambda each: each.customer)
    fresh = [each for each in every if each.said != each.silence and each.p >= rule.least]
    fresh.sort(key=lambda each: (-at_risk(each), each.customer))
    place = {each.customer: rank for rank, each in enumerate(fresh, 1)}
    return [_budgeted(each, place.get(each.customer), rule) for each in every]


def _budgeted(candidate: Candidate, place: int | None, rule: ByBudget) -> Decision:
    customer = candidate.customer
    if candidate.said == candidate.silence:
        if candidate.ringing and candidate.p < rule.least * (1 - rule.margin):
            return Decision(customer, "ease", f"probability fell to {candidate.p:.0%}")
        return Decision(customer, "keep", "this silence was already told")
    if place is None:
        return Decision(customer, "keep", f"probability {candidate.p:.0%} is below {rule.least:.0%}")
    what: Said = "ring" if place <= rule.per_day else "keep"
    return Decision(customer, what, f"place {place} by money at risk; {rule.per_day} a day are told")
