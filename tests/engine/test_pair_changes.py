"""What a closing window tells: what changed, once; answers to questions; nothing where nobody asks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from engine.one_partition import Played, log_of
from engine.pair_days import MONDAY, Shop, alerts, bought, end_of, lines, stage, windows

from alerts.rules import pairs as rule
from alerts.rules import watch
from detectors.pairs.question import PairQuestion


def months(
    rng: random.Random, together: Sequence[float], weeks: int = 10, planted: Sequence[str] = ("ab",)
) -> Shop:
    """Baskets of a shop in which a and b go together as often, week by week, as it is told."""
    found: Shop = {}
    for day in range(7 * weeks):
        share = together[min(day // 7, len(together) - 1)]
        found[MONDAY + day] = []
        for _ in range(60):
            basket = set(rng.sample("cdefgh", rng.randint(1, 3)))
            for pair in planted:
                if rng.random() < 0.2:
                    basket |= set(pair) if rng.random() < share else {rng.choice(pair)}
            # Others go together at all times: from them it is known how restless pairs are.
            basket |= {"x1", "x2"} if rng.random() < 0.2 else set()
            found[MONDAY + day].append(bought(*basket))
    return found


def selling(rng: random.Random, together: Sequence[float], weeks: int = 10) -> Shop:
    """Baskets of a shop in which every product sells as ever, and a and b go together as it is told.

    60 other pairs go together at all times: from them it is known how restless pairs are.
    """
    found: Shop = {}
    for day in range(7 * weeks):
        shares = {("a", "b"): together[min(day // 7, len(together) - 1)]}
        shares |= {(f"l{n}", f"r{n}"): 0.6 for n in range(60)}
        found[MONDAY + day] = [bought(*_sold(rng, shares)) for _ in range(100)]
    return found


def _sold(rng: random.Random, shares: dict[tuple[str, str], float]) -> set[str]:
    sells = 0.08
    found = {"bag"}
    for (one, other), share in shares.items():
        with_it = rng.random() < sells
        alone = sells * (1 - share) / (1 - sells)
        found |= {one} if with_it else set()
        found |= {other} if rng.random() < (share if with_it else alone) else set()
    return found


PRODUCTS = {"levels": ("product",), "windows": (7,)}
KINDS = {
    "emerging": (months, (0.0,) * 8 + (0.9, 0.9)),
    "growing": (selling, (0.3,) * 8 + (0.9, 0.9)),
    "fading": (selling, (0.9,) * 8 + (0.25, 0.25)),
    "broken": (months, (0.9,) * 8 + (0.0, 0.0)),
    "calm": (months, (0.5,)),
    "calm, with many others": (selling, (0.6,)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_planted_rings_once_in_its_window_with_its_figures(kind: str) -> None:
    build, together = KINDS[kind]
    shop = build(random.Random(3), together)
    played = Played(stage(**PRODUCTS)).run(log_of(lines(shop, MONDAY + 69, size=100)))
    found = alerts(played)
    if len(set(together)) == 1:
        assert found == []
        return
    [alert] = found
    assert (alert.rule, alert.entity, alert.labels) == ("pairs", "a + b", {"change": kind})
    assert (alert.state, alert.synthetic) == ("ringing", False)
    week = [basket for day in range(56, 63) for basket in shop[MONDAY + day]]
    both = sum({"a", "b"} <= {product for product, _ in basket[3]} for basket in week)
    lift = both * len(week) / np.prod([sum(name in dict(basket[3]) for basket in week) for name in "ab"])
    [row] = alert.table.rows
    assert row[:3] == ("a", "b", f"{both:,}")
    assert (both > float(row[3])) == (kind in ("emerging", "growing"))
    assert row[4] == f"{lift:.2f}"
    assert float(row[6]) < 0.05
    assert alert.at.timestamp() * 1000 == end_of(MONDAY + 62)


def test_the_first_window_is_silent() -> None:
    shop = months(random.Random(3), (0.0,) * 4 + (0.9,), weeks=5)
    played = Played(stage(**PRODUCTS)).run(log_of(lines(shop, MONDAY + 34)))
    assert [each["changes"] is None for each in windows(played)] == [True] * 4 + [False]
    later = Played(stage(**PRODUCTS)).run(
        log_of(lines({d: b for d, b in shop.items() if d > MONDAY}, MONDAY + 34))
    )
    assert alerts(played)
    assert not alerts(later), "a day short of knowing what was usual"


def test_no_more_are_told_than_are_wanted_and_the_rest_is_counted() -> None:
    shop = months(random.Random(3), (0.0,) * 8 + (0.9,), weeks=9, planted=("ab", "mn"))
    played = Played(stage(most=1, **PRODUCTS)).run(log_of(lines(shop, MONDAY + 62)))
    [alert] = alerts(played)
    assert len(alert.table.rows) == 1
    assert {fact.label: fact.value for fact in alert.facts}["Not told"].startswith("1 change")
    assert [each["told"] for each in windows(played)[-1]["changes"]] == [True, False]


def test_nothing_rings_where_the_rule_is_off_and_windows_are_told_all_the_same() -> None:
    shop = months(random.Random(3), KINDS["emerging"][1])
    off = {rule.NAME: rule.Settings(enabled=False)}
    played = Played(stage(rules=off, **PRODUCTS)).run(log_of(lines(shop, MONDAY + 69)))
    assert not alerts(played)
    assert len(windows(played)) == 10


def ask(**asked: Any) -> PairQuestion:
    return PairQuestion(**{"name": "q", "level": "product", "region": None, "days": 7, **asked})


QUESTIONS = {
    "a pair that goes together": (ask(product="a", partner="b"), True),
    "one that does not": (ask(product="a", partner="c"), False),
    "anything with a product": (ask(product="x1"), True),
    "a department": (ask(department="dairy"), True),
    "a department in which nothing goes together": (ask(department="soap"), False),
    "a department that is not sold": (ask(department="shoes"), False),
    "a region without baskets": (ask(region="East", product="a"), False),
    "a lift that is not reached": (ask(product="a", partner="b", min_lift=99.0), False),
    "a rate beyond the window's own": (ask(product="a", partner="b", fdr=0.2, method="by"), True),
    "more days than the shop is old": (ask(product="a", partner="b", days=28), False),
}


@pytest.mark.parametrize(("question", "yes"), QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_is_answered_at_each_close(question: PairQuestion, yes: bool) -> None:
    shop = months(random.Random(5), (0.9,), weeks=2)
    played = Played(stage(levels=(), questions=(question,))).run(log_of(lines(shop, MONDAY + 13)))
    found = alerts(played)
    assert [(each.rule, each.entity, each.at.timestamp() * 1000) for each in found] == [
        ("watch", "q", end_of(MONDAY + day)) for day in (6, 13) if yes
    ]
    assert all(each["changes"] is None for each in windows(played))


def test_nobody_is_answered_where_questions_are_off() -> None:
    shop = months(random.Random(5), (0.9,), weeks=1)
    off = {watch.NAME: watch.Settings(enabled=False)}
    played = Played(stage(rules=off, levels=(), questions=(ask(product="a"),)))
    assert not alerts(played.run(log_of(lines(shop, MONDAY + 6))))


def test_generated_orders_mark_what_they_are_behind() -> None:
    shop = {MONDAY + day: [bought("a", "b", synthetic=day == 3), bought("c")] * 9 for day in range(14)}
    asked = ask(product="a", partner="b", min_lift=1.0)
    played = Played(stage(levels=(), questions=(asked,))).run(log_of(lines(shop, MONDAY + 13)))
    assert [each.synthetic for each in alerts(played)] == [True, False]
