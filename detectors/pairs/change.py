"""What changed: pairs that emerge, grow, fade or break, beside a reference window.

Asked is whether a pair is seen more or less often than before *given how its two products sell*: if tea and
milk both sell twice as well, they meet more often, and nothing has changed. So of the times a pair was seen
in both windows, the share in the second is compared with the share that the products' own sales give, by a
beta-binomial tail whose dispersion is estimated from all pairs (`dispersion.py`), two-sided, with
Benjamini-Hochberg or -Yekutieli over all pairs that were seen often enough. How often a pair was seen in all
says nothing of where, so choosing by it keeps the p-values honest (Bourgon, Gentleman, Huber, PNAS 2010).

A change is told of pairs that are, or were, relevant: it has a name by what they are on either side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.pairs import dispersion
from detectors.pairs.correction import q_values
from detectors.pairs.counts import Counts, Ints, moved, places
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
    is_: npt.NDArray[np.bool_]
    was: npt.NDArray[np.bool_]


def changes(reference: Counts, current: Counts, rule: Rule = Rule(sized=True), *, most: int = 20) -> Changes:  # noqa: B008 - an immutable tuple
    """Compare a window with the one before it.

    A product that was sold in one of the windows only has no pairs to compare.

    Args:
        reference: the window before, of any length.
        current: the window that closed.
        rule: false discovery rate and method, and what is relevant.
        most: changes that are told, at most.
    """
    both = _both(judge(reference, rule), judge(current, rule))
    if not len(both.keys):
        return Changes([], 0, 0, dispersion.UNKNOWN)
    share = both.chance / (both.chance + both.chance_before)
    p, q, rho = _tested(both, share, rule, reference.slack, current.slack)
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
    both: _Both, share: Floats, rule: Rule, slack: int, slack_now: int
) -> tuple[Floats, Floats, float]:
    """Tails, q-values and the dispersion.

    Pairs that changed do not make the others restless, so the estimate is made again without them.
    """
    total = both.now + both.before
    rho = dispersion.estimate(both.now, total, share)
    for _ in range(_ROUNDS):
        # Where counts may be too low, each tail takes the values that speak against it.
        more = beta_binomial(both.now, total + slack, share, rho, upper=True)
        less = beta_binomial(both.now + slack_now, total + slack_now, share, rho, upper=False)
        p = np.minimum(1.0, 2 * np.minimum(more, less))
        q = q_values(p, len(p), rule.method)
        calm = q > rule.fdr
        again = dispersion.estimate(both.now[calm], total[calm], share[calm])
        if again == rho:
            break
        rho = again
    return p, q, rho


def _both(reference: Judged, current: Judged) -> _Both:
    one, two = reference.counts, current.counts
    names = tuple(sorted({*one.names} & {*two.names}))
    keys_one, at_one = _common(one, names)
    keys_two, at_two = _common(two, names)
    keys = np.union1d(keys_one, keys_two)
    before, was = (
        _spread(keys, keys_one, one.counts[at_one]),
        _spread(keys, keys_one, reference.relevant[at_one]),
    )
    now, is_ = _spread(keys, keys_two, two.counts[at_two]), _spread(keys, keys_two, current.relevant[at_two])
    often = now + before >= SEEN
    keys = keys[often]
    before_by, now_by = _products(one, names, keys), _products(two, names, keys)
    return _Both(
        names=names,
        keys=keys,
        now=now[often],
        before=before[often],
        chance=now_by / two.effective,
        chance_before=before_by / one.effective,
        plain=now_by / two.baskets,
        plain_before=before_by / one.baskets,
        is_=is_[often] > 0,
        was=was[often] > 0,
    )


def _common(counts: Counts, names: tuple[str, ...]) -> tuple[Ints, npt.NDArray[np.intp]]:
    """The pairs of names that both windows know, by their places in `names`, and where they stand."""
    to = np.full(len(counts.names), -1, np.int64)
    to[places(names, counts.names)] = np.arange(len(names))
    kept = np.flatnonzero((to[counts.first] >= 0) & (to[counts.second] >= 0))
    return moved(counts, to)[kept], kept


def _spread(keys: Ints, known: Ints, values: npt.NDArray[np.generic]) -> Ints:
    found = np.zeros(len(keys), np.int64)
    found[np.searchsorted(keys, known)] = values
    return found


def _products(counts: Counts, names: tuple[str, ...], keys: Ints) -> Floats:
    """The product of the supports of each pair's two."""
    support = counts.support[places(names, counts.names)].astype(np.float64)
    pair = Counts(names, keys=keys)
    return support[pair.first] * support[pair.second]
