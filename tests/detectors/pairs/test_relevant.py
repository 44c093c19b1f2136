"""Which pairs are told: beside pandas and scipy, where nothing belongs together, and where some does."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from support.pair_worlds import BASKETS, by_pandas

from benchmarks.quality.pair_worlds import Basket, independent, shuffled
from detectors.pairs.correction import q_values
from detectors.pairs.counting import count
from detectors.pairs.counts import Counts
from detectors.pairs.question import Question, answer
from detectors.pairs.relevant import Judged, Rule, judge, relevant, ruled


def planted(baskets: list[Basket], rng: np.random.Generator, pairs: int = 10) -> list[Basket]:
    """Every product of `q` brings its partner of `r` along half of the times."""
    found = []
    for basket in baskets:
        n = int(rng.integers(0, pairs * 12))
        more = {f"q{n}"} | ({f"r{n}"} if rng.random() < 0.5 else set()) if n < pairs else set()
        found.append(basket | more)
    return found


@cache
def world() -> tuple[Basket, ...]:
    rng = np.random.default_rng(11)
    return tuple(planted(independent(rng, 3_000, 400), rng))


@cache
def judged() -> Judged:
    return judge(count(world()))


@given(BASKETS, st.sampled_from([Rule(), Rule(0.3, "by"), Rule(0.9, min_lift=0, sized=True)]))
def test_within_reach_everything_is_as_without_it(baskets: list[Basket], rule: Rule) -> None:
    _same_within_reach(count(baskets), rule)


@pytest.mark.parametrize("rule", [Rule(), Rule(0.3, "by", 2.0), Rule(1e-9)])
def test_within_reach_of_a_shop_little_is_looked_at_and_nothing_is_missed(rule: Rule) -> None:
    near = _same_within_reach(count(world()), rule)
    assert (near.lift > 0).sum() < len(near.lift) / 10


def _same_within_reach(counts: Counts, rule: Rule) -> Judged:
    whole, near = judge(counts, rule), judge(counts, rule, reach=rule.fdr)
    called = whole.q <= rule.fdr
    for name in ("relevant", "stands_out"):
        assert (getattr(whole, name) == getattr(near, name)).all()
    for name in ("p", "q", "lift"):
        assert (getattr(whole, name)[called] == getattr(near, name)[called]).all()
    return near


def test_what_was_out_of_reach_cannot_be_asked_for() -> None:
    near = judge(count(world()), reach=0.05)
    assert ruled(near, Rule(0.01)).relevant.sum() == judge(count(world()), Rule(0.01)).relevant.sum()
    with pytest.raises(ValueError, match=r"up to a rate of 0\.05"):
        ruled(near, Rule(0.1))


def by_hand(baskets: list[Basket], rule: Rule) -> pd.DataFrame:
    """The whole table by pandas and scipy, over a vector of all possible pairs."""
    support = pd.Series([item for basket in baskets for item in basket]).value_counts()
    rows = pd.DataFrame([(a, b, n) for (a, b), n in by_pandas(baskets).items()], columns=["a", "b", "count"])
    a, b, total = rows["a"].map(support), rows["b"].map(support), len(baskets)
    rows["lift"] = rows["count"] * total / (a * b)
    rows["p"] = stats.hypergeom.sf(rows["count"] - 1, total, a, b)
    unseen = np.ones(len(support) * (len(support) - 1) // 2 - len(rows))
    rows["q"] = stats.false_discovery_control(np.r_[rows["p"], unseen], method=rule.method)[: len(rows)]
    return rows[(rows["q"] <= rule.fdr) & (rows["lift"] >= rule.min_lift)]


@pytest.mark.parametrize("rule", [Rule(), Rule(0.3, "by", 2.0)])
def test_the_table_is_that_of_pandas_and_scipy(rule: Rule) -> None:
    wanted = by_hand(list(world()), rule).set_index(["a", "b"]).sort_index()
    told = relevant(judge(count(world()), rule))
    found = {(pair.product_a, pair.product_b): pair for pair in told}
    assert sorted(found) == wanted.index.tolist() != []
    for name, row in wanted.iterrows():
        assert found[name].count == row["count"]
        assert [found[name].lift, found[name].p, found[name].q] == pytest.approx(
            [row["lift"], row["p"], row["q"]], rel=1e-7
        )
    assert [pair.p for pair in told] == sorted(pair.p for pair in told)


def test_planted_pairs_are_found_first() -> None:
    found = {(pair.product_a, pair.product_b) for pair in relevant(judged())[:10]}
    assert found == {(f"q{n}", f"r{n}") for n in range(10)}


def test_shuffled_baskets_have_no_pairs_and_correcting_over_seen_ones_invents_some() -> None:
    rng = np.random.default_rng(2)
    # Many products that sell seldom: most possible pairs are never seen, as in a real shop.
    baskets = shuffled(independent(rng, 4_000, 8_000, size=9), rng)
    found = judge(count(baskets))
    assert found.relevant.sum() <= 10
    often = found.counts.counts >= 5  # the guard taken off: what was seen, and often, is all there is
    careless = q_values(found.p[often], int(often.sum())) <= 0.05
    assert careless.sum() > 10


def test_large_baskets_bring_things_together_and_the_sized_rule_is_not_fooled() -> None:
    rng = np.random.default_rng(4)
    baskets = shuffled(independent(rng, 6_000, 150, size=10), rng)
    counts = count(baskets)
    assert judge(counts, Rule(sized=True)).relevant.sum() <= 3
    assert judge(counts, Rule(sized=False)).relevant.sum() > 100
    true = judge(count(world()), Rule(sized=True))
    assert {pair.product_a[0] for pair in relevant(true)} >= {"q"}


def test_a_question_narrows_the_list_and_not_the_correction() -> None:
    every = {(pair.product_a, pair.product_b): pair for pair in relevant(judged())}
    found = answer(judged(), Question(product="r3"))
    assert found.pairs == [pair for pair in relevant(judged()) if "r3" in (pair.product_a, pair.product_b)]
    (one,) = answer(judged(), Question("r3", "q3")).pairs
    assert one == every["q3", "r3"]
    inside = answer(judged(), Question(among={"q1", "r1", "q2"}))
    assert [(pair.product_a, pair.product_b) for pair in inside.pairs] == [("q1", "r1")]


def test_one_pair_is_answered_even_where_it_is_not_relevant() -> None:
    never = answer(judged(), Question("q1", "r2"))
    assert (never.pairs[0].product_b, never.pairs[0].q, never.yes) == ("r2", 1.0, False)
    counts = count([frozenset("ab"), frozenset("c")])
    (unseen,) = answer(judge(counts), Question("c", "a")).pairs
    assert (unseen.product_a, unseen.count, unseen.support_a, unseen.p, unseen.q) == ("a", 0, 1, 1.0, 1.0)


def test_what_is_not_sold_is_said() -> None:
    found = answer(judged(), Question("q1", "unheard of"))
    assert (found.pairs, found.yes, found.unsold) == ([], False, ("unheard of",))
    assert answer(judge(count([])), Question("a")).unsold == ("a",)


@pytest.mark.parametrize("question", [Question(None, "a"), Question("a", "a")])
def test_a_pair_is_two_products(question: Question) -> None:
    with pytest.raises(ValueError, match="two different products"):
        answer(judged(), question)
