"""A standing question is answered as one that is asked by hand, from a window judged by any rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.quality.pair_worlds import independent
from detectors.pairs.counting import count
from detectors.pairs.question import PairQuestion, Question, answer, stands
from detectors.pairs.relevant import Judged, Rule, judge, ruled

RULES = [
    Rule(),
    Rule(sized=True),
    Rule(0.3, "by", 0.0, sized=True),
    Rule(1e-6, "bh", 3.0),
]


@pytest.fixture(scope="module")
def window() -> Judged:
    rng = np.random.default_rng(3)
    baskets = [
        basket | ({"tea", "milk"} if n % 9 == 0 else {"tea"} if n % 31 == 0 else {"salt"})
        for n, basket in enumerate(independent(rng, 2_000, 120))
    ]
    return judge(count(baskets), Rule(0.01, "by", 2.0))


@pytest.mark.parametrize("rule", RULES)
def test_a_window_by_another_rule_is_as_if_judged_by_it(window: Judged, rule: Rule) -> None:
    again, fresh = ruled(window, rule), judge(window.counts, rule)
    for column in ("lift", "p", "q", "stands_out", "relevant"):
        assert np.array_equal(getattr(again, column), getattr(fresh, column))
    assert again.rule == rule


@pytest.mark.parametrize("rule", RULES)
def test_a_standing_question_has_the_answer_of_one_by_hand(window: Judged, rule: Rule) -> None:
    standing = PairQuestion("q", "product", None, 7, min_lift=rule.min_lift, fdr=rule.fdr,
                            method=rule.method, sized=rule.sized)  # fmt: skip
    by_hand = judge(window.counts, rule)
    for product, partner, among in (
        (None, None, None),
        ("tea", None, None),
        ("milk", "tea", None),
        ("salt", "tea", None),
        (None, None, {"tea", "milk", "salt"}),
    ):
        question = replace(standing, product=product, partner=partner, department="d" if among else None)
        assert stands(window, question, among) == answer(by_hand, Question(product, partner, among))


def test_a_pair_that_belongs_together_is_a_yes_and_one_that_does_not_a_no(window: Judged) -> None:
    tea = PairQuestion("q", "product", None, 7, product="tea", partner="milk")
    assert stands(window, tea, None).yes
    assert not stands(window, replace(tea, partner="salt"), None).yes
    assert stands(window, replace(tea, partner="gold"), None) == ([], False, ("gold",))
