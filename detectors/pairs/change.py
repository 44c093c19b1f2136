"""What changed: pairs that emerge, grow, fade or break, beside a reference window.

Asked is whether a pair is seen more or less often than before *given how its two products sell*: if tea and
milk both sell twice as well, they meet more often, and nothing has changed. So of the times a pair was seen
in both windows, the share in the second is compared with the share that the products' own sales give, by a
beta-binomial tail, two-sided, with Benjamini-Hochberg or -Yekutieli over all pairs that were asked about.

Those are the pairs that were seen often enough in both windows *taken together*, and are relevant there among
such pairs. What is chosen by the sum says nothing of where it falls, so the p-values stay honest (Bourgon,
Gentleman, Huber, PNAS 2010). And the dispersion is estimated from pairs that do belong together
(`dispersion.py`): those that meet by chance, many times as many, are calm, and would hide how restless the
others are.

A change is told of pairs that are, or were, relevant: it has a name by what they are on either side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.pairs import dispersion
from detectors.pairs.correction import q_values
from detectors.pairs.counts import Counts, Ints, added, find, translated
from detectors.pairs.relevant import Judged, Rule, judge
from detectors.pairs.tails import Floats, beta_binomial

Kind = Literal["emerging", "growing", "fading", "broken"]
_KINDS: dict[tuple[bool, bool, bool], Kind] = {  # (rises, was relevant, is relevant)
    (True, False, True): "emerging",
    (True, True, True): "growing",
    (False, True, True): "fading",
    (False, True, False): "broken",
}

SEEN = 10
"""Sightings in both windows together, at least, before a change of a pair is asked about."""

_ROUNDS = 5
_CALM = 0.1
_CHANGED = 0.05  # by Benjamini-Hochberg, however strict the rule is: who is told does not decide who is calm


@dataclass(frozen=True, slots=True)
class Change:
    """One pair that changed.

    Attributes:
        kind: "emerging" (was not relevant, is), "growing" (was and is, seen more), "fading" (was and is, seen
            less), "broken" (was, is no more).
        product_a, product_b: product_a < product_b.
        count, before: baskets with both, now and in the reference.
        expected: baskets with both now, had the pair stayed as it was beside its products' sales.
        lift, lift_before: how many times as often as by chance.
        p: two-sided beta-binomial tail.
        q: the same, corrected for all pairs that were asked about.
    """

    kind: Kind
    product_a: str
    product_b: str
    count: int
    before: int
    expected: float
    lift: float
    lift_before: float
    p: float
    q: float


class Changes(NamedTuple):
    """What is told at the close of a window.

    Attributes:
        told: at most as many as were wanted, the surest first.
        left_out: how many more there were.
        asked: pairs that were seen often enough to ask about.
        dispersion: the correlation that was estimated.
    """

    told: list[Change]
    left_out: int
    asked: int
    dispersion: float


class _Both(NamedTuple):
    """The pairs that were asked about, by columns."""

    names: tuple[str, ...]
    keys: Ints
    now: Ints
    before: Ints
    chance: Floats  # baskets with both by chance now, the sizes of baskets considered
    chance_before: Floats
    plain: Floats  # the same by the supports alone, as lift is defined
    plain_before: Floats
    calm: Floats  # the share of sales of the rarer one without the other: the binomial's other factor
    is_: npt.NDArray[np.bool_]
    was: npt.NDArray[np.bool_]


def changes(
    reference: Counts,
    current: Counts,
    rule: Rule = Rule(sized=True),  # noqa: B008 - an immutable tuple
    *,
    most: int = 20,
    estimate: dispersion.Estimate = dispersion.estimate,
) -> Changes:
    """Compare a window with the one before it.

    Args:
        reference: the window before, of any length.
        current: the window that closed.
        rule: false discovery rate and method, and what is relevant.
        most: changes that are told, at most.
        estimate: how restless pairs are when nothing has changed.
    """
    return compare(reference, judge(current, rule, reach=rule.fdr), most=most, estimate=estimate)


def compare(
    reference: Counts, judged: Judged, *, most: int = 20, estimate: dispersion.Estimate = dispersion.estimate
) -> Changes:
    """Compare a window that has been judged with the one before it, by the same rule.

    A product that was sold in one of the windows only has no pairs to compare.
    """
    rule, current = judged.rule, judged.counts
    before, together = (judge(each, rule, reach=rule.fdr) for each in (reference, _often(reference, current)))
    both = _both(before, judged, together)
    if not len(both.keys):
        return Changes([], 0, 0, dispersion.UNKNOWN)
    share = both.chance / (both.chance + both.chance_before)
    p, q, rho = _tested(both, share, rule, (reference.slack, current.slack), estimate)
    rises = both.now > (both.now + both.before) * share
    rows = np.flatnonzero((q <= rule.fdr) & np.where(rises, both.is_, both.was))
    expected = both.before * share / (1 - share)
    rows = rows[np.lexsort((rows, -np.abs(both.now - expected)[rows], p[rows]))]
    told = [
        _change(both, row, (bool(rises[row]), float(expected[row]), float(p[row]), float(q[row])))
        for row in rows[:most].tolist()
    ]
    return Changes(told, max(len(rows) - most, 0), len(both.keys), rho)


def _change(both: _Both, row: int, found: tuple[bool, float, float, float]) -> Change:
    rises, expected, p, q = found
    pair = Counts(both.names, keys=both.keys[row : row + 1])
    now, before = int(both.now[row]), int(both.before[row])
    return Change(
        kind=_KINDS[rises, bool(both.was[row]), bool(both.is_[row])],
        product_a=both.names[int(pair.first[0])],
        product_b=both.names[int(pair.second[0])],
        count=now,
        before=before,
        expected=expected,
        lift=now / float(both.plain[row]),
        lift_before=before / float(both.plain_before[row]),
        p=p,
        q=q,
    )


def _tested(
    both: _Both, share: Floats, rule: Rule, slacks: tuple[int, int], estimate: dispersion.Estimate
) -> tuple[Floats, Floats, float]:
    """Tails, q-values and the dispersion.

    Pairs that changed do not make the others restless, so the estimate is made again without them.
    """
    total, (slack, slack_now) = both.now + both.before, slacks
    rho = estimate(both.now, total, share, both.calm)
    for _ in range(_ROUNDS):
        # Where counts may be too low, each tail takes the values that speak against it.
        more = beta_binomial(both.now, total + slack, share, rho, upper=True)
        less = beta_binomial(both.now + slack_now, total + slack_now, share, rho, upper=False)
        p = np.minimum(1.0, 2 * np.minimum(more, less))
        q = q_values(p, len(p), rule.method)
        rest = q_values(p, len(p)) > _CHANGED
        again = estimate(both.now[rest], total[rest], share[rest], both.calm[rest])
        if again == rho:
            break
        rho = again
    return p, q, rho


def _often(one: Counts, two: Counts) -> Counts:
    """Both windows together; of their pairs only those that were seen often enough.

    Most pairs were seen once. What was seen often enough in both was seen half as often in one of them, so
    the others need not be added up.
    """
    half = [2 * each.counts >= SEEN for each in (one, two)]
    both = added(
        [
            replace(each, keys=each.keys[often], counts=each.counts[often])
            for each, often in zip((one, two), half, strict=True)
        ]
    )
    counts = np.zeros(len(both.keys), np.int64)
    for each in (one, two):
        at, there = find(each, *translated(both.keys, both.names, each.names))
        counts[there] += each.counts[at]
    kept = counts >= SEEN
    return replace(both, keys=both.keys[kept], counts=counts[kept])


def _both(reference: Judged, current: Judged, together: Judged) -> _Both:
    one, two, sum_ = reference.counts, current.counts, together.counts
    rows = np.flatnonzero(together.relevant)
    sides = [translated(sum_.keys[rows], sum_.names, each.names) for each in (one, two)]
    known = np.logical_and.reduce([place >= 0 for side in sides for place in side])
    pairs = replace(sum_, keys=sum_.keys[rows[known]], counts=sum_.counts[rows[known]])
    (first, second), (first_now, second_now) = [(a[known], b[known]) for a, b in sides]
    before, was = _found(reference, first, second)
    now, is_ = _found(current, first_now, second_now)
    rarer = np.minimum(sum_.support[pairs.first], sum_.support[pairs.second])
    before_by = one.support[first] * one.support[second].astype(np.float64)
    now_by = two.support[first_now] * two.support[second_now].astype(np.float64)
    return _Both(
        names=pairs.names,
        keys=pairs.keys,
        now=now,
        before=before,
        chance=now_by / two.effective,
        chance_before=before_by / one.effective,
        plain=now_by / two.baskets,
        plain_before=before_by / one.baskets,
        calm=np.maximum(1 - pairs.counts / rarer, _CALM),
        is_=is_,
        was=was,
    )


def _found(judged: Judged, first: Ints, second: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """How often some pairs were seen in a window, and whether they are relevant there."""
    at, there = find(judged.counts, first, second)
    seen, relevant = np.zeros(len(first), np.int64), np.zeros(len(first), np.bool_)
    seen[there], relevant[there] = judged.counts.counts[at], judged.relevant[at]
    return seen, relevant
